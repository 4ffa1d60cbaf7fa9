import { sql } from 'kysely'
import type { Installation } from '../leads/installation.ts'
import type { Db, DbOrTransaction } from './connection.ts'

/** Gives a database its id, where it has none. */
export async function ensureInstallation(db: DbOrTransaction): Promise<void> {
  await sql`insert into installation default values on conflict do nothing`.execute(db)
}

// The schema is of an earlier version, or another user's migration did not give ours the rights.
const cannotTell = ['42P01', '42501', '42703']

/** Who we are. Undefined where the schema is too early to tell; rejects while Postgres is away. */
export async function readInstallation(db: Db): Promise<Installation | undefined> {
  try {
    const { rows } = await sql<{ id: string; high_water_ms: string; redis_shards: number | null }>`
      select id, high_water_ms, redis_shards from installation`.execute(db)
    const row = rows[0]
    return (
      row && {
        id: row.id,
        highWaterMs: Number(row.high_water_ms),
        ...(row.redis_shards !== null && { redisShards: row.redis_shards }),
      }
    )
  } catch (error) {
    if (cannotTell.includes(String((error as { code?: unknown }).code))) return undefined
    throw error
  }
}

/** Notes into how many shards phones are divided, where nothing is noted yet, or in place of what is. */
export async function noteShards(db: Db, shards: number, how: 'if none' | 'anew'): Promise<void> {
  await sql`
    update installation set redis_shards = ${shards} where ${how === 'anew'} or redis_shards is null`.execute(
    db,
  )
}

/**
 * Raises the high-water mark, and resolves with it. Undefined where it is lower than it was known to be: the database was
 * put back meanwhile.
 */
export async function raiseHighWater(db: Db, knownMs: number): Promise<number | undefined> {
  const { rows } = await sql<{ high_water_ms: string }>`
    update installation
    set high_water_ms = greatest(high_water_ms + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint)
    where high_water_ms >= ${knownMs} returning high_water_ms`.execute(db)
  return rows[0] && Number(rows[0].high_water_ms)
}
