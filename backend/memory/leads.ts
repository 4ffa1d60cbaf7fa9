import { acceptedAtMs } from '../batching/ids.ts'
import type { Batch, Lead, LeadState, Verdict } from '../leads/lead.ts'
import type { BatchStore, ClaimLookup, ClaimRelease, LeadLookup, LeadTable } from '../leads/ports.ts'
import { Unstorable } from '../leads/ports.ts'
import { type Holder, judge } from '../leads/window.ts'

export type MemoryLeads = BatchStore &
  LeadTable &
  LeadLookup &
  ClaimRelease &
  ClaimLookup & {
    /** The next call of `commit` or `store` rejects with this. */
    failNext(error: Error): void
    /** Phones that no row can hold. */
    readonly poison: Set<string>
    readonly rows: Map<string, Lead>
    readonly quarantined: Map<string, string>
  }

/** Leads in memory, for unit tests: the same rules as the real stores, and it can be told to fail. */
export function createMemoryLeads(options: { dedupWindowMs: number }): MemoryLeads {
  const claims = new Map<string, Holder>()
  const rows = new Map<string, Lead>()
  const quarantined = new Map<string, string>()
  const poison = new Set<string>()
  let failure: Error | undefined

  function failIfTold(): void {
    const error = failure
    failure = undefined
    if (error) throw error
  }

  function claim(lead: Lead): Verdict {
    const holder = claims.get(lead.phoneKey)
    const verdict = holder
      ? judge(lead, holder, options.dedupWindowMs)
      : { kind: 'new' as const, id: lead.id }
    const isLater = !holder || acceptedAtMs(lead.id) > acceptedAtMs(holder.id)
    if (verdict.kind === 'new' && isLater)
      claims.set(lead.phoneKey, { id: lead.id, idempotencyKey: lead.idempotencyKey })
    return verdict
  }

  return {
    poison,
    rows,
    quarantined,
    failNext(error) {
      failure = error
    },
    async commit(batch: Batch) {
      failIfTold()
      return batch.leads.map((lead) => {
        const verdict = claim(lead)
        if (verdict.kind === 'new' || (batch.keepsDuplicates && verdict.kind === 'duplicate'))
          rows.set(lead.id, lead)
        return verdict
      })
    },
    async store(leads) {
      failIfTold()
      if (leads.some((lead) => poison.has(lead.phone))) throw new Unstorable('poison')
      for (const lead of leads) {
        claim(lead)
        rows.set(lead.id, lead)
      }
    },
    async quarantine(lead, reason) {
      quarantined.set(lead.id, reason)
    },
    async release(lead) {
      if (claims.get(lead.phoneKey)?.id === lead.id) claims.delete(lead.phoneKey)
    },
    async holderOf(phoneKey) {
      failIfTold()
      return claims.get(phoneKey)
    },
    async find(leadId): Promise<LeadState | undefined> {
      if (rows.has(leadId)) return 'stored'
      return quarantined.has(leadId) ? 'quarantined' : undefined
    },
  }
}
