import { afterAll, expect, test } from 'bun:test'
import { sql } from 'kysely'
import type { Lead } from '../../leads/lead.ts'
import { shardOf } from '../../leads/shard.ts'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { claimsSince, pruneClaims } from '../../postgres/claims.ts'
import { createCorrectionTable } from '../../postgres/corrections.ts'
import { readInstallation } from '../../postgres/installation.ts'
import { createLeadTable, createPostgresIntake } from '../../postgres/leads.ts'
import { another, redisForCommands } from '../../redis/connection.ts'
import { createGate } from '../../redis/gate.ts'
import { createRedisIntake } from '../../redis/intake.ts'
import { keysOf, plainKeys } from '../../redis/keys.ts'
import { tellClaims } from '../../redis/seeding.ts'
import { openShards } from '../../wiring/open.ts'
import { freshDatabase, freshRedis, quietLog } from '../stage/engines.ts'
import { until } from '../stage/faults.ts'
import { makeBatch, makeLeads } from '../stage/leads.ts'
import { redisAdmin } from '../stage/redis-admin.ts'

const deadlineMs = 30_000

const { db } = await freshDatabase()
const url = await freshRedis(13)
const redis = redisForCommands({ url, name: 'claims-test', log: quietLog })
const admin = redisAdmin(url)
const options = { dedupWindowMs: 3_600_000, news: createMemoryNews() }
let away = false
// What happens in the middle of telling, once it began to tell.
let emptyOnce: (() => Promise<void>) | undefined
const asked: { agoS: number; directOnly: boolean }[] = []
const intake = createRedisIntake({
  redis,
  ...options,
  async *claimsSince(since, directOnly) {
    if (away) throw new Error('Postgres is away')
    asked.push({ agoS: Math.round((Date.now() - since.getTime()) / 1000), directOnly })
    yield* claimsSince(db, since, directOnly)
    const empty = emptyOnce
    emptyOnce = undefined
    await empty?.()
  },
  installation: () => readInstallation(db),
  refuseUnsafe: true,
  log: quietLog,
})
const table = createLeadTable(db, options)
const direct = createPostgresIntake(db, options)
intake.start()
await intake.settled(30_000)
afterAll(async () => {
  await intake.stop()
  admin.disconnect()
})

const leadFrom = (secondsAgo: number) => makeLeads(1, {}, Date.now() - secondsAgo * 1000)[0]!
const isKnown = async ({ phoneKey }: Lead) => (await redis.exists(`claim:${phoneKey}`)) === 1

/** Loses the connection, changes what Redis knows while it is away, and resolves once the gate is open again. */
async function reopenedWith(known: Record<string, string | number>): Promise<void> {
  asked.length = 0
  redis.disconnect(true)
  await until('the gate is closed', () => !intake.isOpen(), deadlineMs)
  const other = redis.duplicate({ lazyConnect: false, enableOfflineQueue: true })
  await other.hset(plainKeys.known, known)
  other.disconnect()
  await until('the gate is open', intake.isOpen, deadlineMs)
  expect(intake.isOpen()).toBe(true)
}

test('each batch says that it was the latest', async () => {
  for (const leads of [makeLeads(2), makeLeads(1)]) {
    await intake.commit(makeBatch(leads))
    expect(await redis.hget(plainKeys.known, 'latest')).toBe(leads[0]!.id)
  }
})

test('a Redis that restarted is told of what it can have lost, and not of the whole window', async () => {
  const [old, recent] = [leadFrom(600), leadFrom(65)]
  await table.store([old])
  await table.store([recent])
  await reopenedWith({ run: 'another', told: Date.now() - 300_000, latest: leadFrom(60).id })
  expect(await isKnown(recent)).toBe(true)
  expect(await isKnown(old)).toBe(false)
})

test('what stands in the place of a claim and is none makes nobody a duplicate, and closes nothing', async () => {
  for (const odd of ['', 'null', '{"id":1}', 'x'.repeat(80), '-'.repeat(36)]) {
    const [lead] = makeLeads(1)
    await redis.set(`claim:${lead!.phoneKey}`, odd)
    expect(await intake.commit(makeBatch([lead!]))).toEqual([{ kind: 'new', id: lead!.id }])
    expect(intake.isOpen()).toBe(true)
  }
})

test('claims that Postgres took are told since Redis was last told of them', async () => {
  const [before, meanwhile] = [leadFrom(900), leadFrom(310)]
  await direct.commit(makeBatch([before]))
  await direct.commit(makeBatch([meanwhile]))
  await reopenedWith({ run: 'another', told: Date.now() - 300_000, latest: leadFrom(1).id })
  expect(await isKnown(meanwhile)).toBe(true)
  expect(await isKnown(before)).toBe(false)
})

test('a Redis that was only out of reach is told of nothing that it took itself', async () => {
  await reopenedWith({ told: Date.now() - 20_000 })
  expect(asked[0]!.agoS).toBeGreaterThanOrEqual(35)
  expect(asked[0]!.agoS).toBeLessThan(60)
  expect(asked.every(({ directOnly }) => directOnly)).toBe(true)
})

test('a clock that runs ahead does not hide what was lost just now', async () => {
  const [lost, taken] = [leadFrom(5), leadFrom(5)]
  await table.store([lost])
  await direct.commit(makeBatch([taken]))
  await reopenedWith({ run: 'another', told: Date.now() + 3_600_000, latest: leadFrom(-3_600).id })
  expect(await isKnown(lost)).toBe(true)
  expect(await isKnown(taken)).toBe(true)
})

test('what was lost is still told when Postgres was away at first, and others came meanwhile', async () => {
  const lost = leadFrom(90)
  await table.store([lost])
  away = true
  await reopenedWith({ run: 'another', told: Date.now() - 300_000, latest: leadFrom(100).id })
  await intake.commit(makeBatch(makeLeads(1)))
  expect(await isKnown(lost)).toBe(false)
  away = false
  await until('the lost claim is told', () => isKnown(lost), deadlineMs)
  expect(await isKnown(lost)).toBe(true)
  await until(
    'nothing counts as lost',
    async () => (await redis.hget(plainKeys.known, 'lost')) === null,
    deadlineMs,
  )
  expect(await redis.hget(plainKeys.known, 'lost')).toBeNull()
})

test('a Redis that knows of nothing is told of the whole window', async () => {
  const [old, over] = [leadFrom(3_000), leadFrom(3_700)]
  await table.store([old])
  await table.store([over])
  await redis.del(plainKeys.known)
  await reopenedWith({ latest: leadFrom(1).id })
  expect(await isKnown(old)).toBe(true)
  expect(await isKnown(over)).toBe(false)
})

/** Empties Redis, and marks it as ours before the gate can, as a worker may that looks first. */
async function emptied(): Promise<void> {
  const { id } = (await readInstallation(db))!
  await admin.multi().flushdb().set(plainKeys.home, id).exec()
}

test('a Redis that is emptied while the gate is open is told again, whoever marks it first', async () => {
  const [lead, later] = [leadFrom(50), leadFrom(40)]
  await table.store([lead])
  await reopenedWith({ told: Date.now() })
  asked.length = 0
  await until('it was told once more after it opened', () => asked.length > 0, deadlineMs)
  await emptied()
  await until('it is told', () => isKnown(lead), deadlineMs)

  emptyOnce = emptied
  await table.store([later])
  await emptied()
  await until('what it was told before it was emptied in the middle', () => isKnown(later), deadlineMs)
  expect(emptyOnce).toBeUndefined()
})

test('what another process is still telling does not stand for what was lost while this one told it', async () => {
  const [shard] = openShards({ redisUrl: url, redisShards: 12 }, 'claims-test', quietLog)
  const { known } = keysOf(shard!)
  const [began, stalls] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const tell = (meanwhile: () => Promise<void>) =>
    tellClaims({
      ...{ ...options, redis: shard!, log: quietLog },
      async *claimsSince() {
        await meanwhile()
        yield []
      },
    })
  try {
    await shard!.connect()
    let other: Promise<boolean> | undefined
    const told = await tell(async () => {
      await shard!.del(known)
      other = tell(() => {
        began.resolve()
        return stalls.promise
      })
      await began.promise
    })
    expect(told).toBe(false)
    expect(await shard!.hget(known, 'told')).toBeNull()
    stalls.resolve()
    expect(await other).toBe(true)
    expect(Object.keys(await shard!.hgetall(known)).sort()).toEqual(['run', 'told'])
  } finally {
    shard!.disconnect()
  }
})

test('a Redis that is emptied once it was asked what it knows was not told by who asked', async () => {
  const [shard] = openShards({ redisUrl: url, redisShards: 12 }, 'claims-test', quietLog)
  const { known } = keysOf(shard!)
  const read = shard!.hmget.bind(shard!) as (...words: string[]) => Promise<(string | null)[]>
  const emptying = async (...words: string[]) => {
    const said = await read(...words)
    await shard!.del(known)
    return said
  }
  try {
    await shard!.connect()
    await shard!.hset(known, 'told', Date.now())
    shard!.hmget = emptying as typeof redis.hmget
    const told = await tellClaims({ ...options, redis: shard!, log: quietLog, async *claimsSince() {} })
    expect(told).toBe(false)
    expect(await shard!.hget(known, 'told')).toBeNull()
  } finally {
    shard!.disconnect()
  }
})

test('claims come in pages, each once and in the order of their ids, and to each shard its own', async () => {
  const nowMs = Date.now()
  // All of one moment, so that pages have to part what is equally old.
  const batches = Array.from({ length: 12 }, () => makeLeads(1_000, {}, nowMs))
  for (const [index, leads] of batches.entries())
    await (index % 2 === 0 ? table.store(leads) : direct.commit(makeBatch(leads)))
  for (const [directOnly, leads] of [
    [false, batches.flat()],
    [true, batches.filter((_, index) => index % 2 === 1).flat()],
  ] as const) {
    const ids: string[] = []
    for await (const page of claimsSince(db, new Date(nowMs), directOnly))
      ids.push(...page.map(({ leadId }) => leadId))
    expect(ids).toEqual(leads.map(({ id }) => id).sort())
    const ofShards: string[] = []
    for (let index = 0; index < 12; index++)
      for await (const page of claimsSince(db, new Date(nowMs), directOnly, { index, count: 12 })) {
        expect(page.filter(({ phoneKey }) => shardOf(phoneKey, 12) !== index)).toEqual([])
        ofShards.push(...page.map(({ leadId }) => leadId))
      }
    expect(ofShards.sort()).toEqual(ids)
  }
})

test('who reads slowly does not follow the newest for ever', async () => {
  const [lead, later] = [leadFrom(0), leadFrom(-120)]
  await direct.commit(makeBatch([lead]))
  await direct.commit(makeBatch([later]))
  const ids: string[] = []
  for await (const page of claimsSince(db, new Date(Date.now() - 1_000), true))
    ids.push(...page.map(({ leadId }) => leadId))
  expect(ids).toContain(lead.id)
  expect(ids).not.toContain(later.id)
})

test('a way that something closes while it is made ready does not open before it was made ready once more', async () => {
  let prepared = 0
  const own = another(redis, 'gate-test')
  const gate = createGate({
    redis: own,
    installation: () => readInstallation(db),
    refuseUnsafe: true,
    async prepare() {
      prepared++
      if (prepared === 1) gate.close('the connection of commits is lost')
    },
    async tellClaims() {
      return true
    },
    log: quietLog,
  })
  try {
    gate.start()
    await until('the gate is open', gate.isOpen, deadlineMs)
    expect(prepared).toBe(2)
  } finally {
    gate.stop()
    own.disconnect()
  }
})

test('a lead is marked as corrected however many before it wait for Redis to give their claims back', async () => {
  const lead = makeLeads(1, { idempotencyKey: 'c'.repeat(32) })[0]!
  await table.store([lead])
  await sql`
    insert into lead_corrections (phone_key, idempotency_key, corrected_by, noted_at, lead_id)
    select decode(md5('waits' || n), 'hex'), decode(md5('key' || n), 'hex'), gen_random_uuid(),
      now() - interval '1 hour', gen_random_uuid()
    from generate_series(1, 200) as n`.execute(db)
  const corrections = createCorrectionTable(db)
  const correctedBy = makeLeads(1)[0]!.id
  await corrections.note([{ ...lead, correctedBy }])
  expect((await corrections.settle()).map(({ id }) => id)).toContain(lead.id)
})

test('claims that are over are forgotten a part at a time, and all of them', async () => {
  const kept = leadFrom(10)
  await table.store([kept])
  await sql`
    insert into lead_claims (phone_key, lead_id, accepted_at, direct)
    select decode(md5('over' || n), 'hex'), gen_random_uuid(), now() - interval '60 days', false
    from generate_series(1, 2000) as n`.execute(db)
  let pauses = 0
  const pause = async () => void pauses++
  const before = new Date(Date.now() - 30 * 86_400_000)
  expect(await pruneClaims(db, before, { pause, blocksAtOnce: 5 })).toBe(2_000)
  expect(pauses).toBeGreaterThan(2)
  const { rows } = await sql<{ over: number; kept: number }>`
    select count(*) filter (where accepted_at < ${before})::int as over,
      count(*) filter (where lead_id = ${kept.id})::int as kept from lead_claims`.execute(db)
  expect(rows).toEqual([{ over: 0, kept: 1 }])
})
