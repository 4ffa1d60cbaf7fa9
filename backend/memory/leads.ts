import { acceptedAtMs } from '../batching/ids.ts'
import type { Batch, Lead, LeadState, Verdict } from '../leads/lead.ts'
import type { LeadNews } from '../leads/news.ts'
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
export function createMemoryLeads(options: { dedupWindowMs: number; news?: LeadNews }): MemoryLeads {
  const { news } = options
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

  /** Keeps rows, and tells of each that was none. */
  function keep(leads: readonly Lead[]): void {
    const known = leads.filter((lead) => rows.has(lead.id))
    const unknown = leads.filter((lead) => !rows.has(lead.id))
    for (const lead of unknown) rows.set(lead.id, lead)
    if (unknown.length > 0) news?.stored(unknown)
    if (known.length > 0) news?.storedBefore(known)
  }

  function setAside(lead: Lead, reason: string): void {
    if (!quarantined.has(lead.id)) news?.quarantined(lead)
    quarantined.set(lead.id, reason)
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
      const poisoned = batch.leads.filter((lead) => poison.has(lead.phone))
      for (const lead of poisoned) setAside(lead, 'poison')
      const verdicts = batch.leads.map(
        (lead): Verdict => (poisoned.includes(lead) ? { kind: 'new', id: lead.id } : claim(lead)),
      )
      const isKept = ({ kind }: Verdict) => kind === 'new' || (batch.keepsDuplicates && kind === 'duplicate')
      keep(batch.leads.filter((lead, index) => isKept(verdicts[index]!) && !poisoned.includes(lead)))
      return verdicts
    },
    async store(leads) {
      failIfTold()
      if (leads.some((lead) => poison.has(lead.phone))) throw new Unstorable('poison')
      for (const lead of leads) claim(lead)
      keep(leads)
    },
    async quarantine(lead, reason) {
      setAside(lead, reason)
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
