import { type Kysely, sql } from 'kysely'

/** Kept exports that whoever asked for them has ended, and how often one could not be written so far. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table lead_exports
      add column failed int not null default 0, drop constraint lead_exports_ended_check,
      add constraint lead_exports_ended_check check (ended in ('expired', 'erased', 'cancelled'))`.execute(db)
}
