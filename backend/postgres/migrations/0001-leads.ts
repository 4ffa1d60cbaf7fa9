import { type Kysely, sql } from 'kysely'

/**
 * Leads by month, the claims that decide which lead is first, what could not be stored, and the workers' heartbeats.
 * A unique key of a partitioned table must hold the partition key, so "one lead per phone" needs `lead_claims`.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table leads (
      id uuid not null,
      accepted_at timestamptz not null,
      stored_at timestamptz not null default now(),
      phone text not null check (phone ~ '^\\+?[0-9]{10,15}$'),
      phone_key bytea not null,
      duplicate_of uuid,
      state text not null default 'new',
      attribution jsonb,
      variant text,
      primary key (id, accepted_at)
    ) partition by range (accepted_at)`.execute(db)
  await sql`create index leads_accepted_at on leads (accepted_at desc)`.execute(db)
  await sql`create table leads_default partition of leads default`.execute(db)

  await sql`
    create table lead_claims (
      phone_key bytea primary key,
      lead_id uuid not null,
      accepted_at timestamptz not null,
      idempotency_key bytea,
      direct boolean not null
    ) with (fillfactor = 85)`.execute(db)
  // Claims taken without Redis: the ones it has to be told of before it may answer again.
  await sql`create index lead_claims_direct on lead_claims (accepted_at) where direct`.execute(db)

  await sql`
    create table lead_quarantine (
      id uuid primary key,
      accepted_at timestamptz not null,
      quarantined_at timestamptz not null default now(),
      reason text not null,
      payload bytea not null
    )`.execute(db)

  await sql`create unlogged table workers (id text primary key, beat_at timestamptz not null)`.execute(db)
}
