import { sql } from 'kysely'
import { acceptedAtMs } from '../batching/ids.ts'
import type { LeadEvent, LeadTold } from '../deliveries/lead.ts'
import type { DbOrTransaction } from './connection.ts'
import { indexAgain } from './lead-index.ts'

/** What becomes of a lead after it was stored. */
export type LaterEvent = Exclude<LeadEvent, 'lead.stored'>

/**
 * Has everybody told who is to know what became of these leads. To be called in the transaction that changes them: then
 * nobody is told of what was not done, and nothing is done that nobody is told of.
 */
export async function tellOfLeads(
  tx: DbOrTransaction,
  event: LaterEvent,
  leads: readonly Readonly<{ id: string; told?: LeadTold }>[],
): Promise<void> {
  if (leads.length === 0) return
  await sql`
    insert into delivery_events (event, lead_id, told, endpoint_ids)
    select ${event}, id, told, endpoints.ids
    from unnest(
      ${leads.map(({ id }) => id)}::uuid[], ${leads.map(({ told }) => (told ? JSON.stringify(told) : null))}::jsonb[]
    ) as given (id, told)
    cross join (select array_agg(id) as ids from delivery_endpoints) as endpoints
    where endpoints.ids is not null`.execute(tx)
}

/** Takes leads that look like a robot's for a person's, and has them told of. Resolves with the ids of those that were suspect. */
export async function releaseSuspects(tx: DbOrTransaction, leadIds: readonly string[]): Promise<string[]> {
  if (leadIds.length === 0) return []
  const acceptedAt = leadIds.map((id) => new Date(acceptedAtMs(id)).toISOString())
  const { rows } = await sql<{ id: string }>`
    with theirs as (
      select leads.id, leads.accepted_at
      from unnest(${[...leadIds]}::uuid[], ${acceptedAt}::timestamptz[]) as given (id, accepted_at)
      join leads on leads.id = given.id and leads.accepted_at = given.accepted_at and leads.state = 'suspect'
      order by leads.id for update of leads
    )
    update leads set state = 'new' from theirs
    where leads.id = theirs.id and leads.accepted_at = theirs.accepted_at
    returning leads.id`.execute(tx)
  await tellOfLeads(tx, 'lead.released', rows)
  const ids = rows.map(({ id }) => id)
  await indexAgain(tx, ids)
  await sql`
    insert into uncounted (what, was, ids)
    select 'lead', 'suspect', ${ids}::uuid[] where ${ids.length}::int > 0`.execute(tx)
  return ids
}

/** Takes all deliveries of these leads, in the order in which everybody takes several. */
export async function lockDeliveriesOf(tx: DbOrTransaction, leadIds: readonly string[]): Promise<void> {
  await sql`
    select from delivery_endpoints as endpoint join deliveries on endpoint_id = endpoint.id
    where lead_id = any(${[...leadIds]}::uuid[])
    order by endpoint_id, lead_id, event for update of deliveries`.execute(tx)
}

/**
 * Has whoever was sent these leads erase them, too, and sends nothing more of them; what receivers said is forgotten, for
 * they may have repeated it. Deleting the rows is for the caller, in the same transaction.
 */
export async function tellErased(
  tx: DbOrTransaction,
  leads: readonly Readonly<{ id: string; phoneKey: string }>[],
): Promise<void> {
  const ids = leads.map(({ id }) => id)
  if (ids.length === 0) return
  await lockDeliveriesOf(tx, ids)
  await sql`
    update deliveries as kept set state = 'withheld', because = 'the lead is erased', settled_at = now()
    from delivery_endpoints as endpoint
    where endpoint_id = endpoint.id and lead_id = any(${ids}::uuid[]) and kept.state in ('waiting', 'parked')`.execute(
    tx,
  )
  await sql`
    update delivery_attempts set answer = null, answer_hash = null where lead_id = any(${ids}::uuid[])`.execute(
    tx,
  )
  await tellOfLeads(
    tx,
    'lead.erased',
    leads.map(({ id, phoneKey }) => ({ id, told: { phone_hash: phoneKey } })),
  )
}
