import { type Kysely, sql } from 'kysely'

/**
 * Events by month, and what is counted of them while they are stored, by the hour and by the day: so that results cost
 * the same however many events there are.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table events (
      id uuid not null,
      accepted_at timestamptz not null,
      visitor_id text not null,
      word text not null,
      event_type text not null,
      value float8,
      bot boolean not null,
      attribution jsonb,
      url text,
      primary key (id, accepted_at)
    ) partition by range (accepted_at)`.execute(db)
  await sql`create table events_default partition of events default`.execute(db)

  // Hot rows: space beside each lets an update stay on its page and touch no index.
  await sql`
    create table event_counts (
      grain text not null check (grain in ('hour', 'day')),
      starts_at timestamptz not null,
      experiment text not null,
      variant text not null,
      event_type text not null,
      bot boolean not null,
      events bigint not null,
      visitors bigint not null,
      converted bigint not null,
      primary key (grain, starts_at, experiment, variant, event_type, bot)
    ) with (fillfactor = 50)`.execute(db)
  await sql`
    create table event_vitals (
      grain text not null check (grain in ('hour', 'day')),
      starts_at timestamptz not null,
      experiment text not null,
      variant text not null,
      event_type text not null,
      buckets bigint[] not null,
      primary key (grain, starts_at, experiment, variant, event_type)
    ) with (fillfactor = 50)`.execute(db)

  // Of experiment, type and visitor only a hash: a few bytes for each of many millions, and nobody can be read from it.
  await sql`create table event_firsts (key bigint primary key, seen_on date not null)`.execute(db)
  await sql`create index event_firsts_seen_on on event_firsts using brin (seen_on)`.execute(db)

  // Of variant and visitor, likewise a hash: who was shown it, and who of them submitted the form (postgres/events.ts).
  await sql`
    create table event_cohorts (
      key bigint primary key,
      at timestamptz not null,
      step smallint not null
    )`.execute(db)
  await sql`create index event_cohorts_at on event_cohorts using brin (at)`.execute(db)
}
