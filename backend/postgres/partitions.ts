import { sql } from 'kysely'
import type { Db } from './connection.ts'

// Any number that nothing else in this database locks on.
const partitionLock = 7_305_401

/**
 * Makes the month partitions of `leads` from this month to `monthsAhead` later. Rows of such a month that already
 * fell into the default partition move to the new one. Returns the partitions it made.
 */
export async function ensurePartitions(db: Db, now: Date, monthsAhead = 2): Promise<string[]> {
  const made: string[] = []
  for (let ahead = 0; ahead <= monthsAhead; ahead++) {
    const name = await ensureMonth(db, now.getUTCFullYear(), now.getUTCMonth() + ahead)
    if (name) made.push(name)
  }
  return made
}

/** How many leads wait in the default partition for their month to be made. */
export async function countInDefaultPartition(db: Db): Promise<number> {
  const { rows } = await sql<{ count: string }>`select count(*) as count from leads_default`.execute(db)
  return Number(rows[0]!.count)
}

async function ensureMonth(db: Db, year: number, month: number): Promise<string | undefined> {
  const from = new Date(Date.UTC(year, month, 1))
  const to = new Date(Date.UTC(year, month + 1, 1))
  const name = `leads_${from.getUTCFullYear()}_${String(from.getUTCMonth() + 1).padStart(2, '0')}`
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${partitionLock})`.execute(tx)
    const { rows } = await sql<{ there: boolean }>`select to_regclass(${name}) is not null as there`.execute(
      tx,
    )
    if (rows[0]!.there) return undefined
    const table = sql.table(name)
    await sql`create table ${table} (like leads including all)`.execute(tx)
    // No lead may land in the default partition between the move and the attach.
    await sql`lock table leads in share row exclusive mode`.execute(tx)
    await sql`
      with moved as (
        delete from leads_default where accepted_at >= ${from} and accepted_at < ${to} returning *
      ) insert into ${table} select * from moved`.execute(tx)
    await sql`
      alter table leads attach partition ${table}
      for values from (${sql.lit(from.toISOString())}) to (${sql.lit(to.toISOString())})`.execute(tx)
    return name
  })
}
