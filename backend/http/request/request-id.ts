import { maskPhones } from '../../leads/written-phones.ts'
import type { Peer } from './client-ip.ts'

/** Names a request, so that its answer and its line in the log can be brought together. */
export type RequestIdOf = (request: Request, peer: Peer) => string

// What proxies send as an id: nginx 32 hex digits, others UUIDs and the like.
const idPattern = /^[A-Za-z0-9][A-Za-z0-9._:=+/@-]{0,127}$/

/**
 * Takes the id that a trusted proxy gave, so that its own log and ours name a request alike; anybody else's request gets
 * a new one. An id that could be a phone number is not taken: the log would mask it, and nobody would find it.
 */
export function createRequestIds(isFromProxy: (request: Request, peer: Peer) => boolean): RequestIdOf {
  return (request, peer) => {
    const given = request.headers.get('x-request-id')
    const isUsable = given !== null && idPattern.test(given) && maskPhones(given) === given
    return isUsable && isFromProxy(request, peer) ? given : crypto.randomUUID()
  }
}
