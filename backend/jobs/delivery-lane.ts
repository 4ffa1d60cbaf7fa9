import { type Breaker, createBreaker } from '../breaker.ts'
import { type Endpoint, openSettings } from '../deliveries/endpoint.ts'
import type { Delivery, Room } from '../deliveries/ports.ts'
import type { EndpointSettings, Outcome, Target } from '../deliveries/target.ts'
import { targets } from '../deliveries/targets.ts'
import type { Seal } from '../seal.ts'

/**
 * One endpoint as one worker sends to it: so many requests at once and a second, and few while it does not answer. One
 * request holds what waits, as much of it as its target takes at once.
 */
export type Lane = Readonly<{
  endpoint(): Endpoint
  settings(): EndpointSettings
  target: Target
  /** What an operator has changed meanwhile. */
  changed(endpoint: Endpoint): void
  /** So many requests may be begun until this is said again. */
  limit(requests: number): void
  /** How many more deliveries to take for it now. */
  room(): Room
  /** So many were taken, of so many asked for. */
  took(deliveries: readonly Delivery[], asked: number): void
  /** What the next request is to hold, if one may be sent now. */
  next(): readonly Delivery[]
  /** The request that held these is answered. Absent: there was nothing to be sent. */
  over(deliveries: readonly Delivery[], outcome: Outcome | undefined): void
  /** Whether there is probably more to take at once. */
  isHungry(): boolean
  /** What was taken and not begun. */
  abandon(): readonly Delivery[]
  /** Takes out what is not to be sent now after all, or has waited for too long: its lease must outlast the attempt. */
  stale(): readonly Delivery[]
}>

const failuresToOpen = 10
const probePauseMs = { least: 5_000, most: 5 * 60_000 }
// A receiver that is quick is given more at a time, so that to take costs little.
const takenMost = 256
const quickMs = 1_000
const waitHereMaxMs = 30_000
const aloneMax = 10_000

export type LaneOptions = Readonly<{ seal: Seal; nowMs(): number; target?: Target }>

export function createLane(
  first: Endpoint,
  { seal, nowMs, target = targets[first.target] }: LaneOptions,
): Lane {
  let endpoint = first
  let settings = openSettings(seal, first)
  // What was refused in company: which of them it was for, the receiver did not say.
  const alone = new Set<string>()
  let waiting: { delivery: Delivery; takenAtMs: number }[] = []
  let inFlight = 0
  let left = Number.POSITIVE_INFINITY
  let takeMax = first.concurrency
  let hungry = false
  let hasTurn = true
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

  const pauseMs = () => target.pauseMs?.(settings) ?? 0
  const requestMax = () => target.requestMax?.(settings) ?? 1

  /** How many requests may be begun. */
  function requestsNow(): number {
    if (endpoint.state !== 'on' || nowMs() < restUntilMs || waiting.length > 0) return 0
    if (breaker.isOpen()) return inFlight === 0 && breaker.probeDue() ? 1 : 0
    if (pauseMs() > 0) return inFlight === 0 ? 1 : 0
    if (inFlight >= endpoint.concurrency) return 0
    return Math.max(0, Math.min(Math.max(takeMax, endpoint.concurrency) - inFlight, allowed(), left))
  }

  return {
    endpoint: () => endpoint,
    settings: () => settings,
    target,
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
    limit(requests) {
      left = requests
    },
    room() {
      const [requests, each] = [requestsNow(), requestMax()]
      // Of one that takes much at once no more is held here than of others.
      return {
        most: requests * each > takenMost ? Math.max(each, takenMost) : requests * each,
        pauseMs: pauseMs(),
      }
    },
    took(deliveries, asked) {
      takenAtMs = nowMs()
      hasTurn = true
      if (endpoint.perSecond !== undefined) allowance -= Math.ceil(deliveries.length / requestMax())
      hungry = deliveries.length === asked
      waiting = deliveries.map((delivery) => ({ delivery, takenAtMs }))
    },
    next() {
      if (inFlight >= endpoint.concurrency || !hasTurn || left <= 0 || waiting.length === 0) return []
      const isFirstAlone = alone.has(keyOf(waiting[0]!.delivery))
      const others = waiting.findIndex(({ delivery }) => alone.has(keyOf(delivery)))
      const count = isFirstAlone ? 1 : Math.min(requestMax(), others < 0 ? waiting.length : others)
      inFlight++
      left--
      hasTurn = pauseMs() === 0
      return waiting.splice(0, count).map(({ delivery }) => delivery)
    },
    over(deliveries, outcome) {
      inFlight--
      const wasRefused = outcome?.kind === 'failed' && !outcome.isTheirs
      for (const delivery of deliveries)
        if (outcome?.kind === 'delivered') alone.delete(keyOf(delivery))
        else if (wasRefused && requestMax() > 1 && alone.size < aloneMax) alone.add(keyOf(delivery))
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
      const isOld = !hasTurn || breaker.isOpen() || endpoint.state !== 'on' || nowMs() < restUntilMs
      const old = waiting.filter((each) => isOld || nowMs() - each.takenAtMs > waitHereMaxMs)
      if (old.length > 0) waiting = waiting.filter((each) => !old.includes(each))
      return old.map(({ delivery }) => delivery)
    },
  }
}

const keyOf = ({ leadId, event }: Delivery) => `${event} ${leadId}`
