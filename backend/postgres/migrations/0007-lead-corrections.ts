import { type Kysely, sql } from 'kysely'

/**
 * A lead whose visitor has corrected their number names the lead that took its place: it is kept, and counts nowhere.
 * What is to be corrected is noted until its lead is stored and its claim given up.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table leads add column corrected_by uuid`.execute(db)
  await sql`
    create table lead_corrections (
      phone_key bytea not null,
      idempotency_key bytea not null,
      corrected_by uuid not null,
      noted_at timestamptz not null default now(),
      lead_id uuid,
      primary key (phone_key, idempotency_key)
    )`.execute(db)
}
