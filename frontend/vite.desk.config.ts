import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const pathTo = (place: string) => fileURLToPath(new URL(place, import.meta.url))

/** What operators use, in a build of its own: nothing of it is in what visitors load. */
export default defineConfig({
  root: pathTo('admin'),
  base: '/admin/',
  publicDir: false,
  plugins: [react(), tailwindcss()],
  build: {
    // As of the page: files of their own, so that a strict CSP holds.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    outDir: pathTo('dist/admin'),
    emptyOutDir: true,
  },
})
