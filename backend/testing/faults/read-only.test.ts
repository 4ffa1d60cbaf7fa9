import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { keptOnce, submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const throughRedis = await startLine({ env: services.env })
// Its worker would take what is in the queue of the other.
const throughPostgres = await startLine({ env: { ...services.env, ACK_MODE: 'pg', REDIS_URL: '' } })
atEnd(() => throughRedis.stop())
atEnd(() => throughPostgres.stop())

const readiness = async (origin: string) => (await fetch(`${origin}/readyz`)).status
const healthOf = async (origin: string) =>
  (await (await fetch(`${origin}/api/health`)).json()) as {
    dependencies: Record<string, { status: string; detail?: string }>
  }

/** Both APIs say that Postgres takes no writes, and only who needs it for an answer takes no leads. */
async function untilTold(): Promise<string> {
  for (const { origin } of [throughRedis, throughPostgres])
    await until('health names Postgres, and blames no worker', async () => {
      const { postgres, worker } = (await healthOf(origin)).dependencies
      const words = /takes no writes: it is a replica, or default_transaction_read_only is on/
      return words.test(postgres?.detail ?? '') && words.test(worker?.detail ?? '')
    })
  expect(await readiness(throughPostgres.origin)).toBe(503)
  expect(await (await fetch(`${throughPostgres.origin}/readyz`)).text()).toContain('Postgres takes no writes')
  expect((await submitTo(throughPostgres.origin, newPhone())).status).toBe(503)
  expect(await readiness(throughRedis.origin)).toBe(200)
  const { status, id } = await submitTo(throughRedis.origin, newPhone())
  expect(status).toBe(202)
  return id!
}

async function untilWell(waiting: string): Promise<void> {
  for (const { origin } of [throughRedis, throughPostgres]) {
    await until('it is ready', async () => (await readiness(origin)) === 200)
    await until('all is well', async () =>
      Object.values((await healthOf(origin)).dependencies).every(({ status }) => status !== 'down'),
    )
  }
  const sent = await Promise.all(
    Array.from({ length: 20 }, () => submitTo(throughPostgres.origin, newPhone())),
  )
  expect(sent.filter(({ status }) => status !== 202)).toEqual([])
  const ids = [waiting, ...sent.map(({ id }) => id!)]
  await until('every lead is a row', async () => (await keptOnce(db, ids)) === ids.length)
}

const cutOurs = () =>
  sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name in ('landfast-api', 'landfast-worker')`.execute(db)

test('while sessions may only read, readiness and health say so, and once they may write again nobody has to be restarted', async () => {
  await sql`alter database landfast set default_transaction_read_only = on`.execute(db)
  await cutOurs()
  const waiting = await untilTold()
  // Sessions that began meanwhile stay as they began, as connections to a server that is a replica now.
  await sql`alter database landfast reset default_transaction_read_only`.execute(db)
  await untilWell(waiting)
}, 60_000)

test('behind the address of a replica it is the same, until it is promoted', async () => {
  const { rows } = await sql<{ folder: string }>`select current_setting('data_directory') as folder`.execute(
    db,
  )
  writeFileSync(join(rows[0]!.folder, 'standby.signal'), '', { mode: 0o644 })
  await services.postgres.restart()
  const waiting = await untilTold()
  await sql`select pg_promote()`.execute(db)
  await untilWell(waiting)
}, 60_000)
