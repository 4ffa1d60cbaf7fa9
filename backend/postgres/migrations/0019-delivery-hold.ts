import { type Kysely, sql } from 'kysely'

/** Since when nothing is sent, because the database was put back and what waits may have been sent before. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table installation add column deliveries_held_at timestamptz`.execute(db)
}
