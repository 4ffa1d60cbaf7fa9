import { sql } from 'kysely'
import { acceptedAtMs } from '../batching/ids.ts'
import { inHalves } from '../batching/in-halves.ts'
import type { Lead, LeadState, Verdict } from '../leads/lead.ts'
import type { LeadNews } from '../leads/news.ts'
import { type BatchStore, type LeadLookup, type LeadTable, Unstorable } from '../leads/ports.ts'
import { type Holder, judge } from '../leads/window.ts'
import type { Db } from './connection.ts'
import { claimOwn, keptBefore } from './own-claims.ts'
import { tellingRowsAtFault } from './rows-at-fault.ts'
import { type NotPlain, storeUnlessErased } from './store-leads.ts'

export type LeadsOptions = Readonly<{
  dedupWindowMs: number
  news: LeadNews
  /** These were not stored: whose they are has asked to be forgotten since they came. */
  onErased?(leads: readonly Lead[]): Promise<void>
}>

/** The table where leads end up: one call and one transaction a batch, safe to repeat. */
export function createLeadTable(db: Db, { dedupWindowMs, news, onErased }: LeadsOptions): LeadTable {
  return {
    async store(leads) {
      if (leads.length === 0) return
      const stored = await orUnstorable(storeUnlessErased(db, leads, { dedupWindowMs, directly: false }))
      tell(news, stored.leads, stored.notPlain)
      if (stored.leads.length < leads.length) {
        const left = new Set(stored.leads)
        await onErased?.(leads.filter((lead) => !left.has(lead)))
      }
    },
    quarantine: (lead, reason) => quarantine(db, news, lead, reason),
  }
}

/** Where a lead is, as far as Postgres knows. */
export function createLeadLookup(db: Db): LeadLookup {
  return { find: (leadId) => findLead(db, leadId) }
}

/**
 * Acknowledges through Postgres: `ACK_MODE=pg`, and the way when Redis is closed. A lead that no row can hold is kept in
 * quarantine, and its neighbours are answered.
 */
export function createPostgresIntake(db: Db, options: LeadsOptions): BatchStore {
  const { dedupWindowMs, news } = options
  const table = createLeadTable(db, options)

  const isAtFault = (error: unknown) => error instanceof Unstorable

  async function answer(leads: readonly Lead[]): Promise<Verdict[]> {
    const stored = await orUnstorable(storeUnlessErased(db, leads, { dedupWindowMs, directly: true }))
    const { notPlain } = stored
    const verdicts = verdictsOf(leads, notPlain, dedupWindowMs)
    // A duplicate has no row.
    const isNew = new Set(leads.flatMap(({ id }, at) => (verdicts[at]!.kind === 'new' ? [id] : [])))
    const rows = notPlain.length === 0 ? stored.leads : stored.leads.filter(({ id }) => isNew.has(id))
    tell(news, rows, notPlain)
    return verdicts
  }

  /** The request log has them already, as what they are. */
  async function keepDuplicates(leads: readonly Lead[]): Promise<void> {
    await inHalves(
      leads.map((lead) => ({ ...lead, request: undefined })),
      { together: table.store, isAtFault, alone: (lead, error) => table.quarantine(lead, error.message) },
    )
  }

  return {
    async commit({ leads, keepsDuplicates: mayKeep }) {
      const parts = await inHalves<Lead, readonly Verdict[]>(leads, {
        together: answer,
        isAtFault,
        async alone(lead, error) {
          await table.quarantine(lead, error.message)
          return [{ kind: 'new', id: lead.id }]
        },
      })
      const verdicts = parts.flat()
      if (!mayKeep) return verdicts
      const duplicates = leads.filter((_, at) => verdicts[at]!.kind === 'duplicate')
      if (duplicates.length === 0) return verdicts
      const before = await keptBefore(db, duplicates, dedupWindowMs)
      const kept = duplicates.filter((_, at) => before[at] === undefined)
      await keepDuplicates(kept)
      // Only now: who is told that it was a replay must be a row.
      await claimOwn(db, kept, dedupWindowMs)
      return verdicts.map((verdict, at) => {
        const id = before[duplicates.indexOf(leads[at]!)]
        return id === undefined ? verdict : { kind: 'replay', id }
      })
    },
  }
}

function verdictsOf(leads: readonly Lead[], notPlain: readonly NotPlain[], dedupWindowMs: number): Verdict[] {
  const holders = new Map<string, Holder>(
    notPlain.map((row) => [row.lead_id, { id: row.holder_id, idempotencyKey: row.holder_key ?? '' }]),
  )
  return leads.map((lead) => {
    const holder = holders.get(lead.id)
    return holder ? judge(lead, holder, dedupWindowMs) : { kind: 'new', id: lead.id }
  })
}

/** Tells of leads that are rows: as stored of those that the transaction has just made, of others as rows already. */
function tell(news: LeadNews, leads: readonly Lead[], notPlain: readonly NotPlain[]): void {
  const before = new Set(notPlain.flatMap((row) => (row.stored_now ? [] : [row.lead_id])))
  const stored = before.size === 0 ? leads : leads.filter(({ id }) => !before.has(id))
  if (stored.length > 0) news.stored(stored)
  if (stored.length < leads.length) news.storedBefore(leads.filter(({ id }) => before.has(id)))
}

async function quarantine(db: Db, news: LeadNews, lead: Lead, reason: string): Promise<void> {
  const acceptedAt = new Date(acceptedAtMs(lead.id))
  const { numAffectedRows } = await sql`
    insert into lead_quarantine (id, accepted_at, reason, payload)
    select ${lead.id}::uuid, ${acceptedAt}::timestamptz, ${reason}, ${Buffer.from(JSON.stringify(lead))}::bytea
    where not exists (
      select from erasures where phone_key = decode(${lead.phoneKey}, 'hex') and cutoff >= ${acceptedAt})
    on conflict (id) do nothing`.execute(db)
  if (numAffectedRows === 1n) news.quarantined(lead)
  // Where a standby has to have it, only who writes waits for that; and who kept it may have been refused because it did not.
  else await db.selectFrom('lead_quarantine').select('id').where('id', '=', lead.id).forUpdate().execute()
}

async function findLead(db: Db, leadId: string): Promise<LeadState | undefined> {
  const { rows } = await sql<{ state: LeadState }>`
    select 'stored' as state from leads
    where id = ${leadId}::uuid and accepted_at = ${new Date(acceptedAtMs(leadId))}
    union all
    select 'quarantined' from lead_quarantine where id = ${leadId}::uuid
    limit 1`.execute(db)
  return rows[0]?.state
}

const orUnstorable = <T>(work: Promise<T>) => tellingRowsAtFault(work, (reason) => new Unstorable(reason))
