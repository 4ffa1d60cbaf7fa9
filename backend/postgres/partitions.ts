import { sql } from 'kysely'
import type { Db } from './connection.ts'

// Any number that nothing else in this database locks on.
const partitionLock = 7_305_401

/** Tables by month of `accepted_at`, each with a default partition. */
const partitioned = ['leads', 'events'] as const
type Partitioned = (typeof partitioned)[number]

/**
 * Makes the month partitions of leads and events from this month to `monthsAhead` later. Rows of such a month that
 * already fell into the default partition move to the new one. Returns the partitions it made.
 */
export async function ensurePartitions(db: Db, now: Date, monthsAhead = 2): Promise<string[]> {
  const made: string[] = []
  for (const parent of partitioned)
    for (let ahead = 0; ahead <= monthsAhead; ahead++) {
      const name = await ensureMonth(db, parent, now.getUTCFullYear(), now.getUTCMonth() + ahead)
      if (name) made.push(name)
    }
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
    await sql`drop table if exists ${sql.table(name)}`.execute(db)
    dropped.push(name)
  }
  return dropped
}

async function ensureMonth(
  db: Db,
  parent: Partitioned,
  year: number,
  month: number,
): Promise<string | undefined> {
  const from = new Date(Date.UTC(year, month, 1))
  const to = new Date(Date.UTC(year, month + 1, 1))
  const name = `${parent}_${from.getUTCFullYear()}_${String(from.getUTCMonth() + 1).padStart(2, '0')}`
  const [whole, net] = [sql.table(parent), sql.table(`${parent}_default`)]
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${partitionLock})`.execute(tx)
    const { rows } = await sql<{ there: boolean }>`select to_regclass(${name}) is not null as there`.execute(
      tx,
    )
    if (rows[0]!.there) return undefined
    const table = sql.table(name)
    await sql`create table ${table} (like ${whole} including all)`.execute(tx)
    // No row may land in the default partition between the move and the attach.
    await sql`lock table ${whole} in share row exclusive mode`.execute(tx)
    await sql`
      with moved as (
        delete from ${net} where accepted_at >= ${from} and accepted_at < ${to} returning *
      ) insert into ${table} select * from moved`.execute(tx)
    await sql`
      alter table ${whole} attach partition ${table}
      for values from (${sql.lit(from.toISOString())}) to (${sql.lit(to.toISOString())})`.execute(tx)
    return name
  })
}
