import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { idAt } from '../../batching/ids.ts'
import { readInstallation } from '../../postgres/installation.ts'
import { redisForCommands } from '../../redis/connection.ts'
import { createRedisIntake } from '../../redis/intake.ts'
import { plainKeys } from '../../redis/keys.ts'
import { setAside } from '../../redis/set-aside.ts'
import { quietLog } from '../stage/engines.ts'
import { keptOnce, submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { makeBatch, makeLeads, newPhone } from '../stage/leads.ts'
import { type Line, startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { redisAdmin } from '../stage/redis-admin.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const admin = redisAdmin(services.env.REDIS_URL!)
atEnd(() => admin.disconnect())

const statusOf = async (line: Line, id: string) => {
  const answer = await fetch(`${line.origin}/api/leads/${id}/status`)
  return answer.ok ? ((await answer.json()) as { status: string }).status : `${answer.status}`
}
const statesOf = async (line: Line, ids: readonly string[]) => [
  ...new Set(await Promise.all(ids.map((id) => statusOf(line, id)))),
]
const submitMany = async (line: Line, count: number) => {
  const said = await Promise.all(Array.from({ length: count }, () => submitTo(line.origin, newPhone())))
  expect(said.map(({ status }) => status)).toEqual(Array(count).fill(202))
  return said.map(({ id }) => id!)
}

test('the id of one lead tells nothing of its neighbours, and finds its own lead in every process, under every SECRET_KEY', async () => {
  const line = await startLine({ env: { ...services.env, API_PROCESSES: '2' } })
  const others = await startLine({ env: { ...services.env, SECRET_KEY: 'another-'.padEnd(40, 'q') } })
  try {
    await untilRedisPath(line.origin, 'open')
    await untilRedisPath(others.origin, 'open')
    await Promise.all([line.worker.kill(), others.worker.kill()])
    const ids = await submitMany(line, 200)
    expect(await admin.llen(plainKeys.queue('wait'))).toBeLessThan(200)
    // Asked of both processes, and of one that came with another key.
    expect(await statesOf(line, ids)).toEqual(['queued'])
    expect(await statesOf(others, ids)).toEqual(['queued'])

    expect(new Set(ids.map((id) => id.slice(18))).size).toBe(200)
    const own = new Set(ids)
    const guesses = ids
      .slice(0, 3)
      .flatMap((id) => Array.from({ length: 4096 / 4 }, (_, index) => idAt(id, index * 4 + 1)))
      .filter((id) => !own.has(id))
    expect(await statesOf(others, guesses)).toEqual(['404'])

    await line.worker.start()
    await until('every lead has one row', async () => (await keptOnce(db, ids)) === ids.length)
    // A job is gone a moment after its rows are there.
    await until('each is said to be stored', async () => (await statesOf(line, ids)).join() === 'stored')
  } finally {
    await line.stop()
    await others.stop()
  }
}, 60_000)

test('in an update no lead is lost, doubled or stored under another id: jobs of the version before are found and stored, and ours come back from its worker', async () => {
  const redis = redisForCommands({ url: services.env.REDIS_URL!, name: 'version-before', log: quietLog })
  const before = createRedisIntake({
    redis,
    dedupWindowMs: 86_400_000,
    async *claimsSince() {},
    installation: () => readInstallation(db),
    refuseUnsafe: true,
    log: quietLog,
  })
  before.start()
  const line = await startLine({ env: services.env })
  try {
    await untilRedisPath(line.origin, 'open')
    await before.settled(30_000)
    await line.worker.kill()

    // Ids of that version name batch and place.
    const older = makeLeads(5)
    await before.commit(makeBatch(older))
    const olderIds = older.map(({ id }) => id)
    expect(await statesOf(line, olderIds)).toEqual(['queued'])

    const ids = await submitMany(line, 20)
    const jobs = await admin.lrange(plainKeys.queue('wait'), 0, -1)
    for (const id of jobs) {
      const data = JSON.parse((await admin.hget(plainKeys.queue(id), 'data'))!)
      if (olderIds.includes(id)) continue
      // What a worker of that version looks for. It finds none, and puts the job aside.
      expect(data.leads).toBeUndefined()
      await setAside(admin, { queue: 'leads', id, key: plainKeys.queue(id), nowMs: Date.now() })
      await admin.multi().lrem(plainKeys.queue('wait'), 0, id).del(plainKeys.queue(id)).exec()
    }
    await sql`update chore_turns set taken_at = now() - interval '25 hours'`.execute(db)
    await line.worker.start()
    const all = [...ids, ...olderIds]
    await until('every lead has one row', async () => (await keptOnce(db, all)) === all.length)
    await until('each is known as stored', async () => String(await statesOf(line, all)) === 'stored')
    expect(await admin.llen('landfast:aside')).toBe(0)
    expect(line.worker.output()).toContain('leads.taken_back')
  } finally {
    await line.stop()
    await before.stop()
  }
}, 90_000)
