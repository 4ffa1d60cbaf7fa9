import type { LeadOutcome } from '../api/leads.ts'
import type { Kept, KeptOrEnded } from './kept.ts'

/** Long enough for a weekend without signal; an older wish to be called is none any more. */
export const keptMaxMs = 7 * 24 * 3_600_000

/** Waits between attempts: a short outage is bridged unnoticed, a long one costs the server little. */
const backOffMs = [2_000, 5_000, 15_000, 30_000, 60_000, 300_000]
const offlineWaitMs = 30_000
/** However long the API asks us to wait, in a day or so we try again. */
const askedWaitMaxMs = 24 * 3_600_000
const spreadMax = 0.25

/** Further back, or ahead, lies only what was written by another clock: devices begin with one that is years behind. */
const ageMaxMs = 90 * 24 * 3_600_000

/** How old it is by the clock of the device, as far as that can be believed. */
export function ageByClock({ keptAtMs }: Kept, nowMs: number): number {
  const ageMs = nowMs - keptAtMs
  return ageMs >= 0 && ageMs <= ageMaxMs ? ageMs : 0
}

export function isExpired(kept: Kept, nowMs: number): boolean {
  return ageByClock(kept, nowMs) > keptMaxMs
}

/** What becomes of a submission by this outcome of sending it. */
export function afterAttempt(
  kept: Kept,
  outcome: LeadOutcome,
  { now, random }: Readonly<{ now: () => number; random: () => number }>,
): KeptOrEnded {
  if (outcome.kind !== 'again' && outcome.kind !== 'proof_required')
    return { key: kept.key, ending: outcome, endedAtMs: now() }
  const setback = outcome.kind === 'again' ? outcome.reason : 'unavailable'
  // Being offline uses up no attempt: the device knows, and tells when it is back.
  const attempts = setback === 'offline' ? kept.attempts : kept.attempts + 1
  const waitMs = setback === 'offline' ? offlineWaitMs : backOffMs[Math.min(attempts, backOffMs.length) - 1]!
  const askedMs = Math.min(outcome.kind === 'again' ? (outcome.waitMs ?? 0) : 0, askedWaitMaxMs)
  // Spread out, so that the visitors of a whole campaign do not come back in the same second.
  const spreadMs = Math.round(Math.max(waitMs, askedMs) * (1 + random() * spreadMax))
  return { ...kept, setback, attempts, waitMs: spreadMs, dueAtMs: now() + spreadMs }
}
