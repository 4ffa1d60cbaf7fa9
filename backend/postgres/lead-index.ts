import { type RawBuilder, sql } from 'kysely'
import type { Db, DbOrTransaction } from './connection.ts'

// Any number that nothing else in this database locks on.
const indexLock = 7_305_405
// So few that whoever erases a lead does not wait for long.
const leadsAtOnceUsual = 1_000
const batchesAtOnce = 500
const rushBatches = 8
const rushLeads = 32 * rushBatches
const rushWithinS = 2

/** When a lead was accepted, by its id. */
export const timeIn = (id: string) =>
  sql.raw(
    `to_timestamp(('x0000' || substr(${id}::text, 1, 8) || substr(${id}::text, 10, 4))::bit(64)::bigint / 1000.0::numeric)`,
  )
/** The part of a phone's key that leads are found by. */
export const keyStart = (key: string) =>
  sql.raw(`('x' || encode(substr(${key}, 1, 8), 'hex'))::bit(64)::bigint`)

/** The same of a key in hex. */
export const startOf = (phoneKey: string) =>
  BigInt.asIntN(64, BigInt(`0x${phoneKey.slice(0, 16)}`)).toString()

/** Leads are still missing that were there before there was an index. */
export async function isBeingMade(db: DbOrTransaction): Promise<boolean> {
  const { rows } = await sql<{ yes: boolean }>`select exists (select from lead_index_sweep) as yes`.execute(
    db,
  )
  return rows[0]!.yes
}

/** Has leads found by what they are now. To be called in the transaction that changes them. */
export const indexAgain = (tx: DbOrTransaction, leadIds: readonly string[]) =>
  sql`insert into leads_to_index (lead_ids) select ${[...leadIds]}::uuid[] where ${leadIds.length > 0}`.execute(
    tx,
  )

/** Keeps everybody out of the index until the end of the transaction, so that no lead enters it that is deleted in this one. */
export const holdIndex = (tx: DbOrTransaction) => sql`select pg_advisory_xact_lock(${indexLock})`.execute(tx)

/**
 * Writes what leads are found by: of those that were stored or changed, and of those that were there before there was an index.
 * `pause` comes between two pages, and rejects when it is time to stop. While leads rush in, they are left what it takes,
 * but for a page.
 */
export async function indexLeads(
  db: Db,
  pause: () => Promise<void>,
  { leadsAtOnce = leadsAtOnceUsual, kindsMax = kindsUsual } = {},
): Promise<number> {
  let indexed = 0
  for (const step of [indexChanged, sweep])
    for (;;) {
      const count = await db.transaction().execute(async (tx) => {
        await holdIndex(tx)
        return step(tx, { leadsAtOnce, kindsMax })
      })
      if (count === 0) break
      indexed += count
      if (await isRush(db)) return indexed
      await pause()
    }
  return indexed
}

type Most = Readonly<{ leadsAtOnce: number; kindsMax: number }>

/** Leads that nobody waits with come alone; these came together, just now. */
async function isRush(db: Db): Promise<boolean> {
  const { rows } = await sql<{ yes: boolean }>`
    select count(*) >= ${rushLeads} and max(${timeIn('lead_id')}) > now() - make_interval(secs => ${rushWithinS}) as yes
    from (select lead_ids from leads_to_index order by id desc limit ${rushBatches}) as latest, unnest(lead_ids) as lead_id`.execute(
    db,
  )
  return rows[0]!.yes
}

async function indexChanged(tx: DbOrTransaction, { leadsAtOnce, kindsMax }: Most): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    with due as (
      select id from (
        select id, sum(cardinality(lead_ids)) over (order by id) - cardinality(lead_ids) as before
        from (select * from leads_to_index order by id limit ${batchesAtOnce}) as oldest
      ) as counted where before < ${leadsAtOnce}
    ), taken as (
      delete from leads_to_index where id in (select id from due) returning lead_ids
    )
    select distinct unnest(lead_ids) as id from taken`.execute(tx)
  await index(
    tx,
    sql`
      select kept.* from unnest(${rows.map(({ id }) => id)}::uuid[]) as given (id) cross join lateral (
        select * from leads where leads.id = given.id and leads.accepted_at = ${timeIn('given.id')} limit 1
      ) as kept`,
    kindsMax,
  )
  return rows.length
}

/** Goes over the leads that were there before the index was, the oldest first. */
async function sweep(tx: DbOrTransaction, { leadsAtOnce, kindsMax }: Most): Promise<number> {
  const { rows: left } = await sql<{ begins_at: Date; done_to: string; may: boolean }>`
    select begins_at, done_to, begins_at <= now() as may from lead_index_sweep`.execute(tx)
  const { begins_at: until, done_to: doneTo, may } = left[0] ?? {}
  if (!may) return 0
  const page = sql`
    from leads
    where accepted_at >= ${timeIn(`'${doneTo}'`)} and accepted_at <= ${until} and id > ${doneTo}::uuid`
  const { rows: last } = await sql<{ id: string }>`
    select id ${page} order by accepted_at, id offset ${leadsAtOnce - 1} limit 1`.execute(tx)
  const id = last[0]?.id
  if (id === undefined) await sql`delete from lead_index_sweep`.execute(tx)
  else await sql`update lead_index_sweep set done_to = ${id}`.execute(tx)
  return index(
    tx,
    id === undefined
      ? sql`select * ${page}`
      : sql`select * ${page} and accepted_at <= ${timeIn(`'${id}'`)} and id <= ${id}::uuid`,
    kindsMax,
  )
}

// The names are those of `lead_kinds`.
const kindOf = sql.raw('state, source, campaign, variant, language, suspect')
// As many as are looked at in a millisecond or two. Whatever strangers write into addresses makes no more of them.
const kindsUsual = 10_000

/** What a source or a campaign is found by where the kind does not tell it. */
export const markOf = (name: RawBuilder<unknown>) => sql`('x' || left(md5(${name}), 16))::bit(64)::bigint`

/** Indexes rows of `leads`. Resolves with how many there are. */
async function index(tx: DbOrTransaction, leads: RawBuilder<unknown>, kindsMax: number): Promise<number> {
  // What nothing is of any more makes room.
  await sql`
    delete from lead_kinds where leads = 0 and (select count(*) from lead_kinds) >= ${kindsMax}`.execute(tx)
  const { rows } = await sql<{ count: number }>`
    with found as materialized (
      select kept.*, md5(jsonb_build_array(${kindOf})::text)::uuid as own,
        md5(jsonb_build_array(state, variant, language, suspect, 'others')::text)::uuid as among_others
      from (
        select id, ${keyStart('phone_key')} as key_start, reverse(right(phone, 8))::int as tail, duplicate_of is null as shown,
          state, attribution->>'utm_source' as source, attribution->>'utm_campaign' as campaign, variant, language,
          suspect is not null as suspect
        from (${leads}) as leads
      ) as kept
    ), own as materialized (
      select mark from lead_kinds where mark in (select own from found where shown)
      union all (
        select own from found where shown and not exists (select from lead_kinds as known where known.mark = own)
        group by own limit greatest(0, ${kindsMax} - (select count(*) from lead_kinds))
      )
    ), placed as materialized (
      select found.*, own.mark is null as others, coalesce(own.mark, among_others) as mark
      from found left join own on own.mark = found.own
    ), made as (
      insert into lead_kinds (mark, ${kindOf}, others)
      select distinct mark, state, case when not others then source end, case when not others then campaign end, variant,
        language, suspect, others
      from placed
      where shown and not exists (select from lead_kinds as known where known.mark = placed.mark)
      returning id, mark
    ), kinds as (
      select id, mark from made
      union all select known.id, mark from (select distinct mark from placed) as met join lead_kinds as known using (mark)
    ), corrected as (
      update lead_work set corrected = true from found
      where lead_id = found.id and found.state = 'corrected' and corrected is not true
    ), written as (
      insert into lead_index as held (lead_id, key_start, tail, kind, source_mark, campaign_mark)
      select placed.id, key_start, tail, case when shown then kinds.id end,
        case when shown and others then ${markOf(sql`source`)} end, case when shown and others then ${markOf(sql`campaign`)} end
      from placed left join kinds using (mark)
      on conflict (key_start, lead_id) do update
      set kind = excluded.kind, source_mark = excluded.source_mark, campaign_mark = excluded.campaign_mark
      where held.kind is distinct from excluded.kind
    )
    select count(*)::int as count from found`.execute(tx)
  return rows[0]!.count
}
