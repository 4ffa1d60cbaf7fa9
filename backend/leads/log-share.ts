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

/** What a log did in the last second, in entries. */
export type LogLoad = Readonly<{ offered: number; written: number; waiting: number; waitingMax: number }>

const least = 1 / 1024
// How full what waits is for a log that falls behind, and for one that has caught up.
const [many, few] = [0.5, 0.1]
// So many leads a second are no storm to anybody.
const quiet = 1_000
const lessThanWritten = 0.9
const growth = 1.5
// Entries are written many at a time, so that one second says little.
const lastSecond = 0.3

/**
 * Finds, second by second, the share at which a log that falls behind keeps what it can, and a fair sample of all: what
 * cannot be written would only cost leads the CPU of carrying it. It is everything again once little waits, or little comes.
 */
export function createLogPace(): (load: LogLoad) => Readonly<{ share: number; isStorm: boolean }> {
  let share = 1
  let writtenLately = 0
  return ({ offered, written, waiting, waitingMax }) => {
    writtenLately += (written - writtenLately) * lastSecond
    const came = offered / share
    const isStorm = came >= quiet
    const full = waiting / waitingMax
    if (full < few) share = isStorm ? Math.min(1, share * growth) : 1
    else {
      const room = full < many ? writtenLately : writtenLately * lessThanWritten
      share = Math.min(1, Math.max(least, room / Math.max(1, came)))
    }
    return { share, isStorm }
  }
}
