import { setTimeout as sleep } from 'node:timers/promises'
import { sql, type Transaction } from 'kysely'
import type { Database, Db } from './connection.ts'

/** How often something is tried that somebody else's hold on a table is in the way of. */
export type Patience = Readonly<{
  attemptsMax: number
  /** Told once, when it takes longer than a moment. */
  onWait?(): void
}>

/** As long as a backup or a report may take, for who has nothing else to do. */
export const anHour: Patience = { attemptsMax: 3_600 }
/** For who comes again later. */
export const aMoment: Patience = { attemptsMax: 10 }

// Said once more in functions/make-month.sql and functions/drop-month.sql, which run without a transaction of ours.
const lockWaitMs = 200
const pauseMs = 800
const longAfter = 3

/**
 * Who waits for a table as a whole has everybody after them wait as well, leads among them. So nobody waits for long behind
 * somebody's backup or report: `work`, which gives up after a moment, is done again once those who came meanwhile have gone.
 */
export async function betweenOthers<T>(work: () => Promise<T>, patience: Patience): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!isInTheWay(error) || attempt >= patience.attemptsMax) throw error
      if (attempt === longAfter) patience.onWait?.()
      await sleep(pauseMs)
    }
  }
}

/** Does work in a transaction of its own in which nothing waits for a lock for long, and again where that was too short. */
export function withShortWaits<T>(
  db: Db,
  patience: Patience,
  work: (tx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  const once = () =>
    db.transaction().execute(async (tx) => {
      await sql`set local lock_timeout = ${sql.lit(lockWaitMs)}`.execute(tx)
      // The session may be one that visitors had before, behind a pooler.
      await sql`set local statement_timeout = 0`.execute(tx)
      return work(tx)
    })
  return betweenOthers(once, patience)
}

const lockNotAvailable = '55P03'
const deadlock = '40P01'

function isInTheWay(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  // The last is how the catalogue says that another has just changed the same.
  return code === lockNotAvailable || code === deadlock || /^tuple concurrently /.test(String(message))
}
