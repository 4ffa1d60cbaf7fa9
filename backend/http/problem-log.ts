import { createRateLimit } from '../limits/rate-limit.ts'
import type { Log, LogFields, LogLevel } from '../log.ts'

/** What a failure is called in the log, and how loud it is there. */
export type ProblemEntry = Readonly<{ level: LogLevel; event: string; code: string }>

/** Writes failures down, each by its code. `fieldsOf` is asked only for an entry that is written. */
export type ProblemLog = (entry: ProblemEntry, fieldsOf: () => LogFields) => void

// Enough for every failure of a bad day. Whoever floods us with refused requests fills no disk.
const entriesOfCode = { perMinute: 300, burst: 200 }
const codesMax = 64

/**
 * Makes the log of failures. While more come of one code than it may write, they are left out, and the next entry that is
 * written says how many in `leftOut`; metrics count them all.
 */
export function createProblemLog(log: Log, nowMs: () => number): ProblemLog {
  const budget = createRateLimit({ ...entriesOfCode, maxClients: codesMax, now: nowMs })
  const leftOut = new Map<string, number>()
  return ({ level, event, code }, fieldsOf) => {
    const before = leftOut.get(code) ?? 0
    if (budget.take(code) > 0) {
      leftOut.set(code, before + 1)
      return
    }
    leftOut.delete(code)
    log[level](event, { ...fieldsOf(), ...(before > 0 && { leftOut: before }) })
  }
}
