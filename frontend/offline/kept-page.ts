import type { PageSeen } from './work-offline.ts'

/** The page as it was last seen, with its files, for a browser that reaches nobody. */
const cacheName = 'landfast-page'
const keptAt = '/'
// Where pages are: `/`, languages, paths of the campaign; not the desk, which is for operators.
const isPagePath = /^\/(?!admin\/?$)[a-z0-9-]*\/?$/
const isPage = /<script[^>]* id="page-config">(?![^<]*"preview":true)/

/** Answers with what the network says, and keeps it; where it says nothing, with what was kept. */
export async function openPage(
  { url }: Request,
  answer: Promise<Response>,
  later: (work: Promise<unknown>) => void,
): Promise<Response> {
  if (!isPagePath.test(new URL(url).pathname)) return answer
  return orKept(
    answer.then((response) => {
      later(keepPage(response.clone()))
      return response
    }),
    keptAt,
  )
}

/** A file of the page, or where the network says nothing, the one that was kept: names change with their content. */
export const openFile = (request: Request): Promise<Response> => orKept(fetch(request), request.url)

async function orKept(answer: Promise<Response>, at: string): Promise<Response> {
  try {
    return await answer
  } catch (error) {
    const kept = await caches.match(at, { cacheName })
    if (kept) return kept
    throw error
  }
}

/** Keeps what an open page has loaded, which its HTML may name and not need, and the page itself where none is kept yet. */
export async function keepSeen({ path, files }: PageSeen): Promise<void> {
  const cache = await caches.open(cacheName)
  if (!(await cache.match(keptAt))) await keepPage(await fetch(path))
  await addTo(
    cache,
    files.filter((file) => isFile(new URL(file).pathname)),
  )
}

export const isFile = (path: string): boolean => path.startsWith('/assets/')

/** Its script first, without which it says nothing; then the page, and what only the one before needed goes. */
async function keepPage(response: Response): Promise<void> {
  const html = response.ok ? await response.clone().text() : ''
  if (!isPage.test(html)) return
  const cache = await caches.open(cacheName)
  const before = await cache.match(keptAt)
  if (before && (await before.text()) === html) return
  await addTo(cache, html.match(/\/assets\/[\w.-]+\.js/g) ?? [])
  await cache.put(keptAt, response)
  for (const { url } of await cache.keys()) {
    const { pathname } = new URL(url)
    if (pathname !== keptAt && !html.includes(pathname)) await cache.delete(url)
  }
}

async function addTo(cache: Cache, files: readonly string[]): Promise<void> {
  const missing = await Promise.all(
    [...new Set(files)].map(async (file) => ((await cache.match(file)) ? [] : [file])),
  )
  await cache.addAll(missing.flat())
}
