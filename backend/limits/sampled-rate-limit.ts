import type { RateLimit } from './rate-limit.ts'

export type SampledRateLimitDeps = Readonly<{
  /** A bucket that holds one for every `oneIn` requests a client may send. */
  limit: Pick<RateLimit, 'take'>
  oneIn: number
  /** Milliseconds of a clock that does not jump. */
  now: () => number
}>

/** Returns 0, or the seconds to wait. `clientOf` is only asked where it matters who sends. */
export type SampledRateLimit = Readonly<{ take(clientOf: () => string): number }>

const blockedMax = 10_000

/**
 * A limit against floods that looks at one request of many, since to know who sends costs more than to keep an event.
 * Whoever is found over it is refused until the bucket has something again; only then is every request looked at.
 */
export function createSampledRateLimit({ limit, oneIn, now }: SampledRateLimitDeps): SampledRateLimit {
  const blockedUntilMs = new Map<string, number>()
  let seen = 0

  function waitS(client: string): number {
    const untilMs = blockedUntilMs.get(client)
    if (untilMs === undefined) return 0
    const leftMs = untilMs - now()
    if (leftMs > 0) return Math.ceil(leftMs / 1000)
    blockedUntilMs.delete(client)
    return 0
  }

  return {
    take(clientOf) {
      seen = (seen + 1) % oneIn
      if (seen !== 0 && blockedUntilMs.size === 0) return 0
      const client = clientOf()
      const blockedS = waitS(client)
      if (blockedS > 0 || seen !== 0) return blockedS
      const retryAfterS = limit.take(client)
      if (retryAfterS > 0) {
        if (blockedUntilMs.size >= blockedMax) blockedUntilMs.clear()
        blockedUntilMs.set(client, now() + retryAfterS * 1000)
      }
      return retryAfterS
    },
  }
}
