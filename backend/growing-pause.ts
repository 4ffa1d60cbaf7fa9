export type GrowingPause = Readonly<{
  /** How long to wait now, in milliseconds. */
  next(): number
  /** What was waited for has come: the next pause is the first again. */
  reset(): void
}>

/** Pauses between tries: `least` at first, then twice the last, `most` at last. */
export function growingPause(leastMs: number, mostMs: number): GrowingPause {
  let pauseMs = leastMs
  return {
    next() {
      const now = pauseMs
      pauseMs = Math.min(pauseMs * 2, mostMs)
      return now
    },
    reset() {
      pauseMs = leastMs
    },
  }
}
