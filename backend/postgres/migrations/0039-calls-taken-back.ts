import { type Kysely, sql } from 'kysely'

/** When a first call was made that has still to be counted, or to be taken back: by then it may stand nowhere else. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table uncounted add column called_at timestamptz`.execute(db)
}
