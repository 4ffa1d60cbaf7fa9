import { sql } from 'kysely'
import { type QueueState, quarantinedListed } from '../desk/queue.ts'
import type { Db } from './connection.ts'

// One that was not heard of for so long has gone.
const workersOfS = 60

/** What of the queue stands in Postgres: what could not be stored, and who stores. */
export async function readQueueInPostgres(db: Db): Promise<Pick<QueueState, 'quarantined' | 'workers'>> {
  const [{ rows: counts }, { rows: latest }, { rows: workers }] = await Promise.all([
    sql<{ count: number }>`select count(*)::int as count from lead_quarantine`.execute(db),
    sql<QueueState['quarantined']['latest'][number]>`
      select id, accepted_at as "acceptedAt", quarantined_at as at, reason from lead_quarantine
      order by quarantined_at desc limit ${quarantinedListed}`.execute(db),
    sql<{ id: string; heardS: number; because: string | null }>`
      select id, greatest(0, extract(epoch from now() - beat_at))::float8 as "heardS", idle_because as because
      from workers where beat_at > now() - make_interval(secs => ${workersOfS}) order by id`.execute(db),
  ])
  return {
    quarantined: { count: counts[0]!.count, latest },
    workers: workers.map(({ id, heardS, because }) => ({
      ...{ id, heardS: Math.round(heardS) },
      ...(because !== null && { idleBecause: because }),
    })),
  }
}
