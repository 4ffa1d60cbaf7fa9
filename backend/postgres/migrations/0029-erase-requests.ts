import { type Kysely, sql } from 'kysely'

/** Who asked by the public form to be forgotten. What names the phone is gone once an operator has decided. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table erase_requests (
      id uuid primary key,
      phone_key bytea unique,
      last_digits text,
      language text not null,
      asked_at timestamptz not null default now(),
      decided_at timestamptz,
      decided_by text,
      decision text,
      reason text
    )`.execute(db)
  await sql`create index erase_requests_order on erase_requests (decided_at desc nulls first, asked_at)`.execute(
    db,
  )
}
