import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { sql } from 'kysely'
import { metricAt, rowsOf, submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { lineSecret, startLine } from '../stage/line.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { ownServices } from '../stage/own-services.ts'
import { redisAdmin } from '../stage/redis-admin.ts'

const { services, folder, db, atEnd } = await ownServices(['postgres', 'redis'])
const admin = redisAdmin(services.env.REDIS_URL!)
const line = await startLine({ env: services.env })
atEnd(async () => {
  await line.stop()
  admin.disconnect()
})
const ofCommands = { ...services.env, SECRET_KEY: lineSecret }
const data = join(folder, 'postgres')
const backup = join(folder, 'backup')

async function copied(from: string, to: string): Promise<void> {
  const copying = Bun.spawn(['sh', '-c', 'rm -rf "$1" && cp -a "$0" "$1"', from, to])
  expect(await copying.exited).toBe(0)
}

/** Ends Postgres in its orderly way, has its files copied, and runs it again. */
async function whilePostgresIsDown(work: () => Promise<void>): Promise<void> {
  await services.postgres.kill('SIGINT')
  await work()
  await services.postgres.restart()
}

const comparedUntil = async () => Number((await admin.hget('landfast:known', 'high-water')) ?? 0)
const untilComparedAgain = async () => {
  const before = await comparedUntil()
  await until('the mark rises', async () => (await comparedUntil()) > before)
}
const stored = async (phone: string) => {
  await until('it is stored', async () => (await rowsOf(db, [phone]).catch(() => [])).length === 1)
}

test.each([
  ['beside API and worker that run', false],
  ['while both are down', true],
])(
  'when Postgres is put back %s, leads that are gone are no duplicates, those that wait stay claimed, and those that are there too',
  async (_, areDown) => {
    const [kept, gone, waiting] = [newPhone(), newPhone(), newPhone()]
    await untilRedisPath(line.origin, 'open')
    await submitTo(line.origin, kept)
    await stored(kept)
    await whilePostgresIsDown(() => copied(data, backup))
    await submitTo(line.origin, gone)
    await stored(gone)
    // As the worker does by itself, every few seconds.
    const compared = await operatorCommand(['leads.ts', 'reconcile'], ofCommands)
    expect(compared).toMatchObject({ code: 0, err: '' })

    await line.worker.kill('SIGTERM')
    const { id } = await submitTo(line.origin, waiting)
    expect(id).toBeString()
    if (areDown) await line.api.kill('SIGTERM')
    await whilePostgresIsDown(() => copied(backup, data))
    expect(await rowsOf(db, [gone])).toEqual([])
    if (areDown) await line.api.start()
    else await until('the API sees it', async () => (await metricAt(line.origin, 'redis_path_open')) === 0)
    expect(await (await fetch(`${line.origin}/api/health`)).text()).toContain('Postgres was put back')

    // While they are compared Postgres decides.
    expect(await submitTo(line.origin, gone)).toMatchObject({ status: 202 })
    expect(await submitTo(line.origin, kept)).toMatchObject({ duplicate: true })
    await line.worker.start()
    await untilRedisPath(line.origin, 'open')
    expect(await submitTo(line.origin, waiting)).toMatchObject({ duplicate: true })
    expect(await submitTo(line.origin, kept)).toMatchObject({ duplicate: true })
    expect(await submitTo(line.origin, gone)).toMatchObject({ duplicate: true })
    await until('the one that waited is stored', async () => (await rowsOf(db, [waiting]))[0]?.id === id)
    expect(await rowsOf(db, [gone])).toHaveLength(1)
    expect(line.worker.output()).toContain('postgres.put_back')
  },
  120_000,
)

test('a Redis that is put back knows no claims too many, and nothing is compared anew', async () => {
  await untilRedisPath(line.origin, 'open')
  const said = () => line.worker.output().match(/postgres\.put_back/g)?.length ?? 0
  const before = said()
  await admin.hset('landfast:known', 'high-water', 1)
  await untilComparedAgain()
  expect(said()).toBe(before)
  const { rows } = await sql<{ ms: string }>`select high_water_ms as ms from installation`.execute(db)
  expect(Number(rows[0]!.ms)).toBeGreaterThanOrEqual(await comparedUntil())
})
