import { Elysia } from 'elysia'
import { isMediaKey } from '../media/key.ts'
import type { MediaInfo, MediaStore } from '../media/ports.ts'
import { parseRange } from '../media/range.ts'
import { mediaTypeOf } from '../media/type.ts'
import { Problem } from '../problem.ts'
import { nothingHere } from './known-problem.ts'
import { type Asked, answerProblem, type ProblemDeps } from './problems.ts'
import { onlyReads, readsOnly } from './request/reads-only.ts'
import { etagMatches } from './static/static-answer.ts'

export type MediaRouteDeps = Readonly<{
  /** Absent when no object storage is configured. */
  media?: MediaStore
  /** A CDN in front of the bucket, without a slash at its end; set: visitors are sent there. */
  publicUrl?: string
  problems: ProblemDeps
}>

const retryAfterS = 5
const redirectKept = 'public, max-age=300'
// A name can be uploaded again, so caches may not keep it for ever; a week is long for a campaign.
const fileKept = 'public, max-age=604800, stale-while-revalidate=86400'
// Bun sends a stream in chunks, without its length. What is no larger than a picture goes out whole, and with it.
const wholeBytesMax = 1024 * 1024
// An SVG opened by itself is a document; in this box it can run nothing.
const boxed = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

/** Pictures and videos at `/media/*`, streamed from object storage. */
export function mediaRoutes(deps: MediaRouteDeps) {
  const answer = async (asked: Asked & { params: { '*': string } }) => {
    onlyReads(asked.request)
    const key = decoded(asked.params['*'])
    const contentType = key !== undefined && isMediaKey(key) ? mediaTypeOf(key) : undefined
    if (key === undefined || contentType === undefined) throw nothingHere()
    if (deps.publicUrl)
      return new Response(null, {
        status: 302,
        headers: { location: `${deps.publicUrl}/${key}`, 'cache-control': redirectKept },
      })
    return file(deps, key, contentType, asked)
  }
  return new Elysia().all('/media/*', answer, readsOnly)
}

async function file(deps: MediaRouteDeps, key: string, contentType: string, asked: Asked) {
  const { media } = deps
  const { request } = asked
  if (!media) throw unavailable()
  const orUnavailable = (error: unknown): never => {
    throw unavailable(error)
  }
  const found = await media.stat(key).catch(orUnavailable)
  if (!found) throw nothingHere()

  const headers: Record<string, string> = {
    'content-type': contentType,
    'cache-control': fileKept,
    'accept-ranges': 'bytes',
    etag: `"${found.etag}"`,
    'last-modified': found.modifiedAt.toUTCString(),
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'cross-origin',
    'content-security-policy': boxed,
  }
  if (isUnchanged(request.headers, found)) {
    const { 'content-type': _type, ...kept } = headers
    return new Response(null, { status: 304, headers: kept })
  }
  const range = rangeOf(request, found)
  if (range === 'unsatisfiable')
    return answerProblem(
      deps.problems,
      asked,
      new Problem('range_not_satisfiable', 'The file is shorter than that.'),
      { 'content-range': `bytes */${found.sizeBytes}` },
    )

  const { first, last } = range ?? { first: 0, last: found.sizeBytes - 1 }
  headers['content-length'] = String(last - first + 1)
  if (range) headers['content-range'] = `bytes ${first}-${last}/${found.sizeBytes}`
  const status = range ? 206 : 200
  if (request.method === 'HEAD' || found.sizeBytes === 0) return new Response(null, { status, headers })
  const stream = await media.open(key, found.etag, { first, last }).catch(orUnavailable)
  if (last - first >= wholeBytesMax) return new Response(stream, { status, headers })
  const bytes = await new Response(stream).bytes().catch(orUnavailable)
  return new Response(bytes, { status, headers })
}

function isUnchanged(headers: Headers, found: MediaInfo): boolean {
  const tags = headers.get('if-none-match')
  if (tags !== null) return etagMatches(tags, `"${found.etag}"`)
  const sinceMs = Date.parse(headers.get('if-modified-since') ?? '')
  return Math.floor(found.modifiedAt.getTime() / 1000) * 1000 <= sinceMs
}

/** The range that is asked for, unless `If-Range` shows that the client's part is of another file. */
function rangeOf(request: Request, found: MediaInfo) {
  const condition = request.headers.get('if-range')
  if (condition !== null && condition !== `"${found.etag}"` && condition !== found.modifiedAt.toUTCString())
    return undefined
  return parseRange(request.headers.get('range'), found.sizeBytes)
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

const unavailable = (cause?: unknown) =>
  new Problem('unavailable', 'Pictures and videos cannot be had right now.', { retryAfterS, cause })
