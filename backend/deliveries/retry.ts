import type { Outcome } from './target.ts'

const s = 1_000
const min = 60 * s
const hour = 60 * min

/** What lies between one attempt and the next: the first is made at once, the last some three days later. */
export const pausesMs: readonly number[] = [
  ...[5 * s, 30 * s, 2 * min, 5 * min, 30 * min],
  ...[2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour],
]
export const attemptsMax = pausesMs.length + 1
/** Nobody is made to come back later than this by a `Retry-After`. */
const retryAfterMaxMs = 24 * hour
const jitter = 0.1
const believedTimes = 3
const askedAtLeastMs = s

/** What becomes of a delivery after an attempt. `waiting` is tried again after a pause. */
export type Next =
  | Readonly<{ state: 'delivered' }>
  | Readonly<{ state: 'waiting'; afterMs: number; because: string }>
  | Readonly<{ state: 'parked'; because: string }>

/** `attempt` counts from 1; `random` is from 0 to 1, so that what failed in one moment does not come back in one. */
export function nextAfter(outcome: Outcome, attempt: number, random: number): Next {
  if (outcome.kind === 'delivered') return { state: 'delivered' }
  const { because } = outcome
  // Its endpoint is parked, and nothing of it is sent until an operator says so.
  if (outcome.kind === 'gone') return { state: 'waiting', afterMs: 0, because }
  const pauseMs = pausesMs[attempt - 1]
  if (pauseMs === undefined) return { state: 'parked', because }
  const spreadMs = pauseMs * (1 - jitter + 2 * jitter * random)
  const askedMs = Math.min(outcome.retryAfterMs ?? 0, retryAfterMaxMs)
  // Who says when to come again is believed a few times, also where that is sooner than we would.
  const isBelieved = outcome.retryAfterMs !== undefined && attempt <= believedTimes
  const soonestMs = askedAtLeastMs * (1 + jitter * random)
  return { state: 'waiting', afterMs: Math.max(isBelieved ? soonestMs : spreadMs, askedMs), because }
}

// The parser of dates takes -5 for a day in May.
const date = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /

/** What `Retry-After` says, in milliseconds from now: whole seconds or a date of HTTP. Whatever else it says is nothing. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d+$/.test(header)) return Number(header) * s
  const atMs = date.test(header) ? Date.parse(header.endsWith('GMT') ? header : `${header} GMT`) : Number.NaN
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs)
}
