import { sql } from 'kysely'
import type { Db } from './connection.ts'

/** The time by the clock of Postgres, in milliseconds since 1970. */
export async function clockOfPostgres(db: Db): Promise<number> {
  const { rows } = await sql<{ ms: number }>`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`.execute(db)
  return rows[0]!.ms
}
