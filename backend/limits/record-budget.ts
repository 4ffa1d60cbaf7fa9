import { blockOf } from './client-block.ts'
import type { RateLimit } from './rate-limit.ts'

export type RecordBudgetDeps = Readonly<{
  /** A bucket that holds one for every `oneIn` records of a client. */
  ofClient: Pick<RateLimit, 'take'>
  /** The same for the IPv6 block that a client may have got whole, and in which each /64 is another client. */
  ofBlock: Pick<RateLimit, 'take'>
  oneIn: number
  /** What all visitors together may leave here. 0: no limit. */
  perDay: number
  /** Milliseconds of a clock that does not jump. */
  now: () => number
}>

/**
 * What visitors may leave behind without anybody's leave: events, exposures, assignments, lines of the request log. Each
 * is small, and a client that sends them as fast as it can fills a disk in days.
 */
export type RecordBudget = Readonly<{
  /** Returns 0 when `count` records may be kept, or the seconds to wait. `clientOf` is only asked where it matters who. */
  take(clientOf: () => string, count?: number): number
}>

const blockedMax = 10_000
const dayMs = 86_400_000
// A spot brings in minutes what other days bring in hours.
const burstOfDay = 1 / 8

/**
 * A budget that looks at one record of many, since to know who sends costs more than to keep one. Whoever is found over
 * it is refused until the bucket has something again; only then is every record looked at.
 */
export function createRecordBudget(deps: RecordBudgetDeps): RecordBudget {
  const { ofClient, ofBlock, oneIn, now } = deps
  const blockedUntilMs = new Map<string, number>()
  const inAll = createDayBudget(deps.perDay, now)
  let seen = 0

  function waitS(client: string): number {
    const untilMs = blockedUntilMs.get(client)
    if (untilMs === undefined) return 0
    const leftMs = untilMs - now()
    if (leftMs > 0) return Math.ceil(leftMs / 1000)
    blockedUntilMs.delete(client)
    return 0
  }

  function block(client: string, retryAfterS: number): number {
    if (blockedUntilMs.size >= blockedMax) blockedUntilMs.clear()
    blockedUntilMs.set(client, now() + retryAfterS * 1000)
    return retryAfterS
  }

  /** Every `oneIn`th record counts as all of them, so a request with many is looked at as often as many with one. */
  function ofWhoSends(clientOf: () => string, count: number): number {
    seen += count
    const tokens = Math.floor(seen / oneIn)
    seen %= oneIn
    if (tokens === 0 && blockedUntilMs.size === 0) return 0
    const client = clientOf()
    const larger = blockOf(client)
    const blockedS = Math.max(waitS(client), larger === undefined ? 0 : waitS(larger))
    if (blockedS > 0 || tokens === 0) return blockedS
    const clientS = ofClient.take(client, tokens)
    if (clientS > 0) return block(client, clientS)
    const blockS = larger === undefined ? 0 : ofBlock.take(larger, tokens)
    return blockS > 0 ? block(larger!, blockS) : 0
  }

  return {
    take(clientOf, count = 1) {
      const waitingS = ofWhoSends(clientOf, count)
      return waitingS > 0 ? waitingS : inAll(count)
    },
  }
}

/** A bucket that holds an eighth of what a day may bring, and refills at the day's even rate. */
function createDayBudget(perDay: number, now: () => number): (count: number) => number {
  if (perDay === 0) return () => 0
  const burst = Math.max(1, perDay * burstOfDay)
  const msPerRecord = dayMs / perDay
  let left = burst
  let atMs = now()
  return (count) => {
    const nowMs = now()
    left = Math.min(burst, left + (nowMs - atMs) / msPerRecord)
    atMs = nowMs
    if (left < 1) return Math.max(1, Math.ceil(((1 - left) * msPerRecord) / 1000))
    left -= count
    return 0
  }
}
