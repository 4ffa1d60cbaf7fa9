import { Elysia } from 'elysia'
import { Problem } from '../problem.ts'
import { type BuiltPageDeps, createBuiltPage } from './built-page.ts'
import { onlyReads, readsOnly } from './reads-only.ts'
import type { StaticAnswer } from './static-answer.ts'

export type PageRouteDeps = BuiltPageDeps

/** The landing page at `/`, its files below `/assets`, and those at the root of the build, such as `/robots.txt`. */
export function pageRoutes(deps: PageRouteDeps) {
  const built = createBuiltPage(deps)

  const page = ({ request }: { request: Request }) => {
    const current = built.current()
    if (current instanceof Promise) return current.then((found) => found.page.respond(request))
    return current.page.respond(request)
  }
  // Only what was listed in the build can be named, so a path cannot lead anywhere else.
  // Async by name, or Elysia does not catch what it throws.
  const file = async (path: string, request: Request) => {
    const answer = orNotFound((await built.current()).files.get(path))
    onlyReads(request)
    return answer.respond(request)
  }

  return new Elysia()
    .get('/', page, {
      detail: {
        tags: ['page'],
        summary: 'The landing page',
        description:
          'The built page, from memory; a placeholder with a working form until it is built. Takes If-None-Match.',
        responses: {
          200: { description: 'The page', content: { 'text/html': { schema: { type: 'string' } } } },
          304: { description: 'The page that the client has is the newest' },
        },
      },
    })
    .head('/', page, { detail: { hide: true } })
    .all('/assets/*', async ({ params, request }) => file(`assets/${params['*']}`, request), readsOnly)
    .all(
      '/:file',
      async ({ params, request }) =>
        params.file === 'index.html' ? page({ request }) : file(params.file, request),
      readsOnly,
    )
}

function orNotFound(answer: StaticAnswer | undefined): StaticAnswer {
  if (!answer) throw new Problem('not_found', 'There is nothing at this address.')
  return answer
}
