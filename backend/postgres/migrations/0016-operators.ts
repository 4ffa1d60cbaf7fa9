import { type Kysely, sql } from 'kysely'

/**
 * Who may sign in, with what they are signed in, whom they have invited, and who did what. Of passwords, sessions, links and
 * keys only hashes are kept.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table operators (
      id uuid primary key,
      email text not null unique,
      name text not null,
      role text not null,
      password_hash text not null,
      created_at timestamptz not null default now(),
      disabled_at timestamptz
    )`.execute(db)
  await sql`
    create table operator_sessions (
      id uuid primary key,
      token_hash bytea not null unique,
      operator_id uuid not null references operators on delete cascade,
      begun_at timestamptz not null,
      seen_at timestamptz not null,
      confirmed_at timestamptz not null,
      client text not null,
      agent text not null
    )`.execute(db)
  await sql`create index operator_sessions_operator on operator_sessions (operator_id)`.execute(db)
  await sql`
    create table operator_invites (
      id uuid primary key,
      token_hash bytea not null unique,
      role text not null,
      email text,
      operator_id uuid references operators on delete cascade,
      expires_at timestamptz not null,
      used_at timestamptz
    )`.execute(db)
  await sql`
    create table audit_log (
      id bigint generated always as identity primary key,
      at timestamptz not null default now(),
      actor_kind text not null,
      actor_id text not null,
      actor_name text not null,
      action text not null,
      subject text not null,
      before jsonb,
      after jsonb
    )`.execute(db)
  await sql`create index audit_log_subject on audit_log (subject, id) where subject <> ''`.execute(db)
  await sql`create index audit_log_actor on audit_log (actor_id, id) where actor_id <> ''`.execute(db)
  await sql`create index audit_log_action on audit_log (action, id)`.execute(db)
  await sql`create index audit_log_at on audit_log (at)`.execute(db)
  // Without rights of its own a key has those that every key had until now.
  await sql`
    alter table operator_keys add column rights text[], add column expires_at timestamptz,
      add column last_used_at timestamptz`.execute(db)
}
