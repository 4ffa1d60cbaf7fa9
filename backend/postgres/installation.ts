import { sql } from 'kysely'
import type { Installation } from '../leads/installation.ts'
import type { Db, DbOrTransaction } from './connection.ts'

/** Gives a database its id, where it has none. */
export async function ensureInstallation(db: DbOrTransaction): Promise<void> {
  await sql`insert into installation default values on conflict do nothing`.execute(db)
}

// The schema is of an earlier version, or another user's migration did not give ours the rights.
const cannotTell = ['42P01', '42501']

/** Who we are. Undefined where the schema is too early to tell; rejects while Postgres is away. */
export async function readInstallation(db: Db): Promise<Installation | undefined> {
  try {
    const { rows } = await sql<{ id: string }>`select id from installation`.execute(db)
    return rows[0]
  } catch (error) {
    if (cannotTell.includes(String((error as { code?: unknown }).code))) return undefined
    throw error
  }
}
