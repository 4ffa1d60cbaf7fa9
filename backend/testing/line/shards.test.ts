import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { createKeyedHash } from '../../keyed-hash.ts'
import { phoneKeyOf } from '../../leads/phone.ts'
import { shardOf } from '../../leads/shard.ts'
import { noteShards } from '../../postgres/installation.ts'
import { keysOfShard } from '../../redis/keys.ts'
import { keptOnce, metricAt, submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { lineSecret, startLine } from '../stage/line.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { ownServices } from '../stage/own-services.ts'
import { redisAdmin } from '../stage/redis-admin.ts'

const { services, folder, db, atEnd } = await ownServices(['postgres', 'redis'])
const env = { ...services.env, REDIS_SHARDS: '12' }
const line = await startLine({ env })
const redis = redisAdmin(services.env.REDIS_URL!)
atEnd(async () => {
  await line.stop()
  redis.disconnect()
})

const count = 12
const submitMany = (phones: readonly string[]) =>
  Promise.all(phones.map((phone) => submitTo(line.origin, phone)))
const stateOf = async (id: string) =>
  ((await (await fetch(`${line.origin}/api/leads/${id}/status`)).json()) as { status?: string }).status
const keysLike = async (pattern: string) => {
  const found = new Set<string>()
  for await (const page of redis.scanStream({ match: pattern, count: 1_000 }))
    for (const key of page as string[]) found.add(key)
  return [...found]
}

test('with twelve shards in one Redis each phone waits in its own: every answer is kept, found and known as a duplicate', async () => {
  await untilRedisPath(line.origin, 'open')
  await line.worker.kill()
  const phones = Array.from({ length: 120 }, newPhone)
  const answers = await submitMany(phones)
  expect(answers.filter(({ status }) => status !== 202)).toEqual([])
  const ids = answers.map(({ id }) => id!)
  expect(new Set(await Promise.all(ids.map(stateOf)))).toEqual(new Set(['queued']))
  const again = await submitMany(phones)
  expect(again.filter(({ duplicate }) => duplicate !== true)).toEqual([])

  const keyedHash = createKeyedHash(lineSecret)
  const expected = phones.map((phone) => {
    const phoneKey = phoneKeyOf(keyedHash, phone)
    return `${keysOfShard({ index: shardOf(phoneKey, count), count }).claim}${phoneKey}`
  })
  expect((await keysLike('claim:*')).sort()).toEqual(expected.sort())
  expect(await keysLike('bull:leads:*')).toEqual([])

  await line.worker.start()
  await until('every lead has one row', async () => (await keptOnce(db, ids)) === ids.length)
  await until('no job is left', async () => (await metricAt(line.workerOrigin, 'lead_batches_waiting')) === 0)
  expect(new Set(await Promise.all(ids.map(stateOf)))).toEqual(new Set(['stored']))
}, 60_000)

test('who divides phones otherwise takes nothing: leads go through Postgres, and both say what to do', async () => {
  await noteShards(db, 12, 'if none')
  const other = await startLine({ env: services.env })
  try {
    await until('health says so', async () =>
      (await (await fetch(`${other.origin}/api/health`)).text()).includes('divides phones into 12 shards'),
    )
    expect(await metricAt(other.origin, 'redis_path_open')).toBe(0)
    const { status, id } = await submitTo(other.origin, newPhone())
    expect(status).toBe(202)
    await until('the lead has one row', async () => (await keptOnce(db, [id!])) === 1)
    await until('the worker says so', () => other.worker.output().includes('divides phones into 12 shards'))
  } finally {
    await other.stop()
  }
})

test('a backup counts what waits in each shard, and finds whose it is', async () => {
  await untilRedisPath(line.origin, 'open')
  await line.worker.kill()
  const answers = await submitMany(Array.from({ length: 40 }, newPhone))
  expect(answers.filter(({ status }) => status !== 202)).toEqual([])
  const lists = await keysLike('bull:{*}:leads:wait')
  expect(lists.length).toBeGreaterThan(1)
  let batches = 0
  for (const list of lists) batches += await redis.llen(list)
  const backup = (...words: string[]) =>
    operatorCommand(['backup.ts', ...words], {
      ...{ ...env, SECRET_KEY: lineSecret, BACKUP_KEY: lineSecret },
      ...{ BACKUP_DIR: join(folder, 'backups'), BACKUP_REDIS_DIR: join(folder, 'redis') },
    })
  const { out, err, code } = await backup()
  expect([code, err]).toEqual([0, ''])
  const [, name = ''] = /Backed up as (\S+)/.exec(out)!
  expect((await backup('--check', name)).out).toContain(` ${batches} batches`)
  await line.worker.start()
}, 60_000)

test('events go through one of the shards', async () => {
  await until('they may', async () => (await metricAt(line.origin, 'event_redis_path_open')) === 1)
  await line.worker.kill()
  const response = await fetch(`${line.origin}/api/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ visitor_id: crypto.randomUUID(), event_type: 'cta_click' }),
  })
  expect(response.status).toBe(202)
  expect((await keysLike('bull:{*}:events:wait')).length).toBe(1)
  await line.worker.start()
  await until('nothing waits', async () => (await metricAt(line.workerOrigin, 'event_batches_waiting')) === 0)
})

test('what the stores know differently is mended in each shard', async () => {
  const phones = Array.from({ length: 60 }, newPhone)
  const answers = await submitMany(phones)
  const ids = answers.map(({ id }) => id!)
  await until('every lead has one row', async () => (await keptOnce(db, ids)) === ids.length)
  for (const key of await keysLike('claim:*')) await redis.del(key)
  const { count: kept } = await db
    .selectFrom('lead_claims')
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  const { out, code } = await operatorCommand(['leads.ts', 'reconcile'], { ...env, SECRET_KEY: lineSecret })
  expect(out).toContain(
    `Postgres knows ${kept} claims of the window; Redis was told of ${kept} it did not have.`,
  )
  expect(code).toBe(0)
  expect((await keysLike('claim:{*}:*')).length).toBe(Number(kept))
  const again = await submitMany(phones)
  expect(again.filter(({ duplicate }) => duplicate !== true)).toEqual([])
}, 60_000)
