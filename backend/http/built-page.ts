import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { errorFields, type Log } from '../log.ts'
import type { PageCache } from '../page/ports.ts'
import { contentTypeOf } from './content-type.ts'
import { type BuildListing, listBuild } from './frontend-build.ts'
import { type PageOrigins, pageHeaders } from './page-headers.ts'
import { placeholderPage } from './placeholder-page.ts'
import { type StaticAnswer, staticAnswer } from './static-answer.ts'

export type BuiltPageDeps = Readonly<{
  /** Where the frontend is built to; it need not exist yet. */
  distDir: string
  cache?: PageCache
  ttlMs: number
  origins?: PageOrigins
  log: Log
  now?: () => number
}>

/** All that one process answers of one build. */
export type BuiltPage = Readonly<{
  page: StaticAnswer
  /** By path, such as `assets/index-3f9a.js` or `robots.txt`. */
  files: ReadonlyMap<string, StaticAnswer>
}>

type Kept = BuiltPage &
  Readonly<{
    build?: string
    html: string
    fingerprint?: string
    ownFiles: ReadonlyMap<string, StaticAnswer>
  }>

// A new build shows so soon after its files are written, without reading the disk more often than that.
const lookEveryMsMax = 1_000
// Files this young may still be half written.
const settledAfterMs = 250
// Larger files are read from disk each time: memory is for what every visitor needs.
const inMemoryBytesMax = 8 * 1024 * 1024

const noStore = { 'cache-control': 'no-store' }

/**
 * The page of the newest build, in memory. A build that appears or changes is noticed within a second; the files of
 * the build before stay, for visitors who have its page open. While there is no build, it is the placeholder.
 */
export function createBuiltPage(deps: BuiltPageDeps) {
  const now = deps.now ?? Date.now
  const distDir = resolve(deps.distDir)
  const lookEveryMs = Math.min(deps.ttlMs, lookEveryMsMax)
  let kept: Kept | undefined
  let looking: Promise<Kept> | undefined
  let nextLookAtMs = 0
  let refillAtMs = 0
  let failed = false

  deps.cache?.onFlush(() => {
    nextLookAtMs = 0
    refillAtMs = 0
    if (kept) kept = { ...kept, fingerprint: undefined }
  })

  const look = async (): Promise<Kept> => {
    try {
      const listing = await listBuild(distDir)
      // A build in progress empties its folder first; what was built before is better than nothing.
      if (!listing) return kept ?? placeholder()
      const settled = Math.abs(now() - listing.newestModifiedMs) > settledAfterMs
      if (listing.fingerprint !== kept?.fingerprint)
        return settled ? await load(listing) : (kept ?? placeholder())
      if (now() >= refillAtMs) return await refill(kept)
      return kept
    } catch (error) {
      if (!failed) deps.log.warn('page.unreadable', errorFields(error))
      failed = true
      return kept ?? placeholder()
    }
  }

  const load = async (listing: BuildListing): Promise<Kept> => {
    const bytes = await Bun.file(join(distDir, 'index.html')).bytes()
    const build = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
    const ownFiles = new Map<string, StaticAnswer>()
    for (const file of listing.files)
      if (file.path !== 'index.html') ownFiles.set(file.path, await fileAnswer(file))
    const html = await shared(build, new TextDecoder().decode(bytes))
    failed = false
    if (build !== kept?.build) deps.log.info('page.loaded', { build, files: ownFiles.size })
    return {
      build,
      html,
      fingerprint: listing.fingerprint,
      page: pageAnswer(html),
      ownFiles,
      files: new Map([...(kept?.ownFiles ?? []), ...ownFiles]),
    }
  }

  const refill = async (current: Kept): Promise<Kept> => {
    const html = await shared(current.build!, await Bun.file(join(distDir, 'index.html')).text())
    return html === current.html ? current : { ...current, html, page: pageAnswer(html) }
  }

  const shared = async (build: string, fromDisk: string): Promise<string> => {
    refillAtMs = now() + deps.ttlMs
    const cached = await deps.cache?.get(build)
    if (cached !== undefined) return cached
    void deps.cache?.set(build, fromDisk, deps.ttlMs)
    return fromDisk
  }

  const fileAnswer = async ({ path, sizeBytes, modifiedMs }: BuildListing['files'][number]) => {
    const file = Bun.file(join(distDir, path))
    const contentType = contentTypeOf(path)
    if (path.endsWith('.html')) return pageAnswer(await file.text())
    const headers = { 'cache-control': path.startsWith('assets/') ? immutable : 'public, max-age=3600' }
    return sizeBytes > inMemoryBytesMax
      ? staticAnswer({ body: file, etag: `${sizeBytes}-${modifiedMs}`, contentType, headers })
      : staticAnswer({ body: await file.bytes(), contentType, headers })
  }

  const pageAnswer = (html: string): StaticAnswer => {
    const ttlS = Math.ceil(deps.ttlMs / 1000)
    return staticAnswer({
      body: new TextEncoder().encode(html),
      contentType: contentTypeOf('index.html'),
      headers: {
        ...pageHeaders(html, deps.origins),
        'cache-control': `public, max-age=0, s-maxage=${ttlS}, stale-while-revalidate=${ttlS}`,
      },
    })
  }

  const placeholder = (): Kept => ({
    html: placeholderPage,
    page: staticAnswer({
      body: new TextEncoder().encode(placeholderPage),
      contentType: contentTypeOf('index.html'),
      headers: { ...pageHeaders(placeholderPage, deps.origins), ...noStore },
    }),
    ownFiles: new Map(),
    files: new Map(),
  })

  return {
    /**
     * What is to be served now: at once while it is fresh, otherwise for one request after a look at the disk.
     * Never rejects; others that come meanwhile get what is there.
     */
    current(): BuiltPage | Promise<BuiltPage> {
      if (kept && (now() < nextLookAtMs || looking)) return kept
      if (looking) return looking
      nextLookAtMs = now() + lookEveryMs
      looking = look().then((found) => {
        kept = found
        looking = undefined
        return found
      })
      return looking
    },
  }
}

const immutable = 'public, max-age=31536000, immutable'
