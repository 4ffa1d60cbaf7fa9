import { type Kysely, sql } from 'kysely'

/** Views of the leads under names, each of one operator or shared with all. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table lead_views (
      id uuid primary key,
      owner_id uuid not null,
      name text not null,
      parts jsonb not null,
      is_shared boolean not null default false,
      made_at timestamptz not null default now(),
      constraint lead_views_name unique (owner_id, name)
    )`.execute(db)
  await sql`create index lead_views_shared on lead_views (name) where is_shared`.execute(db)
}
