import { type Kysely, sql } from 'kysely'

/**
 * Whose turn a chore is, and why a worker takes no batches. Both stand in Postgres, which every chore needs and which
 * every worker can reach that stores anything: a schedule in Redis was gone with its memory.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table chore_turns (name text primary key, taken_at timestamptz not null)`.execute(db)
  await sql`alter table workers add column idle_because text`.execute(db)
}
