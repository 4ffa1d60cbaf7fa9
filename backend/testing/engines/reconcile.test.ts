import { afterAll, expect, test } from 'bun:test'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { claimsSince } from '../../postgres/claims.ts'
import { readInstallation } from '../../postgres/installation.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { seedClaims } from '../../redis/claims.ts'
import { redisForCommands } from '../../redis/connection.ts'
import { rememberedHighWater, rememberHighWater } from '../../redis/home.ts'
import { createRedisIntake } from '../../redis/intake.ts'
import { plainKeys } from '../../redis/keys.ts'
import { redisVitals } from '../../redis/vitals.ts'
import { openShards } from '../../wiring/open.ts'
import { reconcileStores, unhurried } from '../../wiring/reconcile.ts'
import { freshDatabase, freshRedis, quietLog } from '../stage/engines.ts'
import { makeBatch, makeLeads } from '../stage/leads.ts'

const config = { dedupWindowMs: 60_000 }
const { db } = await freshDatabase()
const url = await freshRedis(11)
const redis = redisForCommands({ url, name: 'reconcile-test', log: quietLog })
const table = createLeadTable(db, { ...config, news: createMemoryNews() })
const intakeOf = (from = redis) =>
  createRedisIntake({
    redis: from,
    ...config,
    claimsSince: (since, directOnly) => claimsSince(db, since, directOnly),
    installation: () => readInstallation(db),
    refuseUnsafe: false,
    log: quietLog,
  })
const intake = intakeOf()
intake.start()
await intake.settled(30_000)
afterAll(() => intake.stop())

const gone: string[] = []
const onGone = (id: string) => void gone.push(id)
const compare = (pause = async () => {}) =>
  reconcileStores({ config, shards: [redis], db, nowMs: Date.now, pause, onGone })
const nothing = { released: 0, told: 0, retried: 0 }

test('what the stores know differently is mended once, and what is right is left alone', async () => {
  const queued = makeLeads(700)
  await intake.commit(makeBatch(queued))
  const [phantom] = makeLeads(1)
  await seedClaims(redis, [{ ...phantom!, leadId: phantom!.id }], config.dedupWindowMs, Date.now())
  const unknown = makeLeads(1_200)
  await table.store(unknown)

  expect(await compare()).toEqual({
    ...{ claims: 701, released: 1, unreadable: 0, known: 1_200, told: 1_200, retried: 0 },
  })
  expect(gone).toEqual([phantom!.id])
  expect(await compare()).toMatchObject({ ...nothing, claims: 1_900, known: 1_200 })
  expect(await redis.exists(`claim:${phantom!.phoneKey}`)).toBe(0)
  const [again] = makeLeads(1, { phone: unknown[0]!.phone, phoneKey: unknown[0]!.phoneKey })
  expect(await intake.commit(makeBatch([again!]))).toEqual([{ kind: 'duplicate', id: unknown[0]!.id }])
})

test('a Redis whose notes of itself are no moments and ids is told of the whole window', async () => {
  const [lead] = makeLeads(1)
  await table.store([lead!])
  await redis.hset(plainKeys.known, { told: 'abc', latest: 'junk', lost: '-', run: 'x' })
  const next = intakeOf(redisForCommands({ url, name: 'reconcile-next', log: quietLog }))
  next.start()
  await next.settled(30_000)
  const [again] = makeLeads(1, { phone: lead!.phone, phoneKey: lead!.phoneKey })
  expect(await next.commit(makeBatch([again!]))).toEqual([{ kind: 'duplicate', id: lead!.id }])
  await next.stop()
})

test('claims that hold no id are counted and left, and make nobody a duplicate', async () => {
  const now = makeLeads(1)[0]!.id
  const values = [
    '',
    'hello',
    '7',
    `${now.slice(0, 13)}`,
    `${now.slice(0, 35)}z:`,
    'x'.repeat(99),
    `D${now}`,
    '\0\xff',
  ]
  const leads = makeLeads(values.length)
  for (const [index, { phoneKey }] of leads.entries()) await redis.set(`claim:${phoneKey}`, values[index]!)
  await redis.hset('claim:of-another-kind', 'a', 'b')
  const before = await compare()
  expect(before).toMatchObject({ ...nothing, unreadable: values.length })
  expect(await redis.mget(leads.map(({ phoneKey }) => `claim:${phoneKey}`))).toEqual(values)

  expect(await intake.commit(makeBatch(leads))).toEqual(leads.map(({ id }) => ({ kind: 'new', id })))
  expect(await compare()).toMatchObject({ ...nothing, unreadable: 0 })
  await redis.del('claim:of-another-kind')
})

test('a batch that was given up is in the queue again, as it was', async () => {
  const [lead] = makeLeads(1)
  await intake.commit(makeBatch([lead!]))
  const before = await redis.hget(plainKeys.queue(lead!.id), 'data')
  await redis.lrem(plainKeys.queue('wait'), 0, lead!.id)
  await redis.zadd(plainKeys.queue('failed'), Date.now(), lead!.id)
  await redis.hset(plainKeys.queue(lead!.id), { failedReason: 'by hand', finishedOn: Date.now() })
  expect((await compare()).retried).toBe(1)
  expect(await redis.lrange(plainKeys.queue('wait'), 0, -1)).toContain(lead!.id)
  expect(await redis.zcard(plainKeys.queue('failed'))).toBe(0)
  expect(await redis.hget(plainKeys.queue(lead!.id), 'data')).toBe(before!)
  expect((await compare()).retried).toBe(0)
})

test('it stops between two pages when the worker is asked to stop', async () => {
  await expect(compare(unhurried(AbortSignal.abort(new Error('stopping'))))).rejects.toThrow('stopping')
})

test('any of the shards tells how far Postgres was, and what a server of several has to do is counted once', async () => {
  const shards = openShards({ redisUrl: url, redisShards: 12 }, 'reconcile-test', quietLog)
  try {
    await Promise.all(shards.map((shard) => shard.connect()))
    expect(await rememberedHighWater(shards)).toBe(0)
    await rememberHighWater(shards[7]!, 1_700_000_000_000)
    await rememberHighWater(shards[9]!, 1_600_000_000_000)
    shards[0]!.disconnect()
    expect(await rememberedHighWater(shards)).toBe(1_700_000_000_000)

    const there = shards.slice(1)
    const { commands } = await redisVitals([redis])
    expect((await redisVitals(there)).commands).toBeWithin(commands, 2 * commands)
  } finally {
    for (const shard of shards) shard.disconnect()
  }
})
