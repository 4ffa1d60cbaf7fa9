import { sql } from 'kysely'
import type { LeadEvent, StoredLead } from '../deliveries/lead.ts'
import { isWanted, type Wanted, withheldBecause } from '../deliveries/wanted.ts'
import type { Db, DbOrTransaction } from './connection.ts'
import { leadsOf } from './delivery-leads.ts'

type BatchRow = Readonly<{ event: LeadEvent; endpoint_ids: string[]; lead_ids: string[]; written_at: Date }>
type Due = Readonly<{ endpointId: string; leadId: string; event: LeadEvent; writtenAt: Date }>

// A batch of some hundred leads for fifty endpoints is twenty thousand rows.
const batchesAtOnce = 4

/**
 * Makes deliveries of the oldest batches that no other worker is at, in one transaction: each batch becomes all of its
 * deliveries, once. Resolves with whether there may be more.
 */
export async function distribute(db: Db): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { rows: batches } = await sql<BatchRow>`
      delete from delivery_batches where id in (
        select id from delivery_batches order by id limit ${batchesAtOnce} for update skip locked
      ) returning event, endpoint_ids, lead_ids, written_at`.execute(tx)
    if (batches.length === 0) return false
    const wanted = await wantedBy(tx, [...new Set(batches.flatMap((batch) => batch.endpoint_ids))])
    const leads = await leadsOf(tx, [...new Set(batches.flatMap((batch) => batch.lead_ids))])
    const due = batches.flatMap((batch) => dueOf(batch, wanted, leads))
    await insert(
      tx,
      due.filter(({ event }) => event === 'lead.stored'),
    )
    await insert(tx, await onlyTold(tx, due))
    return batches.length === batchesAtOnce
  })
}

/** The endpoints that are still there. */
async function wantedBy(db: DbOrTransaction, ids: readonly string[]): Promise<ReadonlyMap<string, Wanted>> {
  const { rows } = await sql<{ id: string; wanted: Wanted }>`
    select id, wanted from delivery_endpoints where id = any(${[...ids]}::uuid[])`.execute(db)
  return new Map(rows.map(({ id, wanted }) => [id, wanted]))
}

function dueOf(
  { event, endpoint_ids, lead_ids, written_at }: BatchRow,
  wanted: ReadonlyMap<string, Wanted>,
  leads: ReadonlyMap<string, StoredLead>,
): Due[] {
  return endpoint_ids.flatMap((endpointId) => {
    const wants = wanted.get(endpointId)
    if (!wants) return []
    return lead_ids.flatMap((leadId) => {
      const lead = leads.get(leadId)
      if (!lead || withheldBecause(event, lead, wants) !== undefined) return []
      // What somebody is told of a lead they know does not depend on what the lead is now.
      if (event === 'lead.stored' && !isWanted(lead, wants)) return []
      return [{ endpointId, leadId, event, writtenAt: written_at }]
    })
  })
}

/** Updates are for those who have been sent the lead, or may have been. */
async function onlyTold(db: DbOrTransaction, due: readonly Due[]): Promise<readonly Due[]> {
  const updates = due.filter(({ event }) => event === 'lead.updated')
  if (updates.length === 0) return []
  const { rows } = await sql<{ endpoint_id: string; lead_id: string }>`
    select endpoint_id, lead_id
    from unnest(
      ${updates.map(({ endpointId }) => endpointId)}::uuid[], ${updates.map(({ leadId }) => leadId)}::uuid[]
    ) as given (endpoint_id, lead_id)
    join deliveries using (endpoint_id, lead_id)
    where event = 'lead.stored' and attempts > 0`.execute(db)
  const told = new Set(rows.map((row) => `${row.endpoint_id} ${row.lead_id}`))
  return updates.filter(({ endpointId, leadId }) => told.has(`${endpointId} ${leadId}`))
}

async function insert(db: DbOrTransaction, due: readonly Due[]): Promise<void> {
  if (due.length === 0) return
  await sql`
    insert into deliveries (endpoint_id, lead_id, event, written_at)
    select * from unnest(
      ${due.map(({ endpointId }) => endpointId)}::uuid[], ${due.map(({ leadId }) => leadId)}::uuid[],
      ${due.map(({ event }) => event)}::text[],
      ${due.map(({ writtenAt }) => writtenAt.toISOString())}::timestamptz[]
    ) on conflict do nothing`.execute(db)
}
