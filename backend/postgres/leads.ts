import { sql } from 'kysely'
import { acceptedAtMs } from '../batching/ids.ts'
import { inHalves } from '../batching/in-halves.ts'
import type { Lead, LeadState, Verdict } from '../leads/lead.ts'
import { type BatchStore, type LeadLookup, type LeadTable, Unstorable } from '../leads/ports.ts'
import { type Holder, judge } from '../leads/window.ts'
import type { Db } from './connection.ts'
import { tellingRowsAtFault } from './rows-at-fault.ts'
import { storeLeads } from './store-leads.ts'

export type LeadsOptions = Readonly<{ dedupWindowMs: number }>

/** The table where leads end up: one call and one transaction a batch, safe to repeat. */
export function createLeadTable(db: Db, options: LeadsOptions): LeadTable & LeadLookup {
  return {
    async store(leads) {
      if (leads.length === 0) return
      await orUnstorable(storeLeads(db, leads, { ...options, directly: false }))
    },
    quarantine: (lead, reason) => quarantine(db, lead, reason),
    find: (leadId) => findLead(db, leadId),
  }
}

/** Acknowledges through Postgres: `ACK_MODE=pg`, and the way when Redis is closed. */
export function createPostgresIntake(db: Db, options: LeadsOptions): BatchStore {
  return {
    async commit(batch) {
      const verdicts = await commitDirectly(db, batch.leads, options.dedupWindowMs)
      const kept = batch.keepsDuplicates
        ? batch.leads.filter((_, index) => verdicts[index]!.kind === 'duplicate')
        : []
      if (kept.length > 0) await storeLeads(db, kept, { ...options, directly: false })
      return verdicts
    },
  }
}

/** A lead that no row can hold is kept in quarantine, and its neighbours are answered. */
async function commitDirectly(
  db: Db,
  leads: readonly Lead[],
  dedupWindowMs: number,
): Promise<readonly Verdict[]> {
  const parts = await inHalves<Lead, readonly Verdict[]>(leads, {
    together: (part) => orUnstorable(commitTogether(db, part, dedupWindowMs)),
    isAtFault: (error) => error instanceof Unstorable,
    async alone(lead, error) {
      await quarantine(db, lead, error.message)
      return [{ kind: 'new', id: lead.id }]
    },
  })
  return parts.flat()
}

async function commitTogether(db: Db, leads: readonly Lead[], dedupWindowMs: number): Promise<Verdict[]> {
  const notPlain = await storeLeads(db, leads, { dedupWindowMs, directly: true })
  const holders = new Map<string, Holder>(
    notPlain.map((row) => [row.lead_id, { id: row.holder_id, idempotencyKey: row.holder_key ?? '' }]),
  )
  return leads.map((lead) => {
    const holder = holders.get(lead.id)
    return holder ? judge(lead, holder, dedupWindowMs) : { kind: 'new', id: lead.id }
  })
}

async function quarantine(db: Db, lead: Lead, reason: string): Promise<void> {
  await db
    .insertInto('lead_quarantine')
    .values({
      id: lead.id,
      accepted_at: new Date(acceptedAtMs(lead.id)),
      reason,
      payload: Buffer.from(JSON.stringify(lead)),
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
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
