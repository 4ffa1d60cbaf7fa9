import { type Kysely, sql } from 'kysely'

/** From when on somebody may send to an endpoint again whose receiver takes one request in a time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table delivery_endpoints add column turn_at timestamptz not null default '-infinity'`.execute(db)
}
