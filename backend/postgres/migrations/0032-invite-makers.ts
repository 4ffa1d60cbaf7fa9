import { type Kysely, sql } from 'kysely'

/** Which operator made a link: it ends when they may make none any more. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table operator_invites add column made_by uuid`.execute(db)
}
