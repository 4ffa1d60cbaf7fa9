import { sql } from 'kysely'
import { clockOfPostgres } from './clock.ts'
import type { Db } from './connection.ts'
import { NotOurs } from './ours.ts'
import { aMoment, betweenOthers, type Patience } from './patience.ts'

/** Tables by month of `accepted_at`, each with a default partition. */
const partitioned = ['leads', 'events'] as const
type Partitioned = (typeof partitioned)[number]
// As functions/make-month.sql says it.
const duplicateTable = '42P07'

export type MonthOptions = Readonly<{ now?: Date; monthsAhead?: number; patience?: Patience }>

/**
 * Makes the month partitions of leads and events from this month, by the clock of Postgres, to `monthsAhead` later. Rows of
 * such a month that already fell into the default partition move to the new one. Returns the partitions it made.
 * @throws NotOurs where another application has a table of such a name, after all others were made. Rows of that month
 * stay in the default partition.
 */
export async function ensurePartitions(
  db: Db,
  { now, monthsAhead = 2, patience = aMoment }: MonthOptions = {},
): Promise<string[]> {
  const first = now ?? new Date(await clockOfPostgres(db))
  const made: string[] = []
  const foreign: string[] = []
  for (const parent of partitioned)
    for (let ahead = 0; ahead <= monthsAhead; ahead++) {
      const month = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + ahead, 1))
      try {
        const name = await betweenOthers(() => ensureMonth(db, parent, month), patience)
        if (name) made.push(name)
      } catch (error) {
        if ((error as { code?: unknown }).code !== duplicateTable) throw error
        foreign.push(`${parent}_${month.toISOString().slice(0, 7).replace('-', '_')}`)
      }
    }
  if (foreign.length > 0) throw new NotOurs(foreign)
  return made
}

/** How many leads wait in the default partition for their month to be made. */
export async function countInDefaultPartition(db: Db): Promise<number> {
  const { rows } = await sql<{ count: string }>`select count(*) as count from leads_default`.execute(db)
  return Number(rows[0]!.count)
}

/** Drops the months that end before a moment, with all their rows. Returns their names. */
export async function dropPartitionsBefore(db: Db, parent: Partitioned, before: Date): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select child.relname as name from pg_inherits
    join pg_class as child on child.oid = inhrelid
    where inhparent = ${parent}::regclass order by name`.execute(db)
  const dropped: string[] = []
  for (const { name } of rows) {
    const [, year, month] = /_(\d{4})_(\d\d)$/.exec(name) ?? []
    if (!year || Date.UTC(Number(year), Number(month), 1) > before.getTime()) continue
    await betweenOthers(() => sql`select drop_month(${name})`.execute(db), aMoment)
    dropped.push(name)
  }
  return dropped
}

/** By a function that runs with the rights of the owner (functions/make-month.sql). */
async function ensureMonth(db: Db, parent: Partitioned, month: Date): Promise<string | undefined> {
  const startsOn = month.toISOString().slice(0, 10)
  const { rows } = await sql<{ made: string | null }>`
    select make_month(${parent}, ${startsOn}::date) as made`.execute(db)
  return rows[0]!.made ?? undefined
}
