import { type Kysely, sql } from 'kysely'

/**
 * What becomes of leads after they are stored and whoever was told of them is to know: one row a lead, written in the transaction
 * that changes it. `told` is what no row says any more, `change` counts the updates of one lead, and `knows` says which
 * events a worker understands: one of the version before would tell others of them in its own way, or drop them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table delivery_events (
      id bigint generated always as identity primary key,
      event text not null,
      lead_id uuid not null,
      told jsonb,
      endpoint_ids uuid[] not null,
      written_at timestamptz not null default now()
    )`.execute(db)
  await sql`alter table deliveries add column told jsonb, add column change int not null default 0`.execute(
    db,
  )
  await sql`alter table workers add column knows int not null default 0`.execute(db)
}
