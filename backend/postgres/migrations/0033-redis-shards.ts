import { type Kysely, sql } from 'kysely'

/** Into how many shards phones are divided in Redis: whoever divides them otherwise would not find what waits. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table installation add column redis_shards smallint`.execute(db)
}
