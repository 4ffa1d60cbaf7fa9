import { sql } from 'kysely'
import type { Db, DbOrTransaction } from './connection.ts'
import { holdIndex, keyStart } from './lead-index.ts'

// So few that whoever works on a lead, or stores one, does not wait for them.
const leadsAtOnce = 500

/**
 * Forgets leads that came before a moment, with all that operators and deliveries have of them, the oldest first. Resolves with
 * how many. `pause` comes between two pages, and rejects when it is time to stop.
 */
export async function pruneLeads(db: Db, before: Date, pause: () => Promise<void>): Promise<number> {
  let gone = 0
  for (;;) {
    const count = await pruneSome(db, before)
    gone += count
    if (count < leadsAtOnce) break
    await pause()
  }
  await sql`delete from lead_quarantine where accepted_at < ${before}`.execute(db)
  return gone
}

const pruneSome = (db: Db, before: Date): Promise<number> =>
  db.transaction().execute(async (tx) => {
    await holdIndex(tx)
    return deleteSome(tx, before)
  })

async function deleteSome(tx: DbOrTransaction, before: Date): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with old as materialized (
      select id, accepted_at, ${keyStart('phone_key')} as key_start from leads where accepted_at < ${before}
      order by accepted_at limit ${leadsAtOnce} for update
    ),
    indexed as (
      delete from lead_index using old where lead_id = old.id and lead_index.key_start = old.key_start
    ),
    notes as (delete from lead_notes using old where lead_id = old.id),
    work as (delete from lead_work using old where lead_id = old.id),
    attempts as (delete from delivery_attempts using old where lead_id = old.id),
    made as (
      delete from deliveries using old, delivery_endpoints as endpoint
      where endpoint_id = endpoint.id and lead_id = old.id
    ),
    gone as (delete from leads using old where leads.id = old.id and leads.accepted_at = old.accepted_at)
    select count(*)::int as count from old`.execute(tx)
  return rows[0]!.count
}
