import { sql } from 'kysely'
import type { Db } from './connection.ts'

/**
 * Turns at the chores of all workers, by the clock of Postgres: whose own is wrong does nothing too early, and a turn that
 * lies in the future was taken by a clock that has been put right.
 */
export function createChoreTurns(db: Db) {
  return {
    async take(name: string, everyMs: number): Promise<boolean> {
      // Whoever waited for another to take it began before: by their `now()` that turn would lie in the future.
      const { rows } = await sql`
        insert into chore_turns as turn (name, taken_at) values (${name}, now())
        on conflict (name) do update set taken_at = excluded.taken_at
        where turn.taken_at <= now() - make_interval(secs => ${everyMs / 1000}::float8) or turn.taken_at > clock_timestamp()
        returning name`.execute(db)
      return rows.length > 0
    },
    async giveBack(name: string, times: Readonly<{ everyMs: number; pauseMs: number }>): Promise<void> {
      await sql`
        update chore_turns
        set taken_at = now() - make_interval(secs => ${(times.everyMs - times.pauseMs) / 1000}::float8)
        where name = ${name}`.execute(db)
    },
    /** Those that were done lately may be of a later version, whose worker runs beside this one. */
    async forgetOthers(names: readonly string[]): Promise<void> {
      await sql`
        delete from chore_turns
        where name <> all(${[...names]}::text[]) and taken_at < now() - interval '7 days'`.execute(db)
    },
  }
}
