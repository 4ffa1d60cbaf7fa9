import { type RawBuilder, sql } from 'kysely'
import { countedMax, type LeadCount, type LeadFilter, type LeadPlace } from '../desk/work.ts'
import type { Db, DbOrTransaction } from './connection.ts'
import { isBeingMade, startOf, timeIn } from './lead-index.ts'
import { columns, found, inOrder, type LeadRow, leadOf, matches, withOwner, withWork } from './lead-view.ts'

// What most views show is found among the latest; what is rare is looked up.
const latestLookedAt = 500
// Of leads that wait to be indexed so many are looked at, the latest first.
const waitingMax = 20_000
// A count is worth so much of a wait, and no more.
const countWithinMs = 200
const tailDigits = 8

/**
 * The leads of a view, the latest first. Where the view asks for more than a time, they are looked up in `lead_index`, and
 * among those that have not got there yet; each is looked at once more as it is now.
 */
export async function listLeads(db: Db, filter: LeadFilter, limit: number, after?: LeadPlace) {
  const view = { filter, limit, ...(after && { after }) }
  if (!isLookedUp(filter)) return inTheTable(db, view)
  if (!isOfPhone(filter)) {
    const latest = await inTheTable(db, view, latestLookedAt)
    if (latest.length === limit) return latest
  }
  if (await isBeingMade(db)) return inTheTable(db, view)
  const { rows } = await sql<LeadRow>`
    with ${waiting(filter)}, ${kindsOf(filter)}
    select ${columns} from (
      select id from (${indexed(view)} union ${ofWaiting(filter, after)}) as either order by id desc
    ) as named ${ofNamed} ${withWork} ${withOwner} where ${matches(filter, after)}
    order by named.id desc limit ${limit}`.execute(db)
  return rows
}

/** How many a view shows; undefined where it takes long to tell. */
export function countLeads(db: Db, filter: LeadFilter): Promise<LeadCount | undefined> {
  return inTime(db, async (tx) => {
    const count = (await isBeingMade(tx)) ? countTable : counterOf(filter)
    const { rows } = await count(tx, filter)
    const matching = Number(rows[0]!.matching)
    return { matching: Math.min(matching, countedMax), exact: matching <= countedMax }
  })
}

function counterOf(filter: LeadFilter) {
  if (isOwnedAlone(filter)) return countOwned
  return isLookedUp(filter) ? countIndexed : countTable
}

/** When the first lead of a view by kinds came; null where there is none, undefined where it takes long to tell. */
export function firstOf(db: Db, filter: LeadFilter): Promise<Date | null | undefined> {
  return inTime(db, async (tx) => {
    if (await isBeingMade(tx)) {
      const { rows } = await sql<{ at: Date }>`
        select leads.accepted_at as at from ${found(filter)} where ${matches(filter)}
        order by leads.accepted_at limit 1`.execute(tx)
      return rows[0]?.at ?? null
    }
    const { rows } = await sql<{ at: Date | null }>`
      with ${waiting(filter)}, ${kindsOf(filter)}
      select least((
        select ${timeIn('lead_id')} from kinds cross join lateral (
          select lead_id from lead_index
          where kind = kinds.id and ${notWaiting} and ${inRange('lead_id', filter)} order by lead_id limit 1
        ) as first order by lead_id limit 1
      ), (
        select min(leads.accepted_at) from waiting as named ${ofNamed} ${withWork} where ${matches(filter)}
      )) as at`.execute(tx)
    return rows[0]!.at
  })
}

function inTime<T>(db: Db, ask: (tx: DbOrTransaction) => Promise<T>): Promise<T | undefined> {
  return db
    .transaction()
    .execute(async (tx) => {
      await sql`select set_config('statement_timeout', ${String(countWithinMs)}, true)`.execute(tx)
      return ask(tx)
    })
    .catch((error: { code?: string }) => {
      // It took too long, which says that there are many to look at.
      if (error.code === '57014') return undefined
      throw error
    })
}

type View = Readonly<{ filter: LeadFilter; limit: number; after?: LeadPlace }>
type Counted = Readonly<{ matching: string }>

const isOfPhone = ({ phoneKey, lastDigits }: LeadFilter) => phoneKey !== undefined || lastDigits !== undefined
/** By an owner they are found in what operators have made of them. */
const isLookedUp = ({ since: _, until: __, owner, ...asked }: LeadFilter) =>
  owner === undefined && Object.values(asked).some((value) => value !== undefined)

async function inTheTable(db: Db, { filter, limit, after }: View, lookedAt?: number) {
  const from =
    lookedAt === undefined
      ? found(filter)
      : sql`(
          select * from leads where ${matches(within(filter), after)}
          order by ${inOrder({})} limit ${lookedAt}) as leads ${withWork}`
  const { rows } = await sql<LeadRow>`
    select ${columns} from ${from} ${withOwner} where ${matches(filter, after)}
    order by ${inOrder(filter)} limit ${limit}`.execute(db)
  return rows
}

// In the order of the list: else Postgres begins anywhere, and may read months before it meets the first of a week.
const countTable = (db: DbOrTransaction, filter: LeadFilter) =>
  sql<Counted>`
    select count(*) as matching from (
      select from ${found(filter)} where ${matches(filter)} order by ${inOrder(filter)} limit ${countedMax + 1}
    ) as counted`.execute(db)

const isOwnedAlone = ({ since: _, until: __, owner, ...asked }: LeadFilter) =>
  owner !== undefined && Object.values(asked).every((value) => value === undefined)

/** Those of one operator are not looked at one by one, as they lie far apart: all that were corrected are taken off. */
const countOwned = (db: DbOrTransaction, filter: LeadFilter) =>
  sql<Counted>`
    with ${waiting(filter)}, ${kindsOf({ state: 'corrected' })},
    corrected as materialized (select lead_id from lead_index where kind = any(array(select id from kinds)))
    select (
      select count(*) from (
        select from lead_work
        where owner_id = ${filter.owner} and ${notWaiting} and lead_id not in (select lead_id from corrected)
          and ${inRange('lead_id', filter)}
        limit ${countedMax + 1}
      ) as owned
    ) + (
      select count(*) from waiting as named ${ofNamed} ${withWork} where ${matches(filter)}
    ) as matching`.execute(db)

// Of a phone only the beginning of its key is indexed: each lead is looked at.
const countIndexed = (db: DbOrTransaction, filter: LeadFilter) =>
  filter.phoneKey === undefined
    ? sql<Counted>`
        with ${waiting(filter)}, ${kindsOf(filter)}
        select (
          select count(*) from (
            select from lead_index
            where ${inTail(filter)} and kind = any(array(select id from kinds)) and ${notWaiting} and ${inRange('lead_id', filter)}
            limit ${countedMax + 1}
          ) as indexed
        ) + (
          select count(*) from waiting as named ${ofNamed} ${withWork} where ${matches(filter)}
        ) as matching`.execute(db)
    : sql<Counted>`
        with ${waiting(filter)}
        select count(*) as matching from (
          select from (${indexed({ filter })} union ${ofWaiting(filter)}) as named ${ofNamed} ${withWork}
          where ${matches(filter)} limit ${countedMax + 1}
        ) as counted`.execute(db)

const within = ({ since, until }: LeadFilter): LeadFilter => ({
  ...(since && { since }),
  ...(until && { until }),
})

const ofNamed = leadOf('named.id', timeIn('named.id'))

// The latest lead of a phone is known by its claim, however many wait.
const waiting = ({ phoneKey }: LeadFilter) =>
  phoneKey === undefined
    ? sql`waiting as materialized (
        select distinct id from (
          select unnest(lead_ids) as id from (select lead_ids from leads_to_index order by id desc) as latest
          limit ${waitingMax}
        ) as newest
      )`
    : sql`waiting as materialized (
        select lead_id as id from lead_claims where phone_key = decode(${phoneKey}, 'hex')
      )`
const notWaiting = sql.raw('lead_id not in (select id from waiting)')

/** The kinds of leads that may be among those of a view. */
function kindsOf({ state, source, campaign, variant, language, suspect }: LeadFilter): RawBuilder<unknown> {
  const is = (name: string, value: unknown) => (value === undefined ? [] : [sql`${sql.ref(name)} = ${value}`])
  const conditions = [
    state === undefined ? sql`state <> 'corrected'` : sql`state = ${state}`,
    ...[...is('source', source), ...is('campaign', campaign), ...is('variant', variant)],
    ...[...is('language', language), ...is('suspect', suspect)],
  ]
  return sql`kinds as materialized (select id from lead_kinds where ${sql.join(conditions, sql` and `)})`
}

/** Ids that may be of a view, of those that are indexed. */
function indexed({
  filter,
  limit,
  after,
}: Readonly<{ filter: LeadFilter; limit?: number; after?: LeadPlace }>) {
  const { phoneKey, lastDigits } = filter
  const range = inRange('lead_id', filter, after)
  if (phoneKey !== undefined)
    return sql`
      select lead_id as id from lead_index
      where key_start = ${startOf(phoneKey)}::bigint and ${range}`
  if (lastDigits !== undefined)
    return sql`
      select lead_id as id from lead_index
      where ${inTail(filter)} and kind in (select id from kinds) and ${notWaiting} and ${range}`
  // Each of the latest is among the latest of its kind, and that kind among those whose latest is latest.
  return sql`
    (select lead_id as id from (
      select kinds.id as kind from kinds cross join lateral (
        select lead_id from lead_index where kind = kinds.id and ${notWaiting} and ${range}
        order by lead_id desc limit 1
      ) as latest order by lead_id desc limit ${limit}
    ) as heads cross join lateral (
      select lead_id from lead_index where kind = heads.kind and ${notWaiting} and ${range}
      order by lead_id desc limit ${limit}
    ) as each order by lead_id desc limit ${limit})`
}

/** With these last digits: a range of the tails, in which they come first. */
function inTail({ lastDigits }: LeadFilter): RawBuilder<unknown> {
  if (lastDigits === undefined) return sql`true`
  const step = 10 ** (tailDigits - lastDigits.length)
  const from = Number([...lastDigits].reverse().join('')) * step
  return sql`tail >= ${from} and tail < ${from + step}`
}

const ofWaiting = (filter: LeadFilter, after?: LeadPlace) =>
  sql`select id from waiting where ${inRange('id', filter, after)}`

/** By ids, which are in the order of their moments. */
function inRange(column: string, { since, until }: LeadFilter, after?: LeadPlace): RawBuilder<unknown> {
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
