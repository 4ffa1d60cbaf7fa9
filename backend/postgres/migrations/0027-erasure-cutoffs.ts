import { type Kysely, sql } from 'kysely'

/** `store_leads` asks first whether anybody was erased since the oldest lead of a batch came. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index erasures_cutoff on erasures (cutoff)`.execute(db)
}
