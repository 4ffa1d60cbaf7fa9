import type { LeadOutcome, Submission } from '../api/leads.ts'
import { isExpired } from '../outbox/after-attempt.ts'
import type { Kept, KeptOrEnded } from '../outbox/kept.ts'

export type SendKeptDeps = Readonly<{
  all: () => Promise<readonly KeptOrEnded[]>
  read: (key: string) => Promise<KeptOrEnded | undefined>
  /** Writes what became of it, unless it was taken away meanwhile. */
  goOn: (entry: KeptOrEnded) => Promise<unknown>
  forget: (key: string) => Promise<unknown>
  send: (submission: Submission) => Promise<LeadOutcome>
  /** Waits until no page is sending it, then does the work while none can. */
  inTurn: (key: string, work: () => Promise<void>) => Promise<void>
  /** Tells the pages that are open. */
  tell: (entry: KeptOrEnded) => Promise<void>
  now: () => number
}>

/** Sends once what the mirror holds, without a page. False: some of it is to be sent later. */
export async function sendKept(deps: SendKeptDeps): Promise<boolean> {
  const { all, now } = deps
  for (const { key } of await all())
    await deps.inTurn(key, async () => {
      // A page may have got through meanwhile, or its visitor has corrected it.
      const kept = await deps.read(key)
      if (!kept || 'ending' in kept || isDueLater(kept, now())) return
      // The page has it still, and says so.
      if (isExpired(kept, now())) return void (await deps.forget(key))
      const entry = afterSending(kept, await deps.send(kept), now())
      await deps.goOn(entry)
      await deps.tell(entry)
    })
  return (await all()).every((entry) => 'ending' in entry)
}

/** When to try again is the browser's matter here, unless the API has asked for a wait. */
function afterSending(kept: Kept, outcome: LeadOutcome, nowMs: number): KeptOrEnded {
  if (outcome.kind !== 'again' && outcome.kind !== 'proof_required')
    return { key: kept.key, ending: outcome, endedAtMs: nowMs }
  const { waitMs, reason } = outcome.kind === 'again' ? outcome : {}
  return waitMs ? { ...kept, setback: reason, waitMs, dueAtMs: nowMs + waitMs } : kept
}

/** The API has named the moment, to the page or to the worker. What merely waited for the network has it now. */
function isDueLater({ setback, dueAtMs, waitMs = 0 }: Kept, nowMs: number): boolean {
  const leftMs = dueAtMs - nowMs
  // Longer than the wait that was set: the clock of the device was put back.
  return (setback === 'rate_limited' || setback === 'unavailable') && leftMs > 0 && leftMs <= waitMs
}
