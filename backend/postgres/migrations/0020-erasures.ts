import { type Kysely, sql } from 'kysely'

/**
 * Who asked to be forgotten, each by the keyed hash of a phone: what was found where, and how far it has come. From `cutoff` on
 * nothing that this phone sent before is stored any more, whatever still carries it (`store_leads` looks here); so a row
 * stays for good, and is the receipt.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table erasures (
      id uuid primary key,
      phone_key bytea not null,
      asked_at timestamptz not null default now(),
      asked_by jsonb not null,
      found jsonb,
      cutoff timestamptz,
      lead_ids uuid[] not null default '{}',
      finished_at timestamptz
    )`.execute(db)
  await sql`create index erasures_phone_key on erasures (phone_key, cutoff)`.execute(db)
  await sql`create unique index erasures_open on erasures (phone_key) where finished_at is null`.execute(db)
}
