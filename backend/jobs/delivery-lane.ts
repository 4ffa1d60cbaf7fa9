import { type Breaker, createBreaker } from '../breaker.ts'
import { type Endpoint, openSettings } from '../deliveries/endpoint.ts'
import type { Delivery } from '../deliveries/ports.ts'
import type { Seal } from '../deliveries/seal.ts'
import type { EndpointSettings, Outcome } from '../deliveries/target.ts'

/** One endpoint as one worker sends to it: so many at once and a second, and few while it does not answer. */
export type Lane = Readonly<{
  endpoint(): Endpoint
  settings(): EndpointSettings
  /** What an operator has changed meanwhile. */
  changed(endpoint: Endpoint): void
  /** How many more deliveries to take for it now. */
  room(): number
  /** So many were taken, of so many asked for. */
  took(deliveries: readonly Delivery[], asked: number): void
  /** The next to be sent, if one may be now. */
  next(): Delivery | undefined
  over(outcome: Outcome | undefined): void
  /** Whether there is probably more to take at once. */
  isHungry(): boolean
  /** What was taken and not begun. */
  abandon(): readonly Delivery[]
  /** Takes out what has waited here for too long: its lease must outlast the attempt. */
  stale(): readonly Delivery[]
}>

const failuresToOpen = 10
const probePauseMs = { least: 5_000, most: 5 * 60_000 }
// A receiver that is quick is given more at a time, so that to take costs little.
const takenMost = 256
const quickMs = 1_000
const waitHereMaxMs = 30_000

export function createLane(first: Endpoint, seal: Seal, nowMs: () => number): Lane {
  let endpoint = first
  let settings = openSettings(seal, first)
  let waiting: { delivery: Delivery; takenAtMs: number }[] = []
  let inFlight = 0
  let takeMax = first.concurrency
  let hungry = false
  let takenAtMs = 0
  let restUntilMs = 0
  let allowance = first.perSecond ?? 0
  let allowedAtMs = nowMs()
  const breaker: Breaker = createBreaker({ failuresToOpen, pauseMs: probePauseMs, nowMs })

  function allowed(): number {
    const { perSecond } = endpoint
    if (perSecond === undefined) return Number.POSITIVE_INFINITY
    const now = nowMs()
    allowance = Math.min(perSecond, allowance + ((now - allowedAtMs) * perSecond) / 1000)
    allowedAtMs = now
    return Math.floor(allowance)
  }

  return {
    endpoint: () => endpoint,
    settings: () => settings,
    changed(given) {
      if (!Buffer.from(given.sealed).equals(Buffer.from(endpoint.sealed)))
        settings = openSettings(seal, given)
      if (given.since.getTime() !== endpoint.since.getTime()) {
        // Somebody says that it is well again: it is not to be tried carefully.
        breaker.succeeded()
        restUntilMs = 0
      }
      endpoint = given
    },
    room() {
      if (endpoint.state !== 'on' || nowMs() < restUntilMs || waiting.length > 0) return 0
      if (breaker.isOpen()) return inFlight === 0 && breaker.probeDue() ? 1 : 0
      if (inFlight >= endpoint.concurrency) return 0
      return Math.max(0, Math.min(Math.max(takeMax, endpoint.concurrency) - inFlight, allowed()))
    },
    took(deliveries, asked) {
      takenAtMs = nowMs()
      if (endpoint.perSecond !== undefined) allowance -= deliveries.length
      hungry = deliveries.length === asked
      waiting = deliveries.map((delivery) => ({ delivery, takenAtMs }))
    },
    next() {
      if (inFlight >= endpoint.concurrency) return undefined
      const found = waiting.shift()
      if (found) inFlight++
      return found?.delivery
    },
    over(outcome) {
      inFlight--
      if (outcome?.kind === 'delivered') {
        breaker.succeeded()
        if (waiting.length === 0 && hungry && nowMs() - takenAtMs < quickMs)
          takeMax = Math.min(takeMax * 2, takenMost)
      }
      if (outcome?.kind !== 'failed' || !outcome.isTheirs) return
      takeMax = endpoint.concurrency
      if (outcome.retryAfterMs !== undefined)
        restUntilMs = nowMs() + Math.min(outcome.retryAfterMs, probePauseMs.most)
      breaker.failed()
    },
    isHungry: () => hungry && waiting.length === 0,
    abandon() {
      const all = waiting.map(({ delivery }) => delivery)
      waiting = []
      return all
    },
    stale() {
      const isOld = breaker.isOpen() || endpoint.state !== 'on' || nowMs() < restUntilMs
      const old = waiting.filter((each) => isOld || nowMs() - each.takenAtMs > waitHereMaxMs)
      if (old.length > 0) waiting = waiting.filter((each) => !old.includes(each))
      return old.map(({ delivery }) => delivery)
    },
  }
}
