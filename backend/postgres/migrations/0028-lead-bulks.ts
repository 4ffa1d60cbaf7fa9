import { type Kysely, sql } from 'kysely'

/**
 * Changes of many leads at once, and what each of these leads was. A lead that was given to somebody, and not taken by
 * them, stays theirs: `assigned_at`.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table lead_work add column assigned_at timestamptz`.execute(db)
  await sql`
    create table lead_bulks (
      id uuid primary key,
      by jsonb not null,
      undone_by jsonb,
      asked_at timestamptz not null default now(),
      change jsonb not null,
      shown jsonb,
      status text not null default 'running',
      total int not null,
      reached uuid,
      went_on_at timestamptz not null default now(),
      finished_at timestamptz
    )`.execute(db)
  await sql`create index lead_bulks_asked_at on lead_bulks (asked_at)`.execute(db)
  await sql`create index lead_bulks_open on lead_bulks (went_on_at) where finished_at is null`.execute(db)
  await sql`
    create table lead_bulk_leads (
      bulk_id uuid not null references lead_bulks on delete cascade,
      lead_id uuid not null,
      accepted_at timestamptz not null,
      was_state text not null,
      was_owner uuid,
      outcome text,
      before jsonb,
      changed_at timestamptz,
      undone_at timestamptz,
      primary key (bulk_id, lead_id)
    )`.execute(db)
  await sql`create index lead_bulk_leads_lead on lead_bulk_leads (lead_id)`.execute(db)
}
