import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip, gzipSync } from 'node:zlib'
import { remember } from '../../remember.ts'
import { isCompressible } from './content-type.ts'

/** An answer made once and given many times: compressed beforehand, with an ETag, ready in memory. */
export type StaticAnswer = Readonly<{
  /** Answers GET and HEAD with the smallest form ready that the client takes, or 304. */
  respond(request: Request): Response
  /** Answers one visitor only, with these cookies: nothing of it may be kept by anybody. */
  respondTo(request: Request, setCookies: readonly string[]): Response
  /** Resolves when the compressed forms are ready; until then the answer goes out larger. */
  compressed: Promise<void>
}>

export type StaticAnswerInput = Readonly<{
  body: Uint8Array<ArrayBuffer> | Blob
  /** Tells this body from every other; by default its hash. */
  etag?: string
  contentType: string
  headers?: Readonly<Record<string, string>>
  brotliQuality?: number
  /** For small bodies that are needed compressed by the first who asks: a few milliseconds, and the process waits. */
  gzipAtOnce?: boolean
}>

/** Tells nginx that an answer is the same for everybody with the word it was asked with. It goes no further. */
export const keepMark = 'x-keep-page'

// Below this, the compressed form saves less than a packet.
const compressFromBytes = 1_024
const gzipBest = { level: 9 }
const brotliQualityBest = constants.BROTLI_MAX_QUALITY

type Form = Readonly<{ body: Blob; headers: Headers; headHeaders: Headers; privateHeaders: Headers }>

/**
 * Makes an answer; its compressed forms follow.
 * @throws TypeError for a body that is not in memory and comes without an `etag`.
 */
export function staticAnswer(input: StaticAnswerInput): StaticAnswer {
  // Weak, because one tag stands for all compressed forms.
  const etag = `W/"${input.etag ?? hashOf(input.body)}"`
  const compressible = isCompressible(input.contentType)
  const shared = {
    ...input.headers,
    'content-type': input.contentType,
    'x-content-type-options': 'nosniff',
    etag,
    ...(compressible ? { vary: ['Accept-Encoding', input.headers?.vary].filter(Boolean).join(', ') } : {}),
  }
  const { 'content-type': _type, ...unchanged } = shared
  const notModifiedHeaders = new Headers(unchanged)

  const form = (body: Blob, encoding?: string): Form => {
    const headers = new Headers({ ...shared, ...(encoding ? { 'content-encoding': encoding } : {}) })
    const headHeaders = new Headers(headers)
    headHeaders.set('content-length', String(body.size))
    const privateHeaders = new Headers(headers)
    privateHeaders.delete('etag')
    privateHeaders.delete(keepMark)
    privateHeaders.set('cache-control', 'private, no-cache')
    return { body, headers, headHeaders, privateHeaders }
  }
  const plain = form(input.body instanceof Blob ? input.body : new Blob([input.body]))
  let gzipped: Form | undefined
  let brotlied: Form | undefined

  const compress = async () => {
    if (!compressible || input.body instanceof Blob || input.body.byteLength < compressFromBytes) return
    const bytes = input.gzipAtOnce ? gzipSync(input.body, gzipBest) : await gzipAsync(input.body, gzipBest)
    gzipped = form(new Blob([bytes]), 'gzip')
    const brotli = await brotliAsync(input.body, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: input.brotliQuality ?? brotliQualityBest,
        [constants.BROTLI_PARAM_SIZE_HINT]: input.body.byteLength,
      },
    })
    brotlied = form(new Blob([brotli]), 'br')
  }

  const bestFor = (request: Request): Form => {
    const { brotli, gzip } = accepted(request.headers.get('accept-encoding') ?? '')
    if (brotlied && brotli) return brotlied
    return gzipped && gzip ? gzipped : plain
  }

  return {
    respond(request) {
      const seen = request.headers.get('if-none-match')
      if (seen !== null && etagMatches(seen, etag))
        return new Response(null, { status: 304, headers: notModifiedHeaders })
      const best = bestFor(request)
      if (request.method === 'HEAD') return new Response(null, { headers: best.headHeaders })
      return new Response(best.body, { headers: best.headers })
    },
    respondTo(request, setCookies) {
      const best = bestFor(request)
      const isHead = request.method === 'HEAD'
      // The answer copies the headers it is made with; to copy them for it before would cost as much again.
      const answer = new Response(isHead ? null : best.body, { headers: best.privateHeaders })
      for (const cookie of setCookies) answer.headers.append('set-cookie', cookie)
      if (isHead) answer.headers.set('content-length', String(best.body.size))
      return answer
    },
    compressed: compress(),
  }
}

/** Whether `If-None-Match` names this tag. Weak and strong spellings of a tag are the same here (RFC 9110, 13.1.2). */
export function etagMatches(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch === etag || ifNoneMatch.trim() === '*') return true
  const bare = etag.replace(/^W\//, '')
  return ifNoneMatch.split(',').some((each) => each.trim().replace(/^W\//, '') === bare)
}

const gzipAsync = promisify(gzip)
const brotliAsync = promisify(brotliCompress)
const brotliName = encodingName('br')
const gzipName = encodingName('gzip')

function encodingName(name: string) {
  return new RegExp(`(?:^|[,\\s])${name}\\s*(?:;\\s*q=([0-9.]+)\\s*)?(?:,|$)`, 'i')
}

/** What a client takes, by its `Accept-Encoding`. */
const accepted = remember(
  (acceptEncoding) => ({
    brotli: accepts(brotliName, acceptEncoding),
    gzip: accepts(gzipName, acceptEncoding),
  }),
  { max: 100, lengthMax: 100 },
)

function accepts(name: RegExp, acceptEncoding: string): boolean {
  const match = name.exec(acceptEncoding)
  return match !== null && (match[1] === undefined || Number(match[1]) > 0)
}

function hashOf(body: Uint8Array | Blob): string {
  if (body instanceof Blob) throw new TypeError('a body that is not in memory needs an etag of its own')
  return createHash('sha256').update(body).digest('base64url').slice(0, 22)
}
