import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Db } from './connection.ts'

const archiveLock = 7_305_406
// No statement may take as long as a day of the log takes, so whoever waits asks again.
const askEveryMs = 250

/**
 * Does work on the archive of the request log while nobody else does. The transaction reads nothing, so that however long the
 * work takes it keeps no row from being cleaned away.
 */
export function holdRequestArchive<T>(db: Db, work: () => Promise<T>): Promise<T> {
  return db.transaction().execute(async (tx) => {
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx)
    for (;;) {
      const { rows } = await sql<{ is: boolean }>`
        select pg_try_advisory_xact_lock(${archiveLock}) as is`.execute(tx)
      if (rows[0]!.is) return work()
      await sleep(askEveryMs)
    }
  })
}
