import { Elysia } from 'elysia'
import { nothingHere } from '../known-problem.ts'
import type { Peer } from '../request/client-ip.ts'
import { onlyReads, readsOnly } from '../request/reads-only.ts'
import type { StaticAnswer } from '../static/static-answer.ts'
import type { BuiltPages } from './built-page.ts'
import type { PageDoor } from './door.ts'
import { serviceWorkerPath } from './service-worker.ts'

/**
 * The landing page at `/` and below the name of each language, its files below `/assets`, and those at the root of the
 * build, such as `/robots.txt`.
 */
export function pageRoutes(deps: Readonly<{ built: BuiltPages }>, door: PageDoor) {
  const page = ({ request, server }: { request: Request; server: Peer }) => door.open(request, server)
  // Only what was listed in the build can be named, so a path cannot lead anywhere else.
  // Async by name, or Elysia does not catch what it throws.
  const file = async (path: string, request: Request) => {
    const answer = orNotFound((await deps.built.current()).files.get(path))
    onlyReads(request)
    return answer.respond(request)
  }

  const worker = async ({ request }: { request: Request }) => {
    onlyReads(request)
    return door.serviceWorker(await deps.built.current(), request)
  }

  return (
    new Elysia()
      .get('/', page, {
        detail: {
          tags: ['page'],
          summary: 'The landing page',
          description:
            'The built page, from memory, in the variants that the cookies lf_visitor and lf_page name; without them variants are decided and the cookies set. `?variant=hero.b` shows a variant and records nothing. Below `/en`, `/fa` and so on in that language; the campaign may name further paths. A placeholder with a working form until it is built. Takes If-None-Match.',
          responses: {
            200: { description: 'The page', content: { 'text/html': { schema: { type: 'string' } } } },
            304: { description: 'The page that the client has is the newest' },
          },
        },
      })
      .head('/', page, { detail: { hide: true } })
      // What nginx keeps for visitors who come while no API answers.
      .get('/_fallback', async ({ request }) => door.fallback(await deps.built.current(), request), {
        detail: { hide: true },
      })
      .head(`/${serviceWorkerPath}`, worker, { detail: { hide: true } })
      .all(`/${serviceWorkerPath}`, worker, readsOnly)
      .all('/assets/*', async ({ params, request }) => file(`assets/${params['*']}`, request), readsOnly)
      .all(
        '/:file',
        async ({ params, request, server }) => {
          const current = await deps.built.current()
          if (params.file === 'index.html') return door.show(current, request, server)
          const { languages = [], paths = [] } = current.source?.manifest ?? {}
          const small = params.file.toLowerCase()
          if (small !== params.file && [...languages, ...paths].includes(small))
            return inSmall(small, request)
          if (paths.includes(params.file)) {
            onlyReads(request)
            return door.show(current, request, server)
          }
          if (!languages.includes(params.file)) return file(params.file, request)
          onlyReads(request)
          return door.show(current, request, server, params.file)
        },
        readsOnly,
      )
  )
}

/** Phones begin with a capital what people read off a poster, and codes for cameras know no small letters. */
function inSmall(path: string, request: Request): Response {
  onlyReads(request)
  const { search } = new URL(request.url)
  return new Response(null, { status: 301, headers: { location: `/${path}${search}` } })
}

function orNotFound(answer: StaticAnswer | undefined): StaticAnswer {
  if (!answer) throw nothingHere()
  return answer
}
