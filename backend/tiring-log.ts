import type { Log, LogFields } from './log.ts'

export type TiringLog = Log &
  Readonly<{
    /** What went wrong is over: should it come again, it is told at once. */
    rested(): void
  }>

type Said = { nextAtMs: number; step: number; unsaid: number; lastAtMs: number }

// What goes on for hours is told a few times in its first minutes, and then by the hour.
const pausesMs = [10_000, 60_000, 600_000, 3_600_000]
// What was not heard of for so long is news again.
const forgottenAfterMs = 600_000
const remembered = 200

/**
 * The log of something that is tried again and again. A warning or an error that names its `error` or `because` is told
 * at once, and the same one again after pauses that grow, with `times`, how often it came meanwhile.
 */
export function tiringLog(log: Log, nowMs: () => number = () => performance.now()): TiringLog {
  const said = new Map<string, Said>()

  const tire =
    (tell: Log['warn']) =>
    (event: string, fields: LogFields = {}) => {
      const cause = fields.error ?? fields.because
      if (cause === undefined) return tell(event, fields)
      const key = `${event} ${String(cause)}`
      const now = nowMs()
      const known = said.get(key)
      const before = known && now - known.lastAtMs < forgottenAfterMs ? known : undefined
      if (before && now < before.nextAtMs) {
        before.unsaid++
        before.lastAtMs = now
        return
      }
      const step = before ? Math.min(before.step + 1, pausesMs.length - 1) : 0
      const times = (before?.unsaid ?? 0) + 1
      tell(event, times > 1 ? { ...fields, times } : fields)
      said.delete(key)
      said.set(key, { nextAtMs: now + pausesMs[step]!, step, unsaid: 0, lastAtMs: now })
      if (said.size > remembered) said.delete(said.keys().next().value!)
    }

  return { ...log, warn: tire(log.warn), error: tire(log.error), rested: () => said.clear() }
}
