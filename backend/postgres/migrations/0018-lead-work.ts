import { type Kysely, sql } from 'kysely'

/**
 * What operators make of leads, beside the leads: the line writes nothing here, so it costs no submission anything. A lead
 * without a row is one that nobody has worked on.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table lead_work (
      lead_id uuid primary key,
      accepted_at timestamptz not null,
      state text not null default 'new',
      owner_id uuid,
      taken_at timestamptz,
      first_called_at timestamptz,
      changed_at timestamptz not null default now()
    )`.execute(db)
  await sql`create index lead_work_state on lead_work (state, accepted_at desc, lead_id desc)`.execute(db)
  await sql`create index lead_work_owner on lead_work (owner_id, accepted_at desc, lead_id desc)`.execute(db)
  await sql`
    create table lead_notes (
      id uuid primary key,
      lead_id uuid not null,
      by_id text not null,
      by_name text not null,
      at timestamptz not null default now(),
      text text not null
    )`.execute(db)
  await sql`create index lead_notes_lead on lead_notes (lead_id, at)`.execute(db)
}
