import { type RawBuilder, sql } from 'kysely'
import type { LeadFilter, LeadPlace } from '../desk/work.ts'
import { markOf, startOf, timeIn } from './lead-index.ts'
import { leadOf, matches, withWork } from './lead-view.ts'

// The pieces that the leads of a view are found by: its kinds, the index, and what waits to be written there.

type Sql = RawBuilder<unknown>

// Of leads that wait to be indexed so many are looked at, the latest first. While they rush in, each look at them takes from the
// line; more than these wait only then, and a moment older.
export const waitingMax = 5_000
/** So many of the last digits of a phone are indexed. */
export const tailDigits = 8

/**
 * What waits to be indexed, and since when the latest leads came, of which there are as many: while leads rush in, these are the
 * same. The latest lead of a phone is known by its claim, however many wait.
 */
export function waiting({ phoneKey }: LeadFilter): Sql {
  const ids =
    phoneKey === undefined
      ? sql`
          select distinct id from (
            select unnest(lead_ids) as id from (select lead_ids from leads_to_index order by id desc) as latest
            limit ${waitingMax}
          ) as newest`
      : sql`select lead_id as id from lead_claims where phone_key = decode(${phoneKey}, 'hex')`
  return sql`
    waiting as materialized (${ids}), fresh as materialized (
      select min(accepted_at) as since from (
        select accepted_at from leads order by accepted_at desc limit (select count(*) from waiting)
      ) as newest
    )`
}

export const notWaiting = sql.raw('lead_id not in (select id from waiting)')
export const ofNamed = leadOf('named.id', timeIn('named.id'))

/** Those that wait and are of a view. The latest are read together: to look each up takes longer. */
export const ofWaiting = (filter: LeadFilter, after?: LeadPlace): Sql => sql`select id from (
  select leads.id from (
    select * from leads where accepted_at >= (select since from fresh) order by accepted_at desc limit ${waitingMax}
  ) as leads ${withWork} where leads.id in (select id from waiting) and ${matches(filter, after)}
  union all
  select leads.id from waiting as named ${ofNamed} ${withWork}
  where ${timeIn('named.id')} < (select since from fresh) and ${matches(filter, after)}
) as waiting_too`

const isNamed = ({ source, campaign }: LeadFilter) => source !== undefined || campaign !== undefined

/** What a kind has to be, but for where its leads came from. */
function restOf({ state, variant, language, suspect, since }: LeadFilter): Sql {
  const conditions = [
    sql`leads > 0`,
    state === undefined ? sql`state <> 'corrected'` : sql`state = ${state}`,
    ...[...is('variant', variant), ...is('language', language), ...is('suspect', suspect)],
    ...(since ? [sql`latest >= ${firstIdAt(since)}::uuid`] : []),
  ]
  return sql.join(conditions, sql` and `)
}

function is(name: string, value: unknown): readonly Sql[] {
  return value === undefined ? [] : [sql`${sql.ref(name)} = ${value}`]
}

const all = (conditions: readonly Sql[]) => sql.join([...conditions], sql` and `)
const namesOf = ({ source, campaign }: LeadFilter) => [...is('source', source), ...is('campaign', campaign)]

function marksOf({ source, campaign }: LeadFilter): readonly Sql[] {
  const marked = (column: string, name: string | undefined) =>
    name === undefined ? [] : [sql`${sql.ref(column)} = ${markOf(sql`${name}::text`)}`]
  return [...marked('campaign_mark', campaign), ...marked('source_mark', source)]
}

/** The kinds of leads that are of a view, and those whose leads have to be asked for their source or campaign. */
export function kindsOf(filter: LeadFilter): Sql {
  if (!isNamed(filter))
    return sql`kinds as materialized (select id, leads, latest from lead_kinds where ${restOf(filter)})`
  return sql`
    kinds as materialized (
      select id, leads, latest from lead_kinds where not others and ${restOf(filter)} and ${all(namesOf(filter))}
    ), others as materialized (select id from lead_kinds where others and ${restOf(filter)})`
}

/** Rows of the index by their kinds, which is how they are found. */
export const byKinds = sql.raw('kind = any(array(select id from kinds))')

/** Rows of the index that are of a view beside those of its kinds; undefined where there are none. */
export const ofOthers = (filter: LeadFilter): Sql | undefined =>
  isNamed(filter) ? sql`${all(marksOf(filter))} and kind in (select id from others)` : undefined

/** Rows of the index that are of a view, where they are found by something else: each is asked for its own kind. */
export function ofView(filter: LeadFilter): Sql {
  const isTheirs = isNamed(filter)
    ? sql`(not others and ${all(namesOf(filter))} or others and ${all(marksOf(filter))})`
    : sql`true`
  return sql`exists (select from lead_kinds where id = kind and ${restOf(filter)} and ${isTheirs})`
}

/** How many of these rows of the index wait no more, up to a number; looked at one by one. */
export const countIn = (filter: LeadFilter, rows: Sql, most: number): Sql => sql`(
  select count(*) from (
    select from lead_index where ${rows} and ${notWaiting} and ${inRange('lead_id', filter)} limit ${most}
  ) as counted)`

/** Ids that may be of a view, of those that are indexed. */
export function indexed({
  filter,
  limit,
  after,
}: Readonly<{ filter: LeadFilter; limit: number; after?: LeadPlace }>): Sql {
  const { phoneKey, lastDigits, until } = filter
  const range = inRange('lead_id', filter, after)
  if (phoneKey !== undefined)
    return sql`
      select lead_id as id from lead_index
      where key_start = ${startOf(phoneKey)}::bigint and ${range}`
  if (lastDigits !== undefined)
    return sql`
      select lead_id as id from lead_index
      where ${inTail(filter)} and ${ofView(filter)} and ${notWaiting} and ${range}`
  // Each that waits may hide what is the latest of its kind without it.
  const likeliest =
    after === undefined && until === undefined
      ? sql`(select id from kinds order by kinds.latest desc limit ${limit} + (select count(*) from waiting))`
      : sql`kinds`
  const others = ofOthers(filter)
  // Each of the latest is among the latest of its kind, and that kind among those whose latest is latest.
  const ofKinds = sql`
    with heads as materialized (
      select likeliest.id as kind, lead_id from ${likeliest} as likeliest cross join lateral (
        select lead_id from lead_index where kind = likeliest.id and ${notWaiting} and ${range}
        order by lead_id desc limit 1
      ) as latest order by lead_id desc limit ${limit}
    ), least as materialized (
      select case when count(*) = ${limit} then (select lead_id from heads order by lead_id limit 1) end as id from heads
    )
    select each.id from heads cross join lateral (
      select lead_id from lead_index
      where kind = heads.kind and ${notWaiting} and ${range}
        and lead_id >= coalesce((select id from least), '00000000-0000-0000-0000-000000000000')
      order by lead_id desc limit ${limit}
    ) as each (id)`
  const named = sql`select id from (${ofKinds}) as of_kinds order by id desc limit ${limit}`
  if (others === undefined) return sql`(${named})`
  return sql`
    (${named}) union all (
      select lead_id from lead_index where ${others} and ${notWaiting} and ${range} order by lead_id desc limit ${limit})`
}

/** With these last digits, as far as they are indexed: a range of the tails, in which they come first. */
export function inTail({ lastDigits }: LeadFilter): Sql {
  if (lastDigits === undefined) return sql`true`
  const indexed = lastDigits.slice(-tailDigits)
  const step = 10 ** (tailDigits - indexed.length)
  const from = Number([...indexed].reverse().join('')) * step
  return sql`tail >= ${from} and tail < ${from + step}`
}

/** By ids, which are in the order of their moments. */
export function inRange(column: string, { since, until }: LeadFilter, after?: LeadPlace): Sql {
  const id = sql.ref(column)
  return sql.join(
    [
      sql`true`,
      ...(since ? [sql`${id} >= ${firstIdAt(since)}::uuid`] : []),
      ...(until ? [sql`${id} < ${firstIdAt(until)}::uuid`] : []),
      ...(after ? [sql`${id} < ${after.id}::uuid`] : []),
    ],
    sql` and `,
  )
}

function firstIdAt(moment: Date): string {
  const ms = Math.max(0, Math.ceil(moment.getTime())).toString(16).padStart(12, '0')
  return `${ms.slice(0, 8)}-${ms.slice(8)}-0000-0000-000000000000`
}
