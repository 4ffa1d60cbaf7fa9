import { type Kysely, sql } from 'kysely'

/** What a lead carries beside its phone and attribution. Leads that were stored before know nothing of it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table leads add column language text, add column consent text, add column suspect text[]`.execute(
    db,
  )
}
