import { type Kysely, sql } from 'kysely'

/**
 * What operators were last told is wrong with an endpoint, until they are told that it is well again; and when somebody had
 * the turn to send to it, for what came before that and still waits is too much for one request.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table delivery_endpoints add column incident text,
      add column turned_at timestamptz not null default '-infinity'`.execute(db)
}
