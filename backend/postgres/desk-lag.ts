import { sql } from 'kysely'
import type { Db } from './connection.ts'

/** How far the desk is behind what was stored. */
export type DeskLag = Readonly<{
  /** Leads that wait to be indexed, or to be indexed anew. */
  unindexed: number
  /** How long the oldest of what has still to be counted by its source has waited. */
  oldestUncountedS: number
}>

// More than that is far too much already, and is not worth reading every quarter of a minute.
const batchesLookedAt = 5_000

export async function deskLag(db: Db): Promise<DeskLag> {
  const { rows } = await sql<DeskLag>`
    select
      (select coalesce(sum(cardinality(lead_ids)), 0)::int
       from (select lead_ids from leads_to_index order by id limit ${batchesLookedAt}) as oldest) as unindexed,
      coalesce((select extract(epoch from now() - written_at)::float8 from uncounted order by id limit 1), 0)
        as "oldestUncountedS"`.execute(db)
  return rows[0]!
}
