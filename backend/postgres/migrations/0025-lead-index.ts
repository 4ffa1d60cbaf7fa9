import { type Kysely, sql } from 'kysely'

/**
 * What leads are found by on the desk, in rows of their own and written after them: the transaction that stores a batch only
 * names its leads in `leads_to_index`. `lead_kinds` has each combination of what views are filtered by, of which there are
 * few; `key_start` is the beginning of a phone's key, `tail` its last eight digits, the last of them first. A duplicate has no kind:
 * no view shows it.
 *
 * `lead_index_sweep` has a row while leads are missing that were there before. It begins late enough that whoever stored leads
 * by a function that named none has ended.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table lead_kinds (
      id int generated always as identity primary key,
      mark uuid not null unique,
      state text not null,
      source text,
      campaign text,
      variant text,
      language text,
      suspect boolean not null
    )`.execute(db)
  await sql`
    create table lead_index (
      lead_id uuid not null,
      key_start bigint not null,
      tail int not null,
      kind int,
      primary key (key_start, lead_id)
    )`.execute(db)
  await sql`create index lead_index_kind on lead_index (kind, lead_id) where kind is not null`.execute(db)
  await sql`create index lead_index_tail on lead_index (tail) where kind is not null`.execute(db)
  await sql`
    create table leads_to_index (
      id bigint generated always as identity primary key,
      lead_ids uuid[] not null
    )`.execute(db)
  await sql`create table lead_index_sweep (begins_at timestamptz not null, done_to uuid not null)`.execute(db)
  await sql`
    insert into lead_index_sweep (begins_at, done_to)
    select now() + interval '2 minutes', '00000000-0000-0000-0000-000000000000'
    where exists (select from leads)`.execute(db)
}
