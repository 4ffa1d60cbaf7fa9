import { sql } from 'kysely'
import { countedMax, type LeadCount, type LeadFilter } from '../desk/work.ts'
import type { Db, DbOrTransaction } from './connection.ts'
import { isBeingMade, timeIn } from './lead-index.ts'
import {
  byKinds,
  countIn,
  indexed,
  inRange,
  inTail,
  kindsOf,
  notWaiting,
  ofNamed,
  ofOthers,
  ofView,
  ofWaiting,
  tailDigits,
  waiting,
} from './lead-kinds.ts'
import { found, inOrder, matches, withWork } from './lead-view.ts'

// A count is worth so much of a wait, and no more.
const countWithinMs = 200
const oneMore = countedMax + 1

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
  const { since, until, phoneKey, lastDigits, owner, ...ofKind } = filter
  const isOfKind = Object.values(ofKind).some((value) => value !== undefined)
  const isLooked = lastDigits !== undefined && (owner !== undefined || lastDigits.length > tailDigits)
  if (phoneKey !== undefined || isLooked) return countEach
  if (lastDigits !== undefined) return countOfDigits
  if (owner !== undefined) return isOfKind ? countTable : countOwned
  if (since === undefined && until === undefined) return countKinds
  return isOfKind ? countInRange : countTable
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
    const others = ofOthers(filter)
    const first = sql`${notWaiting} and ${inRange('lead_id', filter)} order by lead_id limit 1`
    const { rows } = await sql<{ at: Date | null }>`
      with ${waiting(filter)}, ${kindsOf(filter)}
      select least((
        select ${timeIn('lead_id')} from kinds cross join lateral (
          select lead_id from lead_index where kind = kinds.id and ${first}
        ) as first order by lead_id limit 1
      ), ${others ? sql`(select ${timeIn('lead_id')} from lead_index where ${others} and ${first})` : sql`null`}, (
        select ${timeIn('id')} from (${ofWaiting(filter)}) as those order by id limit 1
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

type Counted = Readonly<{ matching: string }>

// In the order of the list: else Postgres begins anywhere, and may read months before it meets the first of a week.
const countTable = (db: DbOrTransaction, filter: LeadFilter) =>
  sql<Counted>`
    select count(*) as matching from (
      select from ${found(filter)} where ${matches(filter)} order by ${inOrder(filter)} limit ${oneMore}
    ) as counted`.execute(db)

const waitingOf = (filter: LeadFilter) => sql`(select count(*) from (${ofWaiting(filter)}) as those)`

/** By the sums of its kinds, where those that wait, and stand there as they were, cannot matter. */
async function countKinds(db: DbOrTransaction, filter: LeadFilter): Promise<{ rows: Counted[] }> {
  const others = ofOthers(filter)
  const { rows } = await sql<Counted & { sure: boolean }>`
    with ${waiting(filter)}, ${kindsOf(filter)}, summed as (
      select coalesce(sum(leads), 0) as leads, (select count(*) from waiting) as waiting from kinds
    )
    select leads as matching, leads - waiting > ${countedMax}
      or waiting = 0 and not ${others ? sql`exists (select from others)` : sql`false`} as sure
    from summed`.execute(db)
  return rows[0]!.sure ? { rows } : countInRange(db, filter)
}

/** Row by row: of those that wait nobody knows as what they stand in the index. */
const countInRange = (db: DbOrTransaction, filter: LeadFilter) => {
  const others = ofOthers(filter)
  return sql<Counted>`
    with ${waiting(filter)}, ${kindsOf(filter)}
    select ${countIn(filter, byKinds, oneMore)} + ${others ? countIn(filter, others, oneMore) : sql`0`}
      + ${waitingOf(filter)} as matching`.execute(db)
}

const countOfDigits = (db: DbOrTransaction, filter: LeadFilter) =>
  sql<Counted>`
    with ${waiting(filter)}, ${kindsOf(filter)}
    select ${countIn(filter, sql`${inTail(filter)} and ${ofView(filter)}`, oneMore)} + ${waitingOf(filter)} as matching`.execute(
    db,
  )

/** Of a phone only the beginning of its key or its last digits are indexed, and of an operator nothing: each lead is looked at. */
const countEach = (db: DbOrTransaction, filter: LeadFilter) =>
  sql<Counted>`
    with ${waiting(filter)}, ${kindsOf(filter)}
    select count(*) as matching from (
      select from (${indexed({ filter, limit: 0 })} union ${ofWaiting(filter)}) as named ${ofNamed} ${withWork}
      where ${matches(filter)} limit ${oneMore}
    ) as counted`.execute(db)

/** Those of one operator are not looked at one by one, as they lie far apart: whoever indexes them marks what was corrected. */
const countOwned = (db: DbOrTransaction, filter: LeadFilter) =>
  sql<Counted>`
    with ${waiting(filter)}
    select (
      select count(*) from (
        select from lead_work
        where owner_id = ${filter.owner} and corrected is not true and ${notWaiting} and ${inRange('lead_id', filter)}
        limit ${oneMore}
      ) as owned
    ) + ${waitingOf(filter)} as matching`.execute(db)
