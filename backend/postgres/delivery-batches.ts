import { sql } from 'kysely'
import { acceptedAtMs } from '../batching/ids.ts'
import type { LeadEvent, LeadHappening, LeadTold } from '../deliveries/lead.ts'
import { isWanted, type Wanted, wantsEvent, withheldBecause } from '../deliveries/wanted.ts'
import type { Db, DbOrTransaction } from './connection.ts'
import { leadsOf } from './delivery-leads.ts'
import { olderWorkerRuns } from './heartbeats.ts'

type BatchRow = Readonly<{ event: LeadEvent; endpoint_ids: string[]; lead_ids: string[]; written_at: Date }>
type EventRow = Readonly<{
  id: string
  event: LeadEvent
  endpoint_ids: string[]
  lead_id: string
  told: LeadTold | null
  written_at: Date
}>
type Happened = Omit<LeadHappening, 'change'> & Readonly<{ endpointIds: readonly string[] }>
type Due = Omit<LeadHappening, 'change'> & Readonly<{ endpointId: string }>

// A batch of some hundred leads for fifty endpoints is twenty thousand rows.
const batchesAtOnce = 4
// Leads that nobody waits with come alone; these come together because whoever stores them is behind.
export const rushBatches = 8
const rushLeads = 32 * rushBatches
export const rushWithinS = 2
const rushLateMs = 1_000
const eventsAtOnce = 500
// What was sent is known for thirty days, less what the chore that forgets it is early or late by.
const sentKnownDays = 29

/**
 * Makes deliveries of the oldest batches and events that no other worker is at: each becomes all of its deliveries, once.
 * Resolves with whether there may be more.
 */
export async function distribute(db: Db, batchesMax = batchesAtOnce): Promise<boolean> {
  const moreBatches = await distributeBatches(db, batchesMax)
  // What became of a lead comes after the lead itself.
  return moreBatches || (await distributeEvents(db))
}

/**
 * Whether leads come faster than they are stored, as the last batches tell, whichever way and by whichever process they were
 * stored: they hold many leads each, or such as have waited. While that lasts rows are left, for whoever sees it makes
 * deliveries of few of them.
 */
export async function isRush(db: Db): Promise<boolean> {
  const { rows } = await sql<LastBatch>`
    select lead_ids[1] as first, cardinality(lead_ids) as leads, extract(epoch from written_at)::float8 * 1000 as ms
    from (
      select lead_ids, written_at from delivery_batches where event = 'lead.stored' order by id desc limit ${rushBatches}
    ) as latest
    where abs(extract(epoch from now() - written_at)) < ${rushWithinS}`.execute(db)
  return tellRush(rows)
}

/** One of the last batches that were stored, which is no older than a moment. */
export type LastBatch = Readonly<{ first: string; leads: number; ms: number }>

export function tellRush(rows: readonly LastBatch[]): boolean {
  const isLate = rows.some(({ first, ms }) => ms - acceptedAtMs(first) > rushLateMs)
  return isLate || rows.reduce((sum, { leads }) => sum + leads, 0) >= rushLeads
}

function distributeBatches(db: Db, batchesMax: number): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<BatchRow>`
      delete from delivery_batches where id in (
        select id from delivery_batches order by id limit ${batchesMax} for update skip locked
      ) returning event, endpoint_ids, lead_ids, written_at`.execute(tx)
    const happened = rows.flatMap(({ event, lead_ids, endpoint_ids, written_at }) =>
      lead_ids.map((leadId) => ({ event, leadId, endpointIds: endpoint_ids, writtenAt: written_at })),
    )
    await distributeAll(tx, happened)
    return rows.length === batchesMax
  })
}

/** Waits while a worker runs that would not understand them: it takes deliveries as well. */
function distributeEvents(db: Db): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<EventRow>`
      delete from delivery_events where id in (
        select id from delivery_events
        where not (${olderWorkerRuns})
        order by id limit ${eventsAtOnce} for update skip locked
      ) returning id, event, endpoint_ids, lead_id, told, written_at`.execute(tx)
    const happened = rows
      .toSorted((one, other) => Number(one.id) - Number(other.id))
      .map(({ event, lead_id, endpoint_ids, told, written_at }) => ({
        ...{ event, leadId: lead_id, endpointIds: endpoint_ids, writtenAt: written_at },
        ...(told && { told }),
      }))
    await distributeAll(tx, happened)
    return rows.length === eventsAtOnce
  })
}

async function distributeAll(tx: DbOrTransaction, happened: readonly Happened[]): Promise<void> {
  if (happened.length === 0) return
  const wanted = await wantedBy(tx, [...new Set(happened.flatMap(({ endpointIds }) => endpointIds))])
  const leads = await leadsOf(tx, [...new Set(happened.map(({ leadId }) => leadId))])
  const due = happened.flatMap(({ endpointIds, ...each }) => {
    const lead = leads.get(each.leadId)
    const whole = { ...each, ...(lead && { lead }) }
    return endpointIds.flatMap((endpointId) => {
      const wants = wanted.get(endpointId)
      return wants && isDue(whole, wants) ? [{ ...whole, endpointId }] : []
    })
  })
  const isStored = ({ event }: Due) => event === 'lead.stored'
  await insertStored(tx, due.filter(isStored))
  await insertLater(
    tx,
    await onlyTold(
      tx,
      due.filter((each) => !isStored(each)),
    ),
  )
}

/** The endpoints that are still there. */
async function wantedBy(db: DbOrTransaction, ids: readonly string[]): Promise<ReadonlyMap<string, Wanted>> {
  const { rows } = await sql<{ id: string; wanted: Wanted }>`
    select id, wanted from delivery_endpoints where id = any(${[...ids]}::uuid[])`.execute(db)
  return new Map(rows.map(({ id, wanted }) => [id, wanted]))
}

function isDue(each: Omit<LeadHappening, 'change'>, wants: Wanted): boolean {
  if (!wantsEvent(each, wants) || withheldBecause(each, wants) !== undefined) return false
  // What somebody is told of a lead they know does not depend on what the lead is now.
  const isNewToThem = each.event === 'lead.stored' || each.event === 'lead.released'
  return !isNewToThem || (each.lead !== undefined && isWanted(each.lead, wants))
}

/**
 * Changes are for those who have been sent the lead or will be, a correction and an erasure only for those who may have been:
 * of what they have not been sent, nothing is sent any more. Who was sent a lead so long ago that nobody knows is to erase it, too.
 */
async function onlyTold(db: DbOrTransaction, due: readonly Due[]): Promise<readonly Due[]> {
  const changes = due.filter(({ event }) => event !== 'lead.released')
  if (changes.length === 0) return due
  const { rows } = await sql<{ endpoint_id: string; lead_id: string; tried: boolean }>`
    select endpoint_id, lead_id, bool_or(attempts > 0) as tried
    from unnest(
      ${changes.map(({ endpointId }) => endpointId)}::uuid[], ${changes.map(({ leadId }) => leadId)}::uuid[]
    ) as given (endpoint_id, lead_id)
    join deliveries using (endpoint_id, lead_id)
    where event in ('lead.stored', 'lead.released') and (attempts > 0 or state <> 'withheld')
    group by endpoint_id, lead_id`.execute(db)
  const told = new Map(rows.map((row) => [`${row.endpoint_id} ${row.lead_id}`, row.tried]))
  const forgottenBefore = Date.now() - sentKnownDays * 86_400_000
  return due.filter((each) => {
    const { event, endpointId, leadId } = each
    if (event === 'lead.released') return true
    if (event === 'lead.erased' && acceptedAtMs(leadId) < forgottenBefore) return true
    const tried = told.get(`${endpointId} ${leadId}`)
    const isForAll = event === 'lead.updated' && (each.told?.corrected_by ?? each.lead?.correctedBy) == null
    return tried || (tried === false && isForAll)
  })
}

async function insertStored(db: DbOrTransaction, due: readonly Due[]): Promise<void> {
  if (due.length === 0) return
  await sql`
    insert into deliveries (endpoint_id, lead_id, event, written_at)
    select * from unnest(
      ${due.map(({ endpointId }) => endpointId)}::uuid[], ${due.map(({ leadId }) => leadId)}::uuid[],
      ${due.map(({ event }) => event)}::text[],
      ${due.map(({ writtenAt }) => writtenAt.toISOString())}::timestamptz[]
    ) order by 1, 2, 3 on conflict do nothing`.execute(db)
}

/**
 * Of several changes of a lead the last is told, under an id of its own: who gets them late or in another order knows at
 * the end how the lead is.
 */
async function insertLater(db: DbOrTransaction, due: readonly Due[]): Promise<void> {
  if (due.length === 0) return
  const last = [
    ...new Map(due.map((each) => [`${each.endpointId} ${each.leadId} ${each.event}`, each])).values(),
  ]
  await sql`
    insert into deliveries as kept (endpoint_id, lead_id, event, written_at, told)
    select * from unnest(
      ${last.map(({ endpointId }) => endpointId)}::uuid[], ${last.map(({ leadId }) => leadId)}::uuid[],
      ${last.map(({ event }) => event)}::text[],
      ${last.map(({ writtenAt }) => writtenAt.toISOString())}::timestamptz[],
      ${last.map(({ told }) => (told ? JSON.stringify(told) : null))}::jsonb[]
    ) order by 1, 2, 3 on conflict (endpoint_id, lead_id, event) do update
    set change = kept.change + 1, state = 'waiting', attempts = 0, next_attempt_at = now(), settled_at = null,
        because = null, written_at = excluded.written_at, told = excluded.told`.execute(db)
}
