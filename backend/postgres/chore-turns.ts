import { sql } from 'kysely'
import type { Db } from './connection.ts'

/**
 * Takes the turn at a chore if it is due, so that of all workers one does it. By the clock of Postgres: whose own is
 * wrong does nothing too early, and a turn that lies in the future was taken by a clock that has been put right.
 */
export async function takeTurn(db: Db, name: string, everyMs: number): Promise<boolean> {
  const { rows } = await sql`
    insert into chore_turns as turn (name, taken_at) values (${name}, now())
    on conflict (name) do update set taken_at = excluded.taken_at
    where turn.taken_at <= now() - make_interval(secs => ${everyMs / 1000}::float8) or turn.taken_at > now()
    returning name`.execute(db)
  return rows.length > 0
}

/** Makes a chore due again after `pauseMs`, where it failed. */
export async function giveTurnBack(
  db: Db,
  name: string,
  times: Readonly<{ everyMs: number; pauseMs: number }>,
): Promise<void> {
  await sql`
    update chore_turns set taken_at = now() - make_interval(secs => ${(times.everyMs - times.pauseMs) / 1000}::float8)
    where name = ${name}`.execute(db)
}
