import { acceptedAtMs } from '../batching/ids.ts'
import type { Lead, Verdict } from './lead.ts'

/** Who holds the claim on a phone. */
export type Holder = Readonly<{ id: string; idempotencyKey: string }>

/**
 * The dedup rule, the same in every store: two submissions of a phone less than a window apart, by the
 * times in their ids, are one lead; with the same Idempotency-Key they are one submission.
 */
export function judge(lead: Pick<Lead, 'id' | 'idempotencyKey'>, holder: Holder, windowMs: number): Verdict {
  if (holder.id === lead.id) return { kind: 'new', id: lead.id }
  if (Math.abs(acceptedAtMs(lead.id) - acceptedAtMs(holder.id)) >= windowMs)
    return { kind: 'new', id: lead.id }
  const same = lead.idempotencyKey !== '' && lead.idempotencyKey === holder.idempotencyKey
  return { kind: same ? 'replay' : 'duplicate', id: holder.id }
}
