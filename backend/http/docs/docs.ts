import { type DocumentDecoration, Elysia } from 'elysia'
import { nothingHere } from '../known-problem.ts'
import { onlyReads, readsOnly } from '../request/reads-only.ts'
import { contentTypeOf } from '../static/content-type.ts'
import { type StaticAnswer, staticAnswer } from '../static/static-answer.ts'
import { openApiDocument, openApiYaml } from './openapi.ts'
import {
  type DocsPage,
  redocPage,
  startScripts,
  swaggerPage,
  viewerFiles,
  withoutForeignLogo,
} from './pages.ts'

export type DocsRouteDeps = Readonly<{ publicUrl: string }>

const hidden = { hide: true }
// The viewers are a megabyte each and rarely opened: quick compression is compression enough.
const viewerBrotliQuality = 5
const checkedEachTime = { 'cache-control': 'no-cache' }

/**
 * The API document at `/api/docs/json` and `/api/docs/yaml`, Swagger UI at `/api/docs` and `/api/swagger`, ReDoc at
 * `/api/redoc`. It describes every route of the app that uses this one; nothing is loaded from another origin.
 */
export function docsRoutes(deps: DocsRouteDeps) {
  const routes = new Elysia()
  const document = once(() => openApiDocument(routes, deps.publicUrl))
  const answers = {
    json: once(async () =>
      text(JSON.stringify(await document(), null, 2), 'application/json; charset=utf-8'),
    ),
    yaml: once(async () => text(openApiYaml(await document()), 'application/yaml; charset=utf-8')),
    swagger: once(async () => pageAnswer(swaggerPage)),
    redoc: once(async () => pageAnswer(redocPage)),
  }
  const asset = keyed(viewerAnswer)

  const add = (path: string, answer: () => Promise<StaticAnswer>, detail: DocumentDecoration = hidden) => {
    const give = async ({ request }: { request: Request }) => (await answer()).respond(request)
    routes.get(path, give, { detail }).head(path, give, { detail: hidden })
  }
  add('/api/docs/json', answers.json, { tags: ['docs'], summary: 'This document as JSON' })
  add('/api/docs/yaml', answers.yaml, { tags: ['docs'], summary: 'This document as YAML' })
  add('/api/docs', answers.swagger)
  add('/api/swagger', answers.swagger)
  add('/api/redoc', answers.redoc)

  return routes.all(
    '/api/docs/assets/:file',
    async ({ params, request }) => {
      const answer = await asset(params.file)
      onlyReads(request)
      return answer.respond(request)
    },
    readsOnly,
  )
}

function text(body: string, contentType: string): StaticAnswer {
  return staticAnswer({ body: new TextEncoder().encode(body), contentType, headers: checkedEachTime })
}

function pageAnswer({ html, headers }: DocsPage): StaticAnswer {
  return staticAnswer({
    body: new TextEncoder().encode(html),
    contentType: 'text/html; charset=utf-8',
    headers,
  })
}

async function viewerAnswer(name: string): Promise<StaticAnswer> {
  const contentType = contentTypeOf(name)
  if (Object.hasOwn(startScripts, name)) return text(startScripts[name]!, contentType)
  if (!Object.hasOwn(viewerFiles, name)) throw nothingHere()
  const bundle = await Bun.file(Bun.resolveSync(viewerFiles[name]!, import.meta.dir)).text()
  return staticAnswer({
    body: new TextEncoder().encode(withoutForeignLogo(bundle)),
    contentType,
    headers: checkedEachTime,
    brotliQuality: viewerBrotliQuality,
  })
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** Like `once`, for each key; a failure is not kept. */
function keyed<T>(make: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const made = new Map<string, T>()
  return async (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const value = await make(key)
    made.set(key, value)
    return value
  }
}
