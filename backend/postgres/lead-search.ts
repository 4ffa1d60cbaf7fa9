import { type RawBuilder, sql } from 'kysely'
import type { LeadFilter, LeadPlace } from '../desk/work.ts'
import type { Db, DbOrTransaction } from './connection.ts'
import { isBeingMade } from './lead-index.ts'
import {
  byKinds,
  indexed,
  inRange,
  inTail,
  kindsOf,
  ofNamed,
  ofOthers,
  ofView,
  ofWaiting,
  waiting,
  waitingMax,
} from './lead-kinds.ts'
import { columns, found, inOrder, isWorked, type LeadRow, matches, withOwner, withWork } from './lead-view.ts'

// What most views show is found among the latest; what is rare is looked up.
const latestLookedAt = 1_000
const latestLookedAtMost = 3_000
// Of so many leads a table is read faster than each is looked up.
const lookedUpMost = 1 / 20

type View = Readonly<{ filter: LeadFilter; limit: number; after?: LeadPlace }>

/**
 * The leads of a view, the latest first. Where the view asks for more than a time, they are looked up in `lead_index`, and
 * among those that have not got there yet; each is looked at once more as it is now.
 */
export async function listLeads(db: Db, filter: LeadFilter, limit: number, after?: LeadPlace) {
  const view = { filter, limit, ...(after && { after }) }
  if (!isLookedUp(filter)) return inTheTable(db, view)
  const latest = isOfPhone(filter) ? undefined : await amongLatest(db, view)
  if (latest) return latest
  if (await isBeingMade(db)) return inTheTable(db, view)
  const { rows } = await sql<LeadRow>`
    with ${waiting(filter)}, ${kindsOf(filter)}
    select ${columns} from (
      select id from (${indexed(view)} union ${ofWaiting(filter, after)}) as either order by id desc
    ) as named ${ofNamed} ${withWork} ${withOwner} where ${matches(filter, after)}
    order by named.id desc limit ${limit}`.execute(db)
  return rows
}

export type AllOfView = Readonly<{
  tables: RawBuilder<unknown>
  from: RawBuilder<unknown>
  order: RawBuilder<unknown>
}>

/**
 * Where all leads of a view are read, of which `matches` then lets those pass that are of it: by the index where that finds
 * few. To be asked in the transaction that reads them.
 */
export async function allOf(tx: DbOrTransaction, filter: LeadFilter): Promise<AllOfView> {
  const table = { tables: sql``, from: found(filter), order: inOrder(filter) }
  if (!isLookedUp(filter) || (await isBeingMade(tx))) return table
  const { rows: figures } = await sql<{ allWaiting: boolean; few: boolean }>`
    with ${waiting(filter)}, ${kindsOf(filter)}
    select (select count(*) from waiting) < ${waitingMax} as "allWaiting",
      coalesce((select sum(leads) from kinds), 0)
        <= (select sum(leads) from lead_kinds) * ${lookedUpMost}::float8 as few`.execute(tx)
  if (!figures[0]!.allWaiting || !(isOfPhone(filter) || figures[0]!.few)) return table
  const others = ofOthers(filter)
  const rows = (which: RawBuilder<unknown>) =>
    sql`select lead_id as id from lead_index where ${which} and ${inRange('lead_id', filter)}`
  const ids = isOfPhone(filter)
    ? filter.phoneKey === undefined
      ? rows(sql`${inTail(filter)} and ${ofView(filter)}`)
      : indexed({ filter, limit: 0 })
    : others === undefined
      ? rows(byKinds)
      : sql`${rows(byKinds)} union all ${rows(others)}`
  return {
    tables: sql`with ${waiting(filter)}, ${kindsOf(filter)}`,
    from: sql`(
      select id from (${ids} union ${ofWaiting(filter)}) as either order by id desc) as named ${ofNamed} ${withWork}`,
    order: sql`named.id desc`,
  }
}

/** About how many leads a view has, where its kinds tell. */
export async function sumOfKinds(db: Db, filter: LeadFilter): Promise<number | undefined> {
  const { since, until, owner } = filter
  if (since || until || owner !== undefined || isOfPhone(filter) || (await isBeingMade(db))) return undefined
  const { rows } = await sql<{ leads: string }>`
    with ${kindsOf(filter)} select coalesce(sum(leads), 0) as leads from kinds`.execute(db)
  return Number(rows[0]!.leads)
}

const isOfPhone = ({ phoneKey, lastDigits }: LeadFilter) => phoneKey !== undefined || lastDigits !== undefined

/** Those of an operator, and what calls came to, are found in what operators have made of them. */
function isLookedUp(filter: LeadFilter): boolean {
  const { since: _, until: __, state, owner, ...asked } = filter
  if (isOfPhone(filter)) return true
  const isAskedMore = Object.values(asked).some((value) => value !== undefined)
  return owner === undefined && (isAskedMore || (state !== undefined && !isWorked(state)))
}

/** A page, where the latest leads have one: so many are looked at as should have it, by how many of the first have been of it. */
async function amongLatest(db: Db, view: View): Promise<readonly LeadRow[] | undefined> {
  const some = await inTheTable(db, view, latestLookedAt)
  if (some.length === view.limit) return some
  const needed = Math.ceil((latestLookedAt * view.limit * 1.2) / some.length)
  if (needed > latestLookedAtMost) return undefined
  const more = await inTheTable(db, view, needed)
  return more.length === view.limit ? more : undefined
}

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

const within = ({ since, until }: LeadFilter): LeadFilter => ({
  ...(since && { since }),
  ...(until && { until }),
})
