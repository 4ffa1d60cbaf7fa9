import { type Kysely, sql } from 'kysely'

/**
 * What operators change while Landfast runs, under one version number; the keys that let them; and which variant each
 * visitor was given first.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table live_version (
      only_row boolean primary key default true check (only_row),
      version bigint not null
    )`.execute(db)
  await sql`insert into live_version (version) values (0)`.execute(db)
  await sql`
    create table flags (
      key text primary key,
      value jsonb not null,
      rollout_percent float8 not null,
      killed boolean not null,
      changed_at timestamptz not null default now(),
      changed_by text not null
    )`.execute(db)
  await sql`
    create table experiments (
      key text primary key,
      variants jsonb not null,
      salt text not null,
      running boolean not null,
      changed_at timestamptz not null default now(),
      changed_by text not null
    )`.execute(db)
  await sql`
    create table operator_keys (
      id text primary key,
      key_hash bytea not null,
      name text not null,
      created_at timestamptz not null default now(),
      revoked_at timestamptz
    )`.execute(db)
  await sql`
    create table assignments (
      visitor_id text not null,
      experiment text not null,
      variant text not null,
      assigned_at timestamptz not null default now(),
      primary key (visitor_id, experiment)
    )`.execute(db)
}
