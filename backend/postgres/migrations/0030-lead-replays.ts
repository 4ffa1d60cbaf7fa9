import { type Kysely, sql } from 'kysely'

/** Who wanted what could not be stored to be stored again: one lead, or all; and what came of it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table lead_replays (
      id uuid primary key,
      lead_id uuid,
      asked_at timestamptz not null default now(),
      asked_by jsonb not null,
      replayed jsonb,
      finished_at timestamptz
    )`.execute(db)
  await sql`
    create unique index lead_replays_open on lead_replays (coalesce(lead_id, '00000000-0000-0000-0000-000000000000'))
    where finished_at is null`.execute(db)
}
