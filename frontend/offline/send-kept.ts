import type { LeadOutcome, Submission } from '../api/leads.ts'
import { afterAttempt, isExpired } from '../outbox/after-attempt.ts'
import type { Kept, KeptOrEnded } from '../outbox/kept.ts'
import type { Mirror } from './mirror.ts'

export type SendKeptDeps = Readonly<{
  mirror: Mirror
  send: (submission: Submission) => Promise<LeadOutcome>
  /** Waits until no page is sending it, then does the work while none can. */
  inTurn: (key: string, work: () => Promise<void>) => Promise<void>
  /** Tells the pages that are open. */
  tell: (entry: KeptOrEnded) => Promise<void>
  now: () => number
  random: () => number
}>

/** Sends once what the mirror holds, without a page. False: some of it is to be sent later. */
export async function sendKept(deps: SendKeptDeps): Promise<boolean> {
  const { mirror, now } = deps
  for (const { key } of await mirror.all())
    await deps.inTurn(key, async () => {
      // A page may have got through meanwhile, or its visitor has corrected it.
      const kept = await mirror.read(key)
      if (!kept || 'ending' in kept || isDueLater(kept, now())) return
      // The page has it still, and says so.
      if (isExpired(kept, now())) return void (await mirror.remove(key))
      const entry = afterAttempt(kept, await deps.send(kept), deps)
      await mirror.goOn(entry)
      await deps.tell(entry)
    })
  return (await mirror.all()).every((entry) => 'ending' in entry)
}

/** The API has named the moment, or had a setback of its own. What merely waited for the network has it now. */
function isDueLater({ setback, dueAtMs, waitMs = 0 }: Kept, nowMs: number): boolean {
  const leftMs = dueAtMs - nowMs
  // Longer than the wait that was set: the clock of the device was put back.
  return (setback === 'rate_limited' || setback === 'unavailable') && leftMs > 0 && leftMs <= waitMs
}
