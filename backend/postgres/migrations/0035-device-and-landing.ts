import { type Kysely, sql } from 'kysely'

/**
 * What a visitor came with, and to which page: of a lead, of a visit and, by device, of those who were shown a variant. What was
 * stored before has neither.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table leads add column device text, add column landing text`.execute(db)
  await sql`alter table events add column device text, add column own_page boolean`.execute(db)
  await sql`
    create table exposure_counts (
      grain text not null check (grain in ('quarter', 'day')),
      starts_at timestamptz not null,
      experiment text not null,
      variant text not null,
      device text not null,
      visitors bigint not null,
      primary key (grain, experiment, starts_at, variant, device)
    ) with (fillfactor = 50)`.execute(db)
}
