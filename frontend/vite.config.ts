import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const pathTo = (place: string) => fileURLToPath(new URL(place, import.meta.url))
const api = `http://localhost:${process.env.PORT || 8000}`
const prerendered = pathTo('../node_modules/.vite/landfast')

export default defineConfig({
  root: pathTo('.'),
  // VITE_API_BASE_URL may stand in the same .env as every other setting.
  envDir: '..',
  plugins: [react(), tailwindcss(), firstPaint()],
  build: {
    // Files of their own, never data: addresses or inline scripts, so that a strict CSP holds.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    outDir: 'dist',
    emptyOutDir: true,
  },
  environments: {
    client: { build: { rolldownOptions: { input: pathTo('index.html') } } },
    ssr: {
      build: {
        outDir: prerendered,
        emptyOutDir: true,
        rolldownOptions: {
          input: pathTo('landing/prerender.tsx'),
          output: { entryFileNames: 'prerender.js' },
        },
      },
    },
  },
  builder: {
    buildApp: async (builder) => {
      await builder.build(builder.environments.ssr!)
      await builder.build(builder.environments.client!)
    },
  },
  server: {
    port: 5173,
    strictPort: true,
    // The sources in api/ are Vite's own.
    proxy: { '^/api/(?!.*\\.tsx?($|\\?))': api, '/media': api, '/livez': api, '/readyz': api },
  },
})

/** Puts the page into index.html, so that it shows, and its form works, before or without JavaScript. */
function firstPaint(): Plugin {
  return {
    name: 'landfast:first-paint',
    transformIndexHtml: {
      order: 'post',
      handler: async (html, { server }) => {
        const page = server
          ? await server.ssrLoadModule('/landing/prerender.tsx')
          : await import(`${prerendered}/prerender.js`)
        return page.prerender(html)
      },
    },
  }
}
