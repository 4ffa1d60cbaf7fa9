import { sql } from 'kysely'
import type { Db } from './connection.ts'
import { lockDeliveriesOf } from './delivery-events.ts'
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
  await sql`
    with old as (select id from lead_quarantine where accepted_at < ${before} for update skip locked)
    delete from lead_quarantine using old where lead_quarantine.id = old.id`.execute(db)
  return gone
}

// A lead that somebody works on is passed over until the next time.
const pruneSome = (db: Db, before: Date): Promise<number> =>
  db.transaction().execute(async (tx) => {
    await holdIndex(tx)
    const { rows } = await sql<{ id: string; accepted_at: Date }>`
      select id, accepted_at from leads where accepted_at < ${before}
      order by accepted_at, id limit ${leadsAtOnce} for update skip locked`.execute(tx)
    const ids = rows.map(({ id }) => id)
    await lockDeliveriesOf(tx, ids)
    const theirs = sql`lead_id = any(${ids}::uuid[])`
    await sql`delete from lead_notes where ${theirs}`.execute(tx)
    await sql`delete from lead_work where ${theirs}`.execute(tx)
    await sql`delete from lead_bulk_leads where ${theirs}`.execute(tx)
    await sql`delete from delivery_attempts where ${theirs}`.execute(tx)
    await sql`
      delete from deliveries using delivery_endpoints as endpoint
      where endpoint_id = endpoint.id and ${theirs}`.execute(tx)
    const times = rows.map((row) => row.accepted_at.toISOString())
    await sql`
      with gone as (
        delete from leads using unnest(${ids}::uuid[], ${times}::timestamptz[]) as given (id, accepted_at)
        where leads.id = given.id and leads.accepted_at = given.accepted_at
        returning leads.id, ${keyStart('phone_key')} as key_start
      )
      delete from lead_index using gone
      where lead_index.lead_id = gone.id and lead_index.key_start = gone.key_start`.execute(tx)
    return ids.length
  })
