import { sql } from 'kysely'
import type { Db } from './connection.ts'

/** Says that a worker is alive now. */
export async function beat(db: Db, workerId: string): Promise<void> {
  await sql`
    insert into workers (id, beat_at) values (${workerId}, now())
    on conflict (id) do update set beat_at = excluded.beat_at`.execute(db)
}

/** A worker that leaves on purpose takes its heartbeat with it. */
export async function leave(db: Db, workerId: string): Promise<void> {
  await db.deleteFrom('workers').where('id', '=', workerId).execute()
}

/** How many workers have been heard of within `withinMs`. */
export async function countWorkers(db: Db, withinMs: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from workers
    where beat_at > now() - make_interval(secs => ${withinMs / 1000}::float8)`.execute(db)
  return rows[0]!.count
}

export async function pruneWorkers(db: Db): Promise<void> {
  await sql`delete from workers where beat_at < now() - interval '1 day'`.execute(db)
}

/** Resolves when Postgres answers. */
export async function pingPostgres(db: Db): Promise<void> {
  await sql`select 1`.execute(db)
}
