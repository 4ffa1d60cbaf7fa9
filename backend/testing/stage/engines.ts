import { afterAll } from 'bun:test'
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { createLog } from '../../log.ts'
import { connectPostgres, type Db } from '../../postgres/connection.ts'
import { migrate } from '../../postgres/migrate.ts'
import { ensurePartitions } from '../../postgres/partitions.ts'
import { isPooled, startPooler } from './pooler.ts'
import { redisAdmin } from './redis-admin.ts'

/** A log that only speaks of what should never happen. */
export const quietLog = createLog({ level: 'error', process: 'test' })

/** An address that the test runner gives; a test of an engine cannot pass without it. */
export function addressOf(name: 'DATABASE_URL' | 'REDIS_URL' | 'MONGO_URL' | 'S3_ENDPOINT'): string {
  const address = process.env[name]
  if (!address) throw new Error(`${name} is not set: run engine tests with \`bun run test\``)
  return address
}

// What owners of a server set for reasons of their own; nothing of it may change what we read and keep.
const habits = {
  datestyle: 'SQL, DMY',
  intervalstyle: 'sql_standard',
  timezone: 'Asia/Tehran',
  extra_float_digits: '-15',
  bytea_output: 'escape',
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  transform_null_equals: 'on',
  default_transaction_isolation: 'serializable',
  synchronous_commit: 'off',
}

/** A migrated database of this file's own, with habits of its owner, dropped when its tests are done. */
export async function freshDatabase(): Promise<{ url: string; db: Db }> {
  const { url, db } = await emptyDatabase()
  await migrate(db)
  await ensurePartitions(db)
  return { url, db }
}

/** The same with nothing in it. */
export async function emptyDatabase(): Promise<{ url: string; db: Db }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const server = connect(addressOf('DATABASE_URL'))
  await sql`create database ${sql.table(name)}`.execute(server)
  // A pooler gives each transaction another session, and only the users of API and worker begin theirs as we mean it.
  for (const [setting, value] of Object.entries(isPooled ? {} : habits))
    await sql`alter database ${sql.table(name)} set ${sql.ref(setting)} = ${sql.lit(value)}`.execute(server)
  const address = new URL(addressOf('DATABASE_URL'))
  address.pathname = `/${name}`
  const pooler = isPooled ? await startPooler([address.href]) : undefined
  const url = pooler?.through(address.href) ?? address.href
  const db = connect(url)
  afterAll(async () => {
    await db.destroy()
    await pooler?.stop()
    await sql`drop database ${sql.table(name)} with (force)`.execute(server)
    await server.destroy()
  })
  return { url, db }
}

/** A numbered database of the test Redis, emptied: each file that needs one takes a number of its own. */
export async function freshRedis(number: number): Promise<string> {
  const address = new URL(addressOf('REDIS_URL'))
  address.pathname = `/${number}`
  const redis = redisAdmin(address.href)
  await redis.flushdb()
  redis.disconnect()
  return address.href
}

function connect(url: string): Db {
  return connectPostgres({ url, poolMax: 5, applicationName: 'landfast-test', log: quietLog })
}
