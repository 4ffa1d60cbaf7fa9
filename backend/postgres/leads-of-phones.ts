import { sql } from 'kysely'
import type { Db } from './connection.ts'
import { isBeingMade, startOf, timeIn } from './lead-index.ts'

/** Whose leads are looked for, and until when they came. */
export type Whose = Readonly<{ phoneKey: string; until?: Date }>
/** A lead, the key of its own phone, and of the phone that it was found by. */
export type LeadOfPhone = Readonly<{ id: string; key: string; of: string }>

/**
 * Every lead of these phones, and those that were corrected by one of them: their visitor is the same. By index, however many
 * leads there are; all of them are looked at once where the index is still being made.
 */
export async function leadsOfPhones(db: Db, whose: readonly Whose[]): Promise<readonly LeadOfPhone[]> {
  if (whose.length === 0) return []
  const keys = whose.map(({ phoneKey }) => phoneKey)
  const named = sql`
    select lead_id as id from lead_index where key_start = any(${keys.map(startOf)}::bigint[])
    union select lead_id from lead_index where kind in (select id from lead_kinds where state = 'corrected')
    union select unnest(lead_ids) from leads_to_index`
  const from = (await isBeingMade(db))
    ? sql`leads`
    : sql`(${named}) as named cross join lateral (
        select * from leads as each where each.id = named.id and each.accepted_at = ${timeIn('named.id')} limit 1
      ) as leads`
  const { rows } = await sql<LeadOfPhone>`
    with recursive given as (
      select decode(hex, 'hex') as key, until
      from unnest(${keys}::text[], ${whose.map(({ until }) => until?.toISOString() ?? 'infinity')}::timestamptz[])
        as each (hex, until)
    ), kept as materialized (
      select leads.id, leads.accepted_at, leads.phone_key, leads.corrected_by from ${from}
      where leads.corrected_by is not null or leads.phone_key in (select key from given)
    ), theirs as (
      select kept.id, kept.phone_key, given.key as found_by
      from given join kept on kept.phone_key = given.key and kept.accepted_at <= given.until
      union
      select before.id, before.phone_key, theirs.found_by
      from theirs join kept as before on before.corrected_by = theirs.id
    )
    select id, encode(phone_key, 'hex') as key, encode(found_by, 'hex') as of from theirs order by id`.execute(
    db,
  )
  return rows
}
