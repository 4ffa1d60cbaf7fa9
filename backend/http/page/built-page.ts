import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { errorFields, type Log } from '../../log.ts'
import {
  isLanguageName,
  manifestOfOne,
  type PageManifest,
  pathsOf,
  readManifest,
} from '../../page/manifest.ts'
import type { PageCache } from '../../page/ports.ts'
import { contentTypeOf } from '../static/content-type.ts'
import { type StaticAnswer, staticAnswer } from '../static/static-answer.ts'
import { withPublicUrl } from './compose.ts'
import { type BuildListing, type BuiltFile, listBuild } from './frontend-build.ts'
import { deskHeaders, type PageOrigins, pageHeaders } from './headers.ts'
import { serviceWorkerAnswer, serviceWorkerPath } from './service-worker.ts'

export type BuiltPageDeps = Readonly<{
  /** Where the frontend is built to; it need not exist yet. */
  distDir: string
  cache?: PageCache
  /** Whether something is stored at an address such as /media/day.mp4; absent where nothing can be. */
  hasMedia?: (path: string) => Promise<boolean>
  ttlMs: number
  /** Where the site is, without a slash at the end. */
  publicUrl: string
  origins?: PageOrigins
  log: Log
  now?: () => number
}>

/** The pages of a build before they are filled in, by their keys in the manifest. */
export type PageSource = Readonly<{
  manifest: PageManifest
  templates: ReadonlyMap<string, string>
  /** The languages whose film is there to be played. */
  withFilm: ReadonlySet<string>
}>

/** All that one process answers of one build. */
export type BuiltPage = Readonly<{
  /** Absent: nothing is built. */
  source?: PageSource
  /** By path, such as `assets/index-3f9a.js` or `robots.txt`. */
  files: ReadonlyMap<string, StaticAnswer>
  /** Of this build alone: one that is taken away is to end. */
  serviceWorker?: StaticAnswer
}>

export type BuiltPages = Pick<ReturnType<typeof createBuiltPage>, 'current' | 'experiments'>

type Kept = BuiltPage & Readonly<{ fingerprint?: string; ownFiles: ReadonlyMap<string, StaticAnswer> }>

// A new build shows so soon after its files are written, without reading the disk more often than that.
const lookEveryMsMax = 1_000
// Files this young may still be half written.
const settledAfterMs = 250
// Larger files are read from disk each time: memory is for what every visitor needs.
const inMemoryBytesMax = 8 * 1024 * 1024

const manifestPath = 'page.json'
const firstPagePath = 'index.html'
const deskPath = 'admin/index.html'
const namedByContent = /^(?:admin\/)?assets\//
const filledIn = /\.(?:html|xml|txt|webmanifest)$/
const immutable = 'public, max-age=31536000, immutable'
const nothing: Kept = { files: new Map(), ownFiles: new Map() }
const noExperiments: PageManifest['experiments'] = {}
const noPaths: ReadonlySet<string> = new Set()

/**
 * The newest build, in memory. One that appears or changes is noticed within a second; the files of the build before
 * stay, for visitors who have its page open.
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
  let paths: Readonly<{ of?: PageSource; all: ReadonlySet<string> }> = { all: noPaths }

  deps.cache?.onFlush(() => {
    nextLookAtMs = 0
    refillAtMs = 0
    if (kept) kept = { ...kept, fingerprint: undefined }
  })

  const look = async (): Promise<Kept> => {
    try {
      const listing = await listBuild(distDir)
      // A build in progress empties its folder first; what was built before is better than nothing.
      if (!listing) return kept ?? nothing
      const settled = Math.abs(now() - listing.newestModifiedMs) > settledAfterMs
      if (listing.fingerprint !== kept?.fingerprint) return settled ? await load(listing) : (kept ?? nothing)
      if (now() >= refillAtMs) return await refill(kept)
      return kept
    } catch (error) {
      if (!failed) deps.log.warn('page.unreadable', errorFields(error))
      failed = true
      return kept ?? nothing
    }
  }

  const load = async (listing: BuildListing): Promise<Kept> => {
    const source = await readSource(listing)
    const inSource = new Set([
      ...[manifestPath, firstPagePath, serviceWorkerPath],
      ...Object.values(source.manifest.pages),
    ])
    const ownFiles = new Map<string, StaticAnswer>()
    for (const file of listing.files)
      if (!inSource.has(file.path)) ownFiles.set(file.path, await fileAnswer(file))
    failed = false
    const same = kept?.source && sameSource(kept.source, source)
    if (!same)
      deps.log.info('page.loaded', {
        build: buildOf(source),
        pages: source.templates.size,
        files: ownFiles.size,
      })
    return {
      source: same ? kept!.source! : source,
      fingerprint: listing.fingerprint,
      ownFiles,
      files: new Map([...(kept?.ownFiles ?? []), ...ownFiles]),
      serviceWorker: listing.files.some(({ path }) => path === serviceWorkerPath)
        ? serviceWorkerAnswer(await Bun.file(join(distDir, serviceWorkerPath)).bytes(), deps.origins)
        : undefined,
    }
  }

  const refill = async (current: Kept): Promise<Kept> => {
    const source = await sharedSource(current.source!.manifest)
    return sameSource(current.source!, source) ? current : { ...current, source }
  }

  const readSource = async (listing: BuildListing): Promise<PageSource> => {
    if (listing.files.some(({ path }) => path === manifestPath))
      return sharedSource(readManifest(await Bun.file(join(distDir, manifestPath)).text()))
    const html = await Bun.file(join(distDir, firstPagePath)).text()
    const language = /<html[^>]*\slang=["']?([a-z]{2})\b/i.exec(html)?.[1]?.toLowerCase() ?? ''
    return sharedSource(manifestOfOne(isLanguageName(language) ? language : 'en', firstPagePath))
  }

  const sharedSource = async (manifest: PageManifest): Promise<PageSource> => {
    refillAtMs = now() + deps.ttlMs
    const templates = await Promise.all(
      Object.entries(manifest.pages).map(async ([key, path]) => [key, await sharedPage(path)] as const),
    )
    return { manifest, templates: new Map(templates), withFilm: await languagesWithFilm(manifest) }
  }

  /** While the storage cannot be asked, what was known of it before. */
  const languagesWithFilm = async ({ films = {} }: PageManifest): Promise<Set<string>> => {
    const known = kept?.source?.withFilm
    const found = await Promise.all(
      Object.entries(films).map(async ([language, path]) => {
        const isThere = await deps.hasMedia?.(path).catch(() => known?.has(language))
        return isThere ? [language] : []
      }),
    )
    return new Set(found.flat())
  }

  const sharedPage = async (path: string): Promise<string> => {
    const fromDisk = await Bun.file(join(distDir, path)).text()
    const cached = await deps.cache?.get(hashOf(fromDisk))
    if (cached !== undefined) return cached
    void deps.cache?.set(hashOf(fromDisk), fromDisk, deps.ttlMs)
    return fromDisk
  }

  const fileAnswer = async ({ path, sizeBytes, modifiedMs }: BuiltFile): Promise<StaticAnswer> => {
    const file = Bun.file(join(distDir, path))
    const contentType = contentTypeOf(path)
    if (path === deskPath)
      return staticAnswer({ body: await file.bytes(), contentType, headers: deskHeaders })
    if (filledIn.test(path) && !namedByContent.test(path)) {
      const text = withPublicUrl(await file.text(), deps.publicUrl)
      const headers = path.endsWith('.html')
        ? {
            ...pageHeaders(text, deps.origins),
            'cache-control': `public, max-age=0, s-maxage=${Math.ceil(deps.ttlMs / 1000)}`,
          }
        : { 'cache-control': 'public, max-age=3600' }
      return staticAnswer({ body: new TextEncoder().encode(text), contentType, headers })
    }
    const headers = {
      'cache-control': namedByContent.test(path) ? immutable : 'public, max-age=3600',
      // Whoever shares the page shows its picture.
      ...(contentType.startsWith('image/') && { 'cross-origin-resource-policy': 'cross-origin' }),
    }
    return sizeBytes > inMemoryBytesMax
      ? staticAnswer({ body: file, etag: `${sizeBytes}-${modifiedMs}`, contentType, headers })
      : staticAnswer({ body: await file.bytes(), contentType, headers })
  }

  const current = (): BuiltPage | Promise<BuiltPage> => {
    if (kept && (now() < nextLookAtMs || looking)) return kept
    if (looking) return looking
    nextLookAtMs = now() + lookEveryMs
    looking = look().then((found) => {
      kept = found
      looking = undefined
      return found
    })
    return looking
  }

  return {
    /**
     * What is to be served now: at once while it is fresh, otherwise for one request after a look at the disk.
     * Never rejects; others that come meanwhile get what is there.
     */
    current,
    /** The experiments that the newest known build draws; the same object until it is built anew. */
    experiments: () => kept?.source?.manifest.experiments ?? noExperiments,
    /** Every path at which the newest known build stands. */
    paths(): ReadonlySet<string> {
      const source = kept?.source
      if (source !== paths.of) paths = { of: source, all: source ? pathsOf(source.manifest) : noPaths }
      return paths.all
    },
  }
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16)

const buildOf = ({ manifest, templates }: PageSource) =>
  hashOf(JSON.stringify([manifest, [...templates.values()].map(hashOf)]))

function sameSource(one: PageSource, other: PageSource): boolean {
  return (
    JSON.stringify(one.manifest) === JSON.stringify(other.manifest) &&
    [...one.templates].every(([key, html]) => other.templates.get(key) === html) &&
    one.withFilm.symmetricDifference(other.withFilm).size === 0
  )
}
