import { type Kysely, sql } from 'kysely'

/**
 * Exports whose file is kept in a bucket for a while: who is at it, how far it is, and until when it can be fetched. `attempt`
 * counts those who have begun it; what another than the last has written is of no file.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table lead_exports
      add column kept boolean not null default false, add column attempt int not null default 0,
      add column went_on_at timestamptz, add column written bigint not null default 0, add column total bigint,
      add column parts int, add column expires_at timestamptz,
      add column ended text check (ended in ('expired', 'erased'))`.execute(db)
  await sql`create index lead_exports_kept on lead_exports (asked_at) where kept and ended is null`.execute(
    db,
  )
}
