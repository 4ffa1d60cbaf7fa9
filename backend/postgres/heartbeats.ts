import { sql } from 'kysely'
import type { Db } from './connection.ts'

/** Which events of leads this version can tell of; to be raised where another is added. */
export const eventsKnown = 3
// A worker that was not heard of for so long takes nothing any more.
const silentS = 15

/** Whether a worker of a version that knows fewer events runs: it would take them for something else. */
export const olderWorkerRuns = sql<boolean>`
  exists (select from workers where knows < ${eventsKnown} and beat_at > now() - make_interval(secs => ${silentS}))`

/** Says that a worker is alive now, and where it takes no batches, why. */
export async function beat(db: Db, workerId: string, idleBecause?: string): Promise<void> {
  await sql`
    insert into workers (id, beat_at, idle_because, knows)
    values (${workerId}, now(), ${idleBecause ?? null}, ${eventsKnown})
    on conflict (id) do update set beat_at = excluded.beat_at, idle_because = excluded.idle_because`.execute(
    db,
  )
}

/** A worker that leaves on purpose takes its heartbeat with it. */
export async function leave(db: Db, workerId: string): Promise<void> {
  await db.deleteFrom('workers').where('id', '=', workerId).execute()
}

/** The workers that have been heard of within `withinMs`: how many, how many of them take no batches, and why one of those does not. */
export type Workers = Readonly<{ alive: number; idle: number; idleBecause?: string }>

export async function workersHeardOf(db: Db, withinMs: number): Promise<Workers> {
  const { rows } = await sql<{ alive: number; idle: number; because: string | null }>`
    select count(*)::int as alive, count(idle_because)::int as idle, max(idle_because) as because from workers
    where beat_at > now() - make_interval(secs => ${withinMs / 1000}::float8)`.execute(db)
  const { alive, idle, because } = rows[0]!
  return { alive, idle, ...(because !== null && { idleBecause: because }) }
}

export async function pruneWorkers(db: Db): Promise<void> {
  await sql`delete from workers where beat_at < now() - interval '1 day'`.execute(db)
}
