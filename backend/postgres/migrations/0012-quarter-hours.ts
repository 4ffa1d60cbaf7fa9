import { type Kysely, sql } from 'kysely'

/** A version that runs beside this one goes on counting by the hour, so both may stand here. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of ['event_counts', 'event_vitals']) {
    const name = sql.ref(`${table}_grain_check`)
    await sql`
      alter table ${sql.table(table)} drop constraint ${name},
      add constraint ${name} check (grain in ('quarter', 'hour', 'day'))`.execute(db)
  }
}
