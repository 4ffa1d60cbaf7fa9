/** What part of accepted leads is worth its place in the request log just now, and which of them are in it. */
export type LogShare = Readonly<{
  /** Whether the next one is logged: of many as many as the share says, evenly. */
  takes(): boolean
  /** 0 to 1. */
  use(share: number): void
}>

export function createLogShare(): LogShare {
  let share = 1
  let owed = 0
  return {
    takes() {
      owed += share
      if (owed < 1) return false
      owed -= 1
      return true
    },
    use(next) {
      share = next
    },
  }
}

/** What a log did since it was last asked, in entries. */
export type LogLoad = Readonly<{ offered: number; written: number; waiting: number; waitingMax: number }>

const least = 1 / 1024
// From here on what waits is a wait of its own, and below it an hour of quiet has caught up.
const [many, few] = [0.25, 0.1]
// A little less than what was written, so that what waits becomes less, too.
const ofWritten = 0.8
const growth = 1.5

/**
 * The share from which a log that falls behind keeps what it can, and a fair sample of all: what cannot be written would
 * only cost leads the CPU of carrying it. It grows again to everything once little waits.
 */
export function nextLogShare(share: number, { offered, written, waiting, waitingMax }: LogLoad): number {
  const full = waiting / waitingMax
  if (full >= many && offered > written) return Math.max(least, share * ofWritten * (written / offered))
  return full < few ? Math.min(1, share * growth) : share
}
