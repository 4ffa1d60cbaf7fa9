import { type Kysely, sql } from 'kysely'

/**
 * Who is told of leads, and what each is still to be told. `store_leads` writes one row a batch into `delivery_batches`, in
 * the transaction that stores the leads; a worker makes one delivery of it for each endpoint and lead, and whatever waits
 * for another try waits here.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table delivery_endpoints (
      id uuid primary key,
      name text not null unique,
      target text not null,
      sealed bytea not null,
      host text not null,
      wanted jsonb not null,
      concurrency int not null,
      per_second int,
      state text not null default 'on' check (state in ('on', 'paused', 'parked')),
      because text,
      since timestamptz not null default now(),
      created_at timestamptz not null default now()
    )`.execute(db)
  await sql`
    create table delivery_batches (
      id bigint generated always as identity primary key,
      event text not null,
      endpoint_ids uuid[] not null,
      lead_ids uuid[] not null,
      written_at timestamptz not null default now()
    )`.execute(db)
  // Random bits: to try to press them costs more than it saves.
  await sql`alter table delivery_batches alter column lead_ids set storage external`.execute(db)
  await sql`
    create table deliveries (
      endpoint_id uuid not null references delivery_endpoints on delete cascade,
      lead_id uuid not null,
      event text not null,
      state text not null default 'waiting' check (state in ('waiting', 'delivered', 'parked', 'withheld')),
      attempts int not null default 0,
      next_attempt_at timestamptz not null default now(),
      written_at timestamptz not null,
      settled_at timestamptz,
      because text,
      primary key (endpoint_id, lead_id, event)
    ) with (fillfactor = 80)`.execute(db)
  await sql`
    create index deliveries_waiting on deliveries (endpoint_id, next_attempt_at) where state = 'waiting'`.execute(
    db,
  )
  await sql`create index deliveries_parked on deliveries (endpoint_id) where state = 'parked'`.execute(db)
  await sql`create index deliveries_settled on deliveries (settled_at) where settled_at is not null`.execute(
    db,
  )
  await sql`
    create table delivery_attempts (
      endpoint_id uuid not null references delivery_endpoints on delete cascade,
      lead_id uuid not null,
      event text not null,
      attempt int not null,
      at timestamptz not null,
      took_ms int not null,
      outcome text not null,
      status int,
      because text,
      answer_hash bytea,
      answer text
    )`.execute(db)
  await sql`create index delivery_attempts_at on delivery_attempts (endpoint_id, at)`.execute(db)
  await sql`create index delivery_attempts_lead on delivery_attempts (lead_id)`.execute(db)
}
