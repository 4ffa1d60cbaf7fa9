import { sql } from 'kysely'
import { acceptedAtMs } from '../batching/ids.ts'
import {
  copyOfLead,
  type Erasure,
  type ErasureTable,
  type Found,
  type ToldOfErasure,
} from '../desk/erasure.ts'
import type { Actor } from '../operators/audit.ts'
import { writeAudit } from './audit.ts'
import type { Db, DbOrTransaction } from './connection.ts'
import { tellErased } from './delivery-events.ts'
import { endKept, keptNow } from './kept-exports.ts'
import { holdIndex, keyStart } from './lead-index.ts'
import { type LeadOfPhone, leadsOfPhones } from './leads-of-phones.ts'
import { inPayload, quarantinedOf } from './quarantine.ts'

type Row = Readonly<{
  id: string
  key: string
  asked_at: Date
  asked_by: Actor
  found: Found | null
  cutoff: Date | null
  lead_ids: string[]
  finished_at: Date | null
}>

const columns = sql.raw(`
  id, encode(phone_key, 'hex') as key, asked_at, asked_by, found, cutoff, lead_ids, finished_at`)

/** Needs a pool whose statements may take minutes, while the index that finds the leads of a phone is being made. */
export function createErasureTable(db: Db): ErasureTable {
  const find = async (id: string) => {
    const { rows } = await sql<Row>`select ${columns} from erasures where id = ${id}`.execute(db)
    return rows[0] && erasureOf(rows[0])
  }

  return {
    begin: (phoneKey, by) => db.transaction().execute((tx) => beginErasure(tx, phoneKey, by)),

    find,

    async list(limit) {
      const { rows } = await sql<Row>`
        select ${columns} from erasures order by asked_at desc limit ${limit}`.execute(db)
      return rows.map(erasureOf)
    },

    async open() {
      const { rows } = await sql<Row>`
        select ${columns} from erasures where finished_at is null order by asked_at`.execute(db)
      return rows.map(erasureOf)
    },

    async finishedSince(moment) {
      const { rows } = await sql<Row>`select ${columns} from erasures where finished_at > ${moment}`.execute(
        db,
      )
      return rows.map(erasureOf)
    },

    async told({ leadIds }) {
      const { rows } = await sql<{ endpoint: string; state: string; at: Date | null }>`
        select endpoint.name as endpoint, made.state, max(made.settled_at) as at
        from delivery_endpoints as endpoint join deliveries as made on made.endpoint_id = endpoint.id
        where made.lead_id = any(${[...leadIds]}::uuid[]) and made.event = 'lead.erased'
        group by endpoint.name, made.state
        union
        select endpoint.name, 'written', null
        from delivery_events as written join delivery_endpoints as endpoint on endpoint.id = any(written.endpoint_ids)
        where written.event = 'lead.erased' and written.lead_id = any(${[...leadIds]}::uuid[])
        order by 1, 2`.execute(db)
      return rows.map(({ endpoint, state, at }): ToldOfErasure => ({ endpoint, state, ...(at && { at }) }))
    },

    async look(phoneKey) {
      const leads = await leadsOfPhones(db, [{ phoneKey }])
      const ids = leads.map(({ id }) => id)
      const { rows } = await sql<Record<keyof Found, number>>`
        select ${leads.length}::int as leads,
          (select count(*) from lead_notes where lead_id = any(${ids}::uuid[]))::int as notes,
          (select count(*) from lead_work where lead_id = any(${ids}::uuid[]))::int as work,
          (select count(*) from lead_quarantine where ${inPayload(phoneKey)})::int as quarantined,
          (select count(*) from lead_corrections where phone_key = decode(${phoneKey}, 'hex'))::int as corrections,
          (select count(*) from lead_claims where phone_key = decode(${phoneKey}, 'hex'))::int as claims,
          (select count(*) from delivery_endpoints as endpoint join deliveries on endpoint_id = endpoint.id
            where lead_id = any(${ids}::uuid[]))::int as deliveries,
          (select count(*) from delivery_attempts where lead_id = any(${ids}::uuid[]))::int as attempts,
          (case when ${leads.length > 0} then ${keptNow} else 0 end)::int as exports`.execute(db)
      return rows[0]!
    },

    async copy(phoneKey) {
      const ids = (await leadsOfPhones(db, [{ phoneKey }])).map(({ id }) => id)
      const times = ids.map((id) => new Date(acceptedAtMs(id)).toISOString())
      const { rows } = await sql<Record<'leads' | 'notes' | 'told', readonly unknown[]>>`
        select
          (select coalesce(json_agg(json_build_object(
              'id', leads.id, 'accepted_at', leads.accepted_at, 'phone', phone, 'state', state, 'language', language,
              'consent', consent, 'variant', variant, 'came_from', attribution, 'suspect', suspect,
              'device', device, 'landing', landing,
              'same_as', duplicate_of, 'corrected_by', corrected_by) order by leads.id), '[]')
            from unnest(${ids}::uuid[], ${times}::timestamptz[]) as given (id, accepted_at)
            join leads on leads.id = given.id and leads.accepted_at = given.accepted_at) as leads,
          (select coalesce(json_agg(json_build_object('lead', lead_id, 'at', at, 'text', text) order by at), '[]')
            from lead_notes where lead_id = any(${ids}::uuid[])) as notes,
          (select coalesce(json_agg(json_build_object(
              'lead', lead_id, 'to', name, 'host', host, 'event', event, 'state', made.state, 'at', settled_at)
              order by lead_id, name, event), '[]')
            from delivery_endpoints as endpoint join deliveries as made on made.endpoint_id = endpoint.id
            where lead_id = any(${ids}::uuid[])) as told`.execute(db)
      const quarantined = (await quarantinedOf(db, phoneKey)).map(({ lead, reason }) => {
        return { ...copyOfLead(lead), not_stored_because: reason }
      })
      return { ...rows[0]!, quarantined }
    },

    async noteFound(id, found) {
      await sql`
        update erasures set found = ${JSON.stringify(found)}::jsonb where id = ${id} and found is null`.execute(
        db,
      )
    },

    fence: (id) => db.transaction().execute((tx) => fenceIn(tx, id)),

    async eraseRows(ids) {
      const { rows } =
        await sql<Row>`select ${columns} from erasures where id = any(${[...ids]}::uuid[])`.execute(db)
      const erasures = new Map(rows.map((row) => [row.id, erasureOf(row)]))
      const theirs = await leadsOfPhones(
        db,
        [...erasures.values()].map(({ phoneKey, cutoff }) => ({ phoneKey, until: cutoff! })),
      )
      const erased: (readonly string[])[] = []
      for (const id of ids) {
        const { phoneKey, cutoff } = erasures.get(id)!
        const leads = theirs.filter(({ of }) => of === phoneKey)
        erased.push(await eraseRowsOf(db, id, { phoneKey, cutoff: cutoff!, leads }))
      }
      return erased
    },

    finish: (id) =>
      db.transaction().execute(async (tx) => {
        const { rows } = await sql<Row>`
          update erasures set finished_at = now() where id = ${id} and finished_at is null
          returning ${columns}`.execute(tx)
        if (!rows[0]) return
        const { askedBy: by, phoneKey, found } = erasureOf(rows[0])
        await writeAudit(tx, {
          ...{ by, action: 'erasure.finished', subject: id },
          after: { phone_hash: phoneKey, found },
        })
      }),
  }
}

export async function beginErasure(tx: DbOrTransaction, phoneKey: string, by: Actor): Promise<Erasure> {
  const id = crypto.randomUUID()
  await sql`
    insert into erasures (id, phone_key, asked_by)
    values (${id}, decode(${phoneKey}, 'hex'), ${JSON.stringify(by)}::jsonb)
    on conflict (phone_key) where finished_at is null do nothing`.execute(tx)
  const { rows } = await sql<Row>`
    select ${columns} from erasures
    where phone_key = decode(${phoneKey}, 'hex') and finished_at is null`.execute(tx)
  const erasure = erasureOf(rows[0]!)
  if (erasure.id === id)
    await writeAudit(tx, { by, action: 'erasure.asked', subject: id, after: { phone_hash: phoneKey } })
  return erasure
}

/** The claim is held while the moment is written down: whoever stores this phone takes it first and looks for us after. */
export async function fenceIn(tx: DbOrTransaction, id: string): Promise<Date> {
  const { phoneKey, cutoff } = await held(tx, id)
  if (cutoff) return cutoff
  await sql`
    insert into lead_claims (phone_key, lead_id, accepted_at, direct)
    values (decode(${phoneKey}, 'hex'), ${id}::uuid, now(), false)
    on conflict (phone_key) do update set phone_key = excluded.phone_key`.execute(tx)
  const { rows } = await sql<{ cutoff: Date }>`
    update erasures set cutoff = date_trunc('milliseconds', clock_timestamp()) where id = ${id}
    returning cutoff`.execute(tx)
  await sql`
    delete from lead_claims
    where phone_key = decode(${phoneKey}, 'hex') and (accepted_at <= ${rows[0]!.cutoff} or lead_id = ${id})`.execute(
    tx,
  )
  return rows[0]!.cutoff
}

type Erased = Readonly<{ phoneKey: string; cutoff: Date; leads: readonly LeadOfPhone[] }>

const eraseRowsOf = (db: Db, id: string, whom: Erased) =>
  db.transaction().execute(async (tx) => {
    const { leadIds } = await held(tx, id)
    await eraseRows(tx, whom)
    const all = [...new Set([...leadIds, ...whom.leads.map((lead) => lead.id)])]
    await sql`update erasures set lead_ids = ${all}::uuid[] where id = ${id}`.execute(tx)
    return all
  })

async function eraseRows(tx: DbOrTransaction, { phoneKey, cutoff, leads }: Erased): Promise<void> {
  const ids = leads.map(({ id }) => id)
  const times = ids.map((id) => new Date(acceptedAtMs(id)).toISOString())
  const given = sql`unnest(${ids}::uuid[], ${times}::timestamptz[]) as given (id, accepted_at)`
  const isGiven = sql`leads.id = given.id and leads.accepted_at = given.accepted_at`
  await holdIndex(tx)
  // Claims come before leads, and leads before deliveries, as for everybody who takes several.
  await sql`
    with theirs as (
      select held.phone_key
      from unnest(${leads.map(({ key }) => key)}::text[], ${ids}::uuid[]) as given (key, id)
      join lead_claims as held on held.phone_key = decode(given.key, 'hex') and held.lead_id = given.id
      order by held.phone_key for update of held
    )
    delete from lead_claims using theirs where lead_claims.phone_key = theirs.phone_key`.execute(tx)
  // Whoever works on one of them now is waited for, and finds it gone afterwards.
  const { rows } = await sql<{ id: string; key: string }>`
    select leads.id, encode(leads.phone_key, 'hex') as key from ${given} join leads on ${isGiven}
    order by leads.id for update of leads`.execute(tx)
  await tellErased(
    tx,
    rows.map(({ id, key }) => ({ id, phoneKey: key })),
  )
  await sql`delete from lead_notes where lead_id = any(${ids}::uuid[])`.execute(tx)
  await sql`delete from lead_work where lead_id = any(${ids}::uuid[])`.execute(tx)
  await sql`
    update erase_requests
    set decided_at = now(), decision = 'erased', decided_by = '', phone_key = null, last_digits = null
    where phone_key = decode(${phoneKey}, 'hex')`.execute(tx)
  await sql`delete from lead_bulk_leads where lead_id = any(${ids}::uuid[])`.execute(tx)
  await sql`delete from lead_quarantine where ${inPayload(phoneKey)} and accepted_at <= ${cutoff}`.execute(tx)
  await sql`
    with theirs as (
      select phone_key, idempotency_key from lead_corrections
      where phone_key = decode(${phoneKey}, 'hex') and noted_at <= ${cutoff}
      order by phone_key, idempotency_key for update
    )
    delete from lead_corrections as noted using theirs
    where noted.phone_key = theirs.phone_key and noted.idempotency_key = theirs.idempotency_key`.execute(tx)
  await sql`
    delete from lead_index using leads join ${given} on ${isGiven}
    where lead_index.lead_id = leads.id and lead_index.key_start = ${keyStart('leads.phone_key')}`.execute(tx)
  await sql`delete from leads using ${given} where ${isGiven}`.execute(tx)
  if (rows.length > 0) await endKept(tx)
}

/** The erasure, held by this transaction. */
async function held(tx: DbOrTransaction, id: string): Promise<Erasure> {
  const { rows } = await sql<Row>`select ${columns} from erasures where id = ${id} for update`.execute(tx)
  return erasureOf(rows[0]!)
}

const erasureOf = (row: Row): Erasure => ({
  id: row.id,
  phoneKey: row.key,
  askedAt: row.asked_at,
  askedBy: row.asked_by,
  ...(row.found && { found: row.found }),
  ...(row.cutoff && { cutoff: row.cutoff }),
  leadIds: row.lead_ids,
  ...(row.finished_at && { finishedAt: row.finished_at }),
})
