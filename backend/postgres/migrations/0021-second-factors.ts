import { type Kysely, sql } from 'kysely'

/** The second factor of an operator, sealed, the last of its codes that was used, and hashes of the codes for the day it is lost. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table operator_factors (
      operator_id uuid primary key references operators on delete cascade,
      sealed bytea not null,
      last_step bigint not null,
      since timestamptz not null default now()
    )`.execute(db)
  await sql`
    create table operator_recovery_codes (
      operator_id uuid not null references operator_factors on delete cascade,
      code_hash bytea not null,
      primary key (operator_id, code_hash)
    )`.execute(db)
  await sql`alter table operator_invites add column resets_factor boolean not null default false`.execute(db)
}
