import { expect, test } from 'bun:test'
import { randomBytes, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '../../postgres/connection.ts'
import { quietLog } from '../stage/engines.ts'
import { keptOnce, submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { lineSecret, startLine } from '../stage/line.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { ownServices } from '../stage/own-services.ts'
import { readyDatabase } from '../stage/ready-database.ts'
import { redisAdmin } from '../stage/redis-admin.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const admin = redisAdmin(services.env.REDIS_URL!)
atEnd(() => admin.disconnect())

type Other = Readonly<{ db: Db; env: Record<string, string> }>

/** Another installation, with a database and a key of its own, on the same Redis. */
async function anotherInstallation(): Promise<Other> {
  const name = `other_${randomUUID().replaceAll('-', '')}`
  await sql`create database ${sql.table(name)}`.execute(db)
  const env: Record<string, string> = { ...services.env, SECRET_KEY: randomBytes(32).toString('hex') }
  for (const address of ['DATABASE_URL', 'WORKER_DATABASE_URL', 'MIGRATE_DATABASE_URL']) {
    const url = new URL(env[address]!)
    url.pathname = `/${name}`
    env[address] = url.href
  }
  const own = await readyDatabase({ env }, { poolMax: 2, applicationName: 'other', log: quietLog })
  atEnd(() => own.destroy())
  return { db: own, env }
}

const rowsIn = async (of: Db) => {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from leads`.execute(of)
  return rows[0]!.count
}
const health = async (origin: string) => (await fetch(`${origin}/api/health`)).text()
const idOf = async (of: Db) =>
  (await sql<{ id: string }>`select id from installation`.execute(of)).rows[0]!.id

const other = await anotherInstallation()
const ours = { ...services.env, SECRET_KEY: lineSecret }

async function submit(origin: string, count: number): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => submitTo(origin, newPhone())))
  expect(answers.map(({ status }) => status)).toEqual(Array(count).fill(202))
  return answers.map(({ id }) => id!)
}

test('two installations on one Redis are kept apart: each keeps its leads and claims, and the second says why', async () => {
  const first = await startLine({ env: services.env })
  const second = await startLine({ env: other.env })
  try {
    await untilRedisPath(first.origin, 'open')
    const ids = await submit(first.origin, 40)
    const others = await submit(second.origin, 10)
    await until('the leads of the first are stored', async () => (await keptOnce(db, ids)) === 40)
    expect(await keptOnce(other.db, others)).toBe(10)
    expect(await rowsIn(other.db)).toBe(10)
    expect(await admin.get('landfast:installation')).toBe(await idOf(db))

    for (const said of [await health(second.origin), second.api.output(), second.worker.output()]) {
      expect(said).toContain('that of another installation')
      expect(said).toContain(await idOf(db))
      expect(said).toContain('stores:adopt')
    }
    const claims = await admin.keys('claim:*')
    expect(claims).toHaveLength(40)
    const compared = await operatorCommand(['leads.ts', 'reconcile'], { ...other.env })
    expect(compared).toMatchObject({ code: 1, out: '' })
    expect(compared.err).toStartWith('Nothing was changed: the Redis at REDIS_URL is that of another')
    expect(await operatorCommand(['db.ts', 'reset', '--yes'], other.env)).toMatchObject({ code: 1 })
    expect(await rowsIn(other.db)).toBe(10)
    expect(await admin.keys('claim:*')).toHaveLength(40)
  } finally {
    await second.stop()
    await first.stop()
  }
}, 90_000)

test('production refuses to start on the Redis of another installation, the API as the worker, in one sentence', async () => {
  const first = await startLine({ env: services.env })
  const production = { NODE_ENV: 'production' }
  try {
    await untilRedisPath(first.origin, 'open')
    for (const as of [
      { apiEnv: production },
      { workerEnv: production },
      { workerEnv: { ...production, ACK_MODE: 'pg' } },
    ]) {
      const refused = await startLine({ env: other.env, ...as }).catch((error: Error) => error.message)
      expect(refused).toContain(`the database at DATABASE_URL is ${await idOf(other.db)}`)
    }
  } finally {
    await first.stop()
  }
}, 90_000)

test('a Redis that is emptied while it is in use is marked again, and one without a mark is taken as it is', async () => {
  const line = await startLine({ env: services.env })
  try {
    await untilRedisPath(line.origin, 'open')
    const phone = newPhone()
    const { id } = await submitTo(line.origin, phone)
    await until('it is stored', async () => (await keptOnce(db, [id!])) === 1)
    await admin.flushall()
    await until(
      'it is marked again',
      async () => (await admin.get('landfast:installation')) === (await idOf(db)),
    )
    await until('it knows its claims again', async () => (await admin.keys('claim:*')).length > 0)
    expect(await submitTo(line.origin, phone)).toMatchObject({ status: 200, duplicate: true })
  } finally {
    await line.stop()
  }
}, 60_000)

test('while Redis is given to another, a running worker stops taking, an API goes through Postgres, and both come back', async () => {
  const line = await startLine({ env: services.env })
  try {
    await untilRedisPath(line.origin, 'open')
    await admin.set('landfast:installation', await idOf(other.db))
    await untilRedisPath(line.origin, 'closed')
    await until('the worker says so', () => line.worker.output().includes('that of another installation'))
    const ids = await submit(line.origin, 5)
    expect(await keptOnce(db, ids)).toBe(5)

    const adopted = await operatorCommand(['stores.ts', 'adopt', '--yes'], ours)
    expect(adopted).toMatchObject({ code: 0 })
    expect(adopted.out).toContain('is ours now')
    await untilRedisPath(line.origin, 'open')
    const later = await submit(line.origin, 5)
    await until('the worker takes again', async () => (await keptOnce(db, later)) === 5)
    expect((await operatorCommand(['stores.ts', 'adopt'], ours)).out).toContain('ours already')
  } finally {
    await line.stop()
  }
}, 90_000)

test('an API that starts while Postgres is away takes leads through the Redis it finds', async () => {
  const line = await startLine({ env: services.env })
  try {
    await untilRedisPath(line.origin, 'open')
    await services.postgres.kill()
    await line.api.kill()
    await line.api.start()
    const ids = await submit(line.origin, 5)
    await services.postgres.restart()
    await until('they are stored', async () => (await keptOnce(db, ids).catch(() => 0)) === 5)
  } finally {
    await line.stop()
  }
}, 90_000)
