import { type Kysely, sql } from 'kysely'

/** Who called a lead first, which whoever it was given to need not have been; null of what was called before, or by no operator. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table lead_work add column first_called_by uuid`.execute(db)
}
