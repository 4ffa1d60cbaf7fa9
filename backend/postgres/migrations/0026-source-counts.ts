import { type Kysely, sql } from 'kysely'

/**
 * What visits and leads are counted by, such as their source, and what has still to be counted: one row a batch, written in the
 * transaction that stores or changes it and deleted in the one that counts it. What was stored before `since` is in no such
 * row and is counted page by page, up to `leads_to` and `events_to`; where there is nothing yet, there is nothing of before.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table uncounted (
      id bigint generated always as identity primary key,
      what text not null,
      was text,
      ids uuid[] not null,
      written_at timestamptz not null default now()
    )`.execute(db)
  await sql`
    create table source_counts (
      grain text not null check (grain in ('quarter', 'day')),
      dimension text not null,
      starts_at timestamptz not null,
      value text not null,
      visits bigint not null,
      leads bigint not null,
      suspects bigint not null,
      duplicates bigint not null,
      corrected bigint not null,
      called bigint not null,
      called_soon bigint not null,
      primary key (grain, dimension, starts_at, value)
    ) with (fillfactor = 50)`.execute(db)
  await sql`
    create table source_waits (
      grain text not null check (grain in ('quarter', 'day')),
      dimension text not null,
      starts_at timestamptz not null,
      value text not null,
      buckets bigint[] not null,
      primary key (grain, dimension, starts_at, value)
    ) with (fillfactor = 50)`.execute(db)
  await sql`
    create table source_values (
      dimension text not null,
      value text not null,
      met_at timestamptz not null default now(),
      primary key (dimension, value)
    )`.execute(db)
  await sql`
    create table source_progress (
      one boolean primary key default true check (one),
      since timestamptz,
      leads_to uuid not null default '00000000-0000-0000-0000-000000000000',
      events_to uuid not null default '00000000-0000-0000-0000-000000000000',
      counted_at timestamptz
    )`.execute(db)
  const last = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
  await sql`
    insert into source_progress (since, leads_to, events_to)
    select '-infinity', ${last}::uuid, ${last}::uuid
    where not exists (select from leads) and not exists (select from events)`.execute(db)
  await sql`insert into source_progress default values on conflict do nothing`.execute(db)
}
