import { lookup as systemLookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { withDeadline } from '../deadline.ts'
import type { Sender } from '../deliveries/ports.ts'
import type { Answer, OutboundRequest } from '../deliveries/target.ts'
import type { Allowed } from './addresses.ts'
import { type Dialled, type Lookup, Refused, resolveSafely } from './resolve.ts'

export type SenderOptions = Readonly<{
  allowed: Allowed
  timeoutMs?: number
  lookup?: Lookup
}>

const defaultTimeoutMs = 15_000
const bodyBytesMax = 16 * 1024
// The answer is its status; a body that comes by drops is not waited for.
const bodyWaitMs = 2_000
const resolvedKeptMs = 10_000
// Nothing was sent then, so another address of the name may be tried.
const unreachable = new Set(['ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL'])
const userAgent = 'Landfast-Delivery/1'

/**
 * Asks the resolver of this machine for all addresses of a name. Those of IPv4 come first: on many machines the way of
 * IPv6 leads nowhere, and who finds out waits for the time-out.
 */
export const lookupAll: Lookup = async (host) => {
  const found = await systemLookup(host, { all: true })
  return found.toSorted((one, other) => one.family - other.family).map(({ address }) => address)
}

/**
 * Sends requests to addresses that were checked, and dials just those: whatever a name leads to a moment later is not
 * asked. No redirect is followed and no proxy used; answers are read to 16 KB. Connections are a pool of its own, so that
 * nobody else waits for a receiver.
 */
export function createSender({
  allowed,
  timeoutMs = defaultTimeoutMs,
  lookup = lookupAll,
}: SenderOptions): Sender {
  const session = new Bun.FetchSession({ keepAlive: { idleTimeout: 30 } })
  const kept = new Map<string, { atMs: number; dialled: Promise<Dialled> }>()

  function resolved(url: string): Promise<Dialled> {
    const nowMs = performance.now()
    const known = kept.get(url)
    if (known && nowMs - known.atMs < resolvedKeptMs) return known.dialled
    const dialled = resolveSafely(url, { lookup, allowed })
    // Only what may be dialled is kept: whoever mends a name is not made to wait.
    dialled.catch(() => kept.delete(url))
    if (kept.size > 1_000) kept.clear()
    kept.set(url, { atMs: nowMs, dialled })
    return dialled
  }

  async function dial(
    request: OutboundRequest,
    { url, addresses }: Dialled,
    signal: AbortSignal,
  ): Promise<Answer> {
    const isName = isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0
    for (const [index, address] of addresses.entries()) {
      const at = new URL(url)
      at.hostname = isIP(address) === 6 ? `[${address}]` : address
      try {
        const response = await session.fetch(at, {
          method: request.method ?? 'POST',
          headers: { 'user-agent': userAgent, ...request.headers, host: url.host },
          body: request.body,
          redirect: 'manual',
          proxy: false,
          decompress: false,
          signal,
          ...(isName && { tls: { serverName: url.hostname } }),
        })
        return await answerOf(response)
      } catch (error) {
        const wasNeverThere = unreachable.has(String((error as { code?: unknown }).code))
        if (!wasNeverThere || index === addresses.length - 1) throw error
      }
    }
    throw new Refused('no address')
  }

  return {
    async refusal(url) {
      try {
        await resolveSafely(url, { lookup, allowed })
        return undefined
      } catch (error) {
        if (error instanceof Refused) return error.message
        throw error
      }
    },
    async send(request) {
      const signal = AbortSignal.timeout(timeoutMs)
      try {
        const dialled = await withDeadline(resolved(request.url), timeoutMs, 'looking the name up')
        return await dial(request, dialled, signal)
      } catch (error) {
        return { status: 0, because: reasonOf(error, signal, timeoutMs), body: '' }
      }
    },
  }
}

async function answerOf(response: Response): Promise<Answer> {
  const body = await beginningOf(response)
  const [retryAfter, location] = ['retry-after', 'location'].map((name) => response.headers.get(name))
  return { status: response.status, body, ...(retryAfter && { retryAfter }), ...(location && { location }) }
}

/** As much of the body as comes in time; the status is there already. */
async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const chunks: Uint8Array[] = []
  let bytes = 0
  const late = setTimeout(() => void reader.cancel().catch(() => {}), bodyWaitMs)
  try {
    while (bytes < bodyBytesMax) {
      const { done, value } = await reader.read()
      if (done) break
      chunks.push(value)
      bytes += value.length
    }
    if (bytes >= bodyBytesMax) await reader.cancel()
  } catch {
    // A receiver that breaks off has said what counts.
  } finally {
    clearTimeout(late)
  }
  // No NUL: Postgres keeps none.
  return Buffer.concat(chunks).subarray(0, bodyBytesMax).toString('utf8').replaceAll('\0', '')
}

function reasonOf(error: unknown, signal: AbortSignal, timeoutMs: number): string {
  if (error instanceof Refused) return error.message
  if (signal.aborted) return `no answer within ${timeoutMs / 1000} s`
  const { code, message } = error as { code?: unknown; message?: unknown }
  return `the connection failed: ${typeof code === 'string' ? code : String(message)}`
}
