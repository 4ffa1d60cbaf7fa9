import { InvalidInput, Problem } from '../../problem.ts'
import type { Peer } from './client-ip.ts'
import type { SlowBodies } from './slow-bodies.ts'

/**
 * Reads a JSON body of at most `bytesMax`.
 * @throws Problem `unsupported_media_type`, `body_too_large` or `invalid_json`.
 */
export async function readJsonBody(
  request: Request,
  peer: Peer,
  bytesMax: number,
  bodies?: SlowBodies,
): Promise<unknown> {
  const type = (request.headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase()
  if (type !== 'application/json') throw new Problem('unsupported_media_type', 'Send application/json.')
  const tooLarge = () => new Problem('body_too_large', `The body may have ${bytesMax} bytes.`)
  if (Number(request.headers.get('content-length')) > bytesMax) throw tooLarge()
  const text = await readText(request, peer, tooLarge, bodies)
  if (Buffer.byteLength(text) > bytesMax) throw tooLarge()
  return parseJson(text)
}

/**
 * The body as text; `bodies` ends one that takes long. Visitors who leave in the middle are everyday; the server's own
 * ceiling is only met by a body without a length.
 * @throws Problem of `tooLarge`, or `invalid_json`.
 */
export async function readText(
  request: Request,
  peer: Peer,
  tooLarge: () => Problem,
  bodies?: SlowBodies,
): Promise<string> {
  const place = bodies?.coming(request, peer)
  try {
    return await request.text()
  } catch (error) {
    if (error instanceof Error && error.message.includes('maxRequestBodySize')) throw tooLarge()
    throw new Problem('invalid_json', 'The body did not arrive whole.')
  } finally {
    if (place !== undefined) bodies?.arrived(place)
  }
}

const waitedForBytesMax = 16 * 1024

/**
 * Waits for what is still to come of a body that nobody has read. nginx passes bodies on as they come, and a refusal that
 * overtakes its request is lost now and then on the way back over HTTP/2. Nobody waits for one that is too long for a
 * submission: that is refused before it is read. What came is given, for who would keep it.
 */
export async function untilBodyCame(request: Request, peer: Peer, bodies?: SlowBodies): Promise<string> {
  if (request.bodyUsed || request.method === 'GET' || request.method === 'HEAD') return ''
  if (Number(request.headers.get('content-length')) > waitedForBytesMax) return ''
  const place = bodies?.coming(request, peer)
  const text = await request.text().catch(() => '')
  if (place !== undefined) bodies?.arrived(place)
  return text
}

/** Why a body could not be read, should it have come compressed: asked only then, for hardly any does. */
export function inItsCoding(request: Request, error: unknown): unknown {
  const coding = request.headers.get('content-encoding')
  const isUnread =
    error instanceof InvalidInput || (error instanceof Problem && error.code === 'invalid_json')
  if (!coding || coding.toLowerCase() === 'identity' || !isUnread) return error
  return new Problem('unsupported_media_type', 'Send the body as it is, without a Content-Encoding.')
}

/** @throws Problem `invalid_json`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem('invalid_json', 'The body is not valid JSON.')
  }
}
