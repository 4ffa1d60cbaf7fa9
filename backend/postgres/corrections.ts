import { sql } from 'kysely'
import type { Correction, CorrectionTable } from '../leads/ports.ts'
import type { Db } from './connection.ts'

const settledAtOnce = 100

type Noted = Readonly<{
  phone_key: string
  idempotency_key: string
  corrected_by: string
  lead_id: string | null
}>

/** The corrections that are still to be carried out, and the leads that they mark. */
export function createCorrectionTable(db: Db): CorrectionTable {
  return {
    async note(corrections) {
      await db
        .insertInto('lead_corrections')
        .values(
          [...corrections].sort(inOrder).map(({ phoneKey, idempotencyKey, correctedBy }) => ({
            phone_key: Buffer.from(phoneKey, 'hex'),
            idempotency_key: Buffer.from(idempotencyKey, 'hex'),
            corrected_by: correctedBy,
            lead_id: null,
          })),
        )
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },
    async settle() {
      // First those that are still to be marked, as nobody is to be rung meanwhile: of the others there may be any number
      // that wait for a Redis, and those that do not wait are to have their turn.
      const { rows } = await sql<Noted>`
        select encode(phone_key, 'hex') as phone_key, encode(idempotency_key, 'hex') as idempotency_key,
               corrected_by, lead_id
        from lead_corrections as noted
        where lead_id is not null or exists (
          select from lead_claims as held
          where held.phone_key = noted.phone_key and held.idempotency_key = noted.idempotency_key)
        order by lead_id is not null, case when lead_id is null then noted_at end, random() limit ${settledAtOnce}`.execute(
        db,
      )
      const settled: { id: string; phoneKey: string }[] = []
      for (const noted of rows) {
        const id = noted.lead_id ?? (await mark(db, noted))
        if (id) settled.push({ id, phoneKey: noted.phone_key })
      }
      return settled
    },
    async forget(leads) {
      if (leads.length === 0) return
      const ids = leads.map(({ id }) => id)
      await sql`
        with theirs as (
          select phone_key, idempotency_key from lead_corrections where lead_id = any(${ids}::uuid[])
          order by phone_key, idempotency_key for update
        )
        delete from lead_corrections as noted using theirs
        where noted.phone_key = theirs.phone_key and noted.idempotency_key = theirs.idempotency_key`.execute(
        db,
      )
    },
  }
}

// Two who note the same ones wait for each other in a ring unless both go by their keys.
const inOrder = (one: Correction, other: Correction) => (nameOf(one) < nameOf(other) ? -1 : 1)
const nameOf = ({ phoneKey, idempotencyKey }: Correction) => phoneKey + idempotencyKey

/**
 * Takes the claim that was taken under this key, and marks its lead. One at a time: whoever takes several claims at once
 * would have to take them in the order of their phones, as batches do. Whoever was told of the lead is told of this, in the
 * same transaction. Undefined: it is not stored yet.
 */
async function mark(db: Db, noted: Noted): Promise<string | undefined> {
  const { rows } = await sql<{ lead_id: string }>`
    with held as (
      delete from lead_claims
      where phone_key = decode(${noted.phone_key}, 'hex')
        and idempotency_key = decode(${noted.idempotency_key}, 'hex') and lead_id <> ${noted.corrected_by}::uuid
      returning lead_id, accepted_at
    ), marked as (
      update leads set state = 'corrected', corrected_by = ${noted.corrected_by}::uuid
      from held join leads as before on before.id = held.lead_id and before.accepted_at = held.accepted_at
      where leads.id = held.lead_id and leads.accepted_at = held.accepted_at
      returning leads.id, case before.state when 'suspect' then 'suspect' else 'lead' end as was
    ), uncounted as (
      insert into uncounted (what, was, ids) select 'corrected', was, array[id] from marked
    ), told as (
      insert into delivery_batches (event, endpoint_ids, lead_ids)
      select 'lead.updated', (select array_agg(id) from delivery_endpoints), array[marked.id]
      from marked where exists (select from delivery_endpoints)
    ), found as (
      insert into leads_to_index (lead_ids) select array[id] from marked
    )
    update lead_corrections as noted set lead_id = held.lead_id from held
    where noted.phone_key = decode(${noted.phone_key}, 'hex')
      and noted.idempotency_key = decode(${noted.idempotency_key}, 'hex')
    returning noted.lead_id`.execute(db)
  return rows[0]?.lead_id
}

/** Deletes what names a lead that never came. */
export async function pruneCorrections(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('lead_corrections').where('noted_at', '<', before).execute()
}
