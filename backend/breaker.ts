import { growingPause } from './growing-pause.ts'

export type BreakerOptions = Readonly<{
  /** Failures in a row after which nothing is let through. */
  failuresToOpen: number
  /** How long nothing is let through: `least` at first, doubled by every probe that fails, `most` at last. */
  pauseMs: Readonly<{ least: number; most: number }>
  nowMs(): number
}>

/** Thrown instead of asking something that has just failed several times; its cause is how. */
export class BreakerOpen extends Error {
  constructor(cause?: unknown) {
    super('it has not answered lately and is left alone for a moment', { cause })
    this.name = 'BreakerOpen'
  }
}

export type Breaker = Readonly<{
  /**
   * Does the work, or rejects at once with `BreakerOpen` while it is open. After the pause one caller is let through as
   * the probe; its success lets everyone through again.
   */
  run<T>(work: () => Promise<T>): Promise<T>
  /** For work that paces itself and is not asked through `run`. */
  succeeded(): void
  failed(): void
  isOpen(): boolean
  /** Of work that paces itself: whether it is open and one may be tried as the probe now. */
  probeDue(): boolean
}>

/** Keeps callers from waiting for a part that does not answer, and the part from being asked by all of them. */
export function createBreaker(options: BreakerOptions): Breaker {
  const { failuresToOpen, pauseMs, nowMs } = options
  let failures = 0
  const pause = growingPause(pauseMs.least, pauseMs.most)
  let probeAtMs = Number.NEGATIVE_INFINITY
  let probing = false
  let last: unknown

  const isOpen = () => failures >= failuresToOpen

  function failed(): void {
    failures++
    if (!isOpen()) return
    // What was let through before it opened says nothing of the pause.
    if (nowMs() < probeAtMs) return
    probeAtMs = nowMs() + pause.next()
  }

  function succeeded(): void {
    failures = 0
    pause.reset()
    probeAtMs = Number.NEGATIVE_INFINITY
  }

  return {
    isOpen,
    failed,
    succeeded,
    probeDue: () => isOpen() && nowMs() >= probeAtMs,
    async run(work) {
      const isProbe = isOpen()
      if (isProbe && (probing || nowMs() < probeAtMs)) throw new BreakerOpen(last)
      if (isProbe) probing = true
      try {
        const result = await work()
        succeeded()
        return result
      } catch (error) {
        last = error
        failed()
        throw error
      } finally {
        if (isProbe) probing = false
      }
    },
  }
}
