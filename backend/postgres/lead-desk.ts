import { sql } from 'kysely'
import { acceptedAtMs } from '../batching/ids.ts'
import {
  type LeadDesk,
  type LeadState,
  type ListedLead,
  mayGo,
  type StateChange,
  takenForMs,
} from '../desk/work.ts'
import type { Actor } from '../operators/audit.ts'
import { writeAudit } from './audit.ts'
import type { Db, DbOrTransaction } from './connection.ts'
import { releaseSuspects, tellOfLeads } from './delivery-events.ts'
import { countLeads } from './lead-counts.ts'
import { indexAgain } from './lead-index.ts'
import { listLeads } from './lead-search.ts'
import { speedSince, timelineOf } from './lead-timeline.ts'
import { columns, type LeadRow, withOwner, withWork } from './lead-view.ts'

// Whoever asks for the next lead wants one that still waits for a call.
const nextWithin = '30 days'
const lostRacesMax = 20

/** The leads as operators work on them, read through the desk's own pool. */
export function createLeadDesk(db: Db, timeZone = 'UTC'): LeadDesk {
  const find = async (id: string) => {
    const { rows } = await sql<LeadRow>`
      select ${columns} from leads ${withWork} ${withOwner} where ${isLead(id)}`.execute(db)
    return rows[0] && leadOf(rows[0])
  }

  return {
    list: async (filter, limit, after) => (await listLeads(db, filter, limit, after)).map(leadOf),
    count: (filter) => countLeads(db, filter),

    find,

    reveal: (id, entry) =>
      db.transaction().execute(async (tx) => {
        const { rows } = await sql<{ phone: string; key: string }>`
          select phone, encode(phone_key, 'hex') as key from leads where ${isLead(id)}`.execute(tx)
        if (!rows[0]) return undefined
        await writeAudit(tx, { ...entry, after: { phone_hash: rows[0].key } })
        return { phone: rows[0].phone }
      }),

    setState: (id, { was, state, undo }, by) =>
      db.transaction().execute(async (tx): Promise<StateChange> => {
        const { rows } = await sql<{ state: LeadState }>`
          select state from leads where ${isLead(id)} for update`.execute(tx)
        if (!rows[0]) return 'unknown'
        if (rows[0].state !== was) return 'meanwhile'
        if (!mayGo(was, state)) return 'not_from_here'
        if (was === 'suspect') await releaseSuspects(tx, [id])
        else {
          await sql`update leads set state = ${state} where ${isLead(id)}`.execute(tx)
          await tellOfLeads(tx, 'lead.updated', [{ id, told: { state } }])
          await indexAgain(tx, [id])
        }
        const owner = by.kind === 'operator' ? by.id : null
        const isTakenBack = (undo || state === 'new') && (await takeFirstCallBack(tx, id))
        const isCall = state !== 'new' && !isTakenBack
        if (isCall) await countFirstCall(tx, id)
        await sql`
          insert into lead_work (lead_id, accepted_at, state, owner_id, first_called_at, first_called_by)
          values (${id}, ${acceptedAt(id)}, ${state}, ${owner}, ${isCall ? sql`now()` : null}, ${isCall ? owner : null})
          on conflict (lead_id) do update
          set state = excluded.state, changed_at = now(),
              owner_id = ${isTakenBack ? sql`lead_work.owner_id` : sql`coalesce(lead_work.owner_id, excluded.owner_id)`},
              first_called_at = coalesce(lead_work.first_called_at, excluded.first_called_at),
              first_called_by = case when lead_work.first_called_at is null then excluded.first_called_by
                else lead_work.first_called_by end`.execute(tx)
        await writeAudit(tx, {
          ...{ by, action: 'lead.state_changed', subject: id },
          ...{ before: { state: was }, after: { state } },
        })
        return 'changed'
      }),

    async notes(id) {
      const { rows } = await sql<{ id: string; by: string; at: Date; text: string }>`
        select id, by_name as by, at, text from lead_notes where lead_id = ${id} order by at, id`.execute(db)
      return rows
    },

    timeline: (id) => timelineOf(db, id),
    speed: (since) => speedSince(db, since, timeZone),

    addNote: (id, text, by) =>
      db.transaction().execute(async (tx) => {
        // Held, so that who erases it meanwhile finds this note.
        const { rows } = await sql`select from leads where ${isLead(id)} for key share`.execute(tx)
        if (rows.length === 0) return false
        await sql`
          insert into lead_notes (id, lead_id, by_id, by_name, text)
          values (${crypto.randomUUID()}, ${id}, ${by.id}, ${by.name}, ${text})`.execute(tx)
        // What it says stands with the lead alone, and is erased with it.
        await writeAudit(tx, { by, action: 'lead.noted', subject: id })
        return true
      }),

    takeNext: (by) => db.transaction().execute((tx) => takeNext(tx, by)),

    giveBack: (id, by) =>
      db.transaction().execute(async (tx) => {
        const { numAffectedRows } = await sql`
          update lead_work set owner_id = null, taken_at = null, assigned_at = null
          where lead_id = ${id} and owner_id = ${by.id} and state = 'new'`.execute(tx)
        if (numAffectedRows) await writeAudit(tx, { by, action: 'lead.given_back', subject: id })
        return Boolean(numAffectedRows)
      }),
  }
}

/** Whoever changes the state holds the lead, so that no call is the first twice. */
async function countFirstCall(tx: DbOrTransaction, id: string): Promise<void> {
  await sql`
    insert into uncounted (what, ids, called_at)
    select 'called', array[${id}::uuid], now()
    where not exists (select from lead_work where lead_id = ${id} and first_called_at is not null)`.execute(
    tx,
  )
}

/**
 * Whoever undoes the change that counted as the first call has not called. Where anything was changed since, that call stands.
 * Whose the lead became by that call alone has it no more.
 */
async function takeFirstCallBack(tx: DbOrTransaction, id: string): Promise<boolean> {
  const { rows } = await sql`
    with taken_back as (
      select lead_id, first_called_at from lead_work
      where lead_id = ${id} and first_called_at = changed_at for update
    ), cleared as (
      update lead_work as held
      set first_called_at = null, first_called_by = null,
          owner_id = case when taken_at is null and assigned_at is null then null else owner_id end
      from taken_back where held.lead_id = taken_back.lead_id
    )
    insert into uncounted (what, was, ids, called_at)
    select 'uncalled', 'called', array[lead_id], first_called_at from taken_back returning true`.execute(tx)
  return rows.length > 0
}

/**
 * Rows that others look at are passed over, and the key of `lead_work` lets one alone have a lead: whoever was overtaken
 * looks again.
 */
async function takeNext(tx: DbOrTransaction, by: Actor): Promise<string | undefined> {
  // Whoever asks twice in one moment is given one.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`next lead ${by.id}`}, 0))`.execute(tx)
  // What was given to somebody who is disabled since would wait for ever.
  const isTheirs = sql`
    (held.assigned_at is not null and not exists (
      select from operators where operators.id = held.owner_id and disabled_at is not null
    ) or coalesce(held.taken_at > now() - make_interval(secs => ${takenForMs / 1000}::int), false))`
  const { rows: held } = await sql<{ id: string }>`
    select lead_id as id from lead_work as held
    where owner_id = ${by.id} and state = 'new' and ${isTheirs}
    order by taken_at desc nulls last, accepted_at desc limit 1`.execute(tx)
  if (held[0]) return held[0].id
  for (let race = 0; race < lostRacesMax; race++) {
    const { rows } = await sql<{ id: string }>`
      select leads.id from leads
      where state = 'new' and duplicate_of is null and accepted_at > now() - ${nextWithin}::interval
        and not exists (
          select from lead_work as held
          where lead_id = leads.id and owner_id is not null and (held.state <> 'new' or ${isTheirs}))
      order by accepted_at desc limit 1 for update skip locked`.execute(tx)
    const { id } = rows[0] ?? {}
    if (id === undefined) return undefined
    const { numAffectedRows } = await sql`
      insert into lead_work as held (lead_id, accepted_at, owner_id, taken_at)
      values (${id}, ${acceptedAt(id)}, ${by.id}, now())
      on conflict (lead_id) do update
      set owner_id = excluded.owner_id, taken_at = excluded.taken_at, assigned_at = null
      where held.state = 'new' and (held.owner_id is null or not ${isTheirs})`.execute(tx)
    if (!numAffectedRows) continue
    await writeAudit(tx, { by, action: 'lead.taken', subject: id })
    return id
  }
  return undefined
}

// The id tells when it was accepted, and so in which part of the table it is.
const acceptedAt = (id: string) => new Date(acceptedAtMs(id))
const isLead = (id: string) => sql`leads.id = ${id} and leads.accepted_at = ${acceptedAt(id)}`

const leadOf = (row: LeadRow): ListedLead => ({
  id: row.id,
  acceptedAt: row.accepted_at,
  phone: row.phone,
  state: row.state,
  ...(row.source !== null && { source: row.source }),
  ...(row.campaign !== null && { campaign: row.campaign }),
  ...(row.first_source !== null && { firstSource: row.first_source }),
  ...(row.first_campaign !== null && { firstCampaign: row.first_campaign }),
  ...(row.variant !== null && { variant: row.variant }),
  ...(row.language !== null && { language: row.language }),
  ...(row.device !== null && { device: row.device }),
  ...(row.landing !== null && { landing: row.landing }),
  suspect: row.suspect,
  ...(row.owner_id !== null && { owner: { id: row.owner_id, name: row.owner_name ?? '' } }),
  notes: row.notes,
})
