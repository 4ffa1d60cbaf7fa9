import { stripVTControlCharacters } from 'node:util'
import type { Plugin, ViteDevServer } from 'vite'
import type { Campaign } from '../landing/campaign.ts'
import type * as Prerender from '../landing/prerender/prerender.tsx'

type Sources = Readonly<{
  /** The folder of the campaign, and the files that draw it. */
  campaignDir: string
  campaignPath: string
  prerenderPath: string
}>

// An editor saves in several steps, and several files at once.
const settledAfterMs = 40

/**
 * Draws the page that the address asks for, anew at each load. When one of its sources changes, which no browser has
 * loaded, every open page is loaded again; where it can no longer be drawn, every open page says why.
 */
export function pagesInDevelopment({ campaignDir, campaignPath, prerenderPath }: Sources): Plugin {
  const load = async (server: ViteDevServer) => {
    const { drawForAddress } = (await server.ssrLoadModule(prerenderPath)) as typeof Prerender
    const { campaign } = (await server.ssrLoadModule(campaignPath)) as Readonly<{ campaign: Campaign }>
    return { campaign, draw: (html: string, address: string) => drawForAddress(campaign, html, address) }
  }

  /** Every language and variant: the one that an open page shows may not be the one that is broken. */
  const drawAll = ({ campaign, draw }: Awaited<ReturnType<typeof load>>) => {
    for (const language of Object.keys(campaign.languages))
      for (const variant of Object.keys(campaign.variants))
        draw('%head%%page%', `/?language=${language}&variant=hero.${variant}`)
  }

  let timer: ReturnType<typeof setTimeout> | undefined
  const showChange = async (server: ViteDevServer) => {
    server.environments.ssr.moduleGraph.invalidateAll()
    try {
      drawAll(await load(server))
      server.ws.send({ type: 'full-reload' })
    } catch (error) {
      server.config.logger.error(`The page cannot be drawn: ${(error as Error).message.split('\n', 1)[0]}`, {
        timestamp: true,
      })
      server.ws.send({ type: 'error', err: overlayOf(error as BuildError) })
    }
  }

  return {
    name: 'landfast:pages-in-development',
    apply: 'serve',
    transformIndexHtml: {
      order: 'post',
      handler: async (html, { server, originalUrl }) => (await load(server!)).draw(html, originalUrl ?? '/'),
    },
    hotUpdate({ file, modules, server }) {
      if (this.environment.name !== 'ssr') return
      if (modules.length === 0 && !file.startsWith(`${campaignDir}/`)) return
      clearTimeout(timer)
      timer = setTimeout(() => void showChange(server), settledAfterMs)
    },
  }
}

type BuildError = Error &
  Readonly<{ id?: string; frame?: string; loc?: { file?: string; line: number; column: number } }>

/** What Vite's overlay shows of an error. */
function overlayOf({ message, stack = '', id, frame, loc }: BuildError) {
  return {
    message: stripVTControlCharacters(message),
    stack: stripVTControlCharacters(stack),
    id,
    frame,
    loc,
  }
}
