import { readdir, readFile, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { build, defineConfig, type Plugin } from 'vite'
import type { Campaign } from './landing/campaign.ts'
import type * as Prerender from './landing/prerender/prerender.tsx'
import { pagesInDevelopment } from './vite/pages-in-development.ts'

const pathTo = (place: string) => fileURLToPath(new URL(place, import.meta.url))
const api = process.env.API_ORIGIN ?? `http://127.0.0.1:${process.env.PORT || 8000}`
// Only index.html needs it here, for hosts that just serve files; the API fills in its own.
const publicUrl = (process.env.PUBLIC_URL ?? '').replace(/\/$/, '')
// The folder of the campaign that is built. Tests build one of their own.
const campaignDir = resolve(process.env.CAMPAIGN_DIR || pathTo('campaign'))
const campaignPath = `${campaignDir}/campaign.ts`
const prerenderPath = pathTo('landing/prerender/prerender.tsx')
// Its own for each build, since several may run at once.
const prerendered = pathTo(`../node_modules/.vite/landfast-${process.pid}`)

const serviceWorker = 'sw.js'

type CampaignModule = Readonly<{ campaign: Campaign }>

export default defineConfig({
  root: pathTo('.'),
  publicDir: `${campaignDir}/public`,
  // VITE_API_BASE_URL may stand in the same .env as every other setting.
  envDir: '..',
  resolve: {
    alias: {
      '../createLucideIcon.mjs': pathTo('ui/lucide-icon.ts'),
      'react/jsx-runtime': pathTo('ui/jsx-runtime.ts'),
    },
  },
  // Bundled ahead for development, it would bring its own.
  optimizeDeps: { exclude: ['lucide-react'] },
  plugins: [
    react(),
    tailwindcss(),
    pagesInDevelopment({ campaignDir, campaignPath, prerenderPath }),
    pagesOfTheBuild(),
  ],
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
      // In the pages, too, icons are drawn by ours.
      resolve: { noExternal: ['lucide-react'] },
      build: {
        outDir: prerendered,
        emptyOutDir: true,
        emitAssets: true,
        rolldownOptions: {
          input: { prerender: prerenderPath, campaign: campaignPath },
          output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js' },
        },
      },
    },
    // One file without imports, at an address that never changes: so browsers know a service worker again.
    worker: {
      consumer: 'client',
      build: {
        outDir: `${prerendered}/worker`,
        copyPublicDir: false,
        rolldownOptions: {
          input: pathTo('offline/service-worker.ts'),
          output: { format: 'iife', entryFileNames: serviceWorker },
        },
      },
    },
  },
  builder: {
    buildApp: async (builder) => {
      try {
        await builder.build(builder.environments.ssr!)
        await builder.build(builder.environments.worker!)
        await builder.build(builder.environments.client!)
        const { root, build: own, logLevel } = builder.config
        await build({
          configFile: pathTo('vite.desk.config.ts'),
          logLevel,
          build: { outDir: resolve(root, own.outDir, 'admin') },
        })
      } finally {
        await rm(prerendered, { recursive: true, force: true })
      }
    },
  },
  server: {
    port: 5173,
    strictPort: true,
    // The sources in api/ are Vite's own.
    proxy: {
      '^/api/(?!.*\\.tsx?($|\\?))': api,
      // The desk as it was built last.
      '^/admin(?:$|[/?])': api,
      ...{ '/media': api, '/livez': api, '/readyz': api },
    },
  },
})

/** Writes one HTML for each page there is, with its style sheet in it, and page.json, which lists them. */
function pagesOfTheBuild(): Plugin {
  return {
    name: 'landfast:pages-of-the-build',
    apply: 'build',
    applyToEnvironment: ({ name }) => name === 'client',
    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        const { fillFallback, notices, pageListing, pages, rootFiles }: typeof Prerender = await import(
          `${prerendered}/prerender.js`
        )
        const { campaign }: CampaignModule = await import(`${prerendered}/campaign.js`)
        // The scripts know nothing of the page's pictures, where it has any; only what draws it does.
        for (const name of await readdir(`${prerendered}/assets`).catch(() => [])) {
          const fileName = `assets/${name}`
          if (fileName in bundle) continue
          this.emitFile({ type: 'asset', fileName, source: await readFile(`${prerendered}/${fileName}`) })
        }
        const template = withStyles(textOf(bundle['index.html']), (path) => {
          const style = textOf(bundle[path])
          delete bundle[path]
          return style
        })
        delete bundle['index.html']
        for (const [index, { file, draw }] of pages(campaign).entries()) {
          const source = draw(template)
          this.emitFile({ type: 'asset', fileName: file, source })
          if (index === 0)
            this.emitFile({
              type: 'asset',
              fileName: 'index.html',
              source: fillFallback(campaign, source, publicUrl),
            })
        }
        for (const { file, draw } of notices(campaign))
          this.emitFile({ type: 'asset', fileName: file, source: draw(template) })
        for (const [fileName, source] of Object.entries(rootFiles(campaign)))
          this.emitFile({ type: 'asset', fileName, source })
        this.emitFile({
          type: 'asset',
          fileName: serviceWorker,
          source: await readFile(`${prerendered}/worker/${serviceWorker}`),
        })
        this.emitFile({ type: 'asset', fileName: 'page.json', source: JSON.stringify(pageListing(campaign)) })
      },
    },
  }
}

function textOf(output: { type: string; source?: string | Uint8Array } | undefined): string {
  if (output?.type !== 'asset' || output.source === undefined) throw new Error('The build lacks a file.')
  return typeof output.source === 'string' ? output.source : new TextDecoder().decode(output.source)
}

/** Puts the style sheets into the page. Scripts come after the font and the pictures: the first view needs none. */
function withStyles(html: string, take: (path: string) => string): string {
  return html
    .replace(
      /<link rel="stylesheet"[^>]* href="\/([^"]+)"[^>]*>/g,
      (_, path: string) => `<style>${take(path).trim()}</style>`,
    )
    .replaceAll('<script type="module"', '$& fetchpriority="low"')
}
