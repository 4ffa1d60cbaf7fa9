import { type Kysely, sql } from 'kysely'

/** Who has taken which leads away, in what file: a row is the receipt of it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table lead_exports (
      id uuid primary key,
      by jsonb not null,
      asked_at timestamptz not null default now(),
      format text not null,
      filter jsonb not null,
      snapshot_at timestamptz,
      rows bigint,
      bytes bigint,
      sha256 bytea,
      finished_at timestamptz
    )`.execute(db)
  await sql`create index lead_exports_asked_at on lead_exports (asked_at)`.execute(db)
}
