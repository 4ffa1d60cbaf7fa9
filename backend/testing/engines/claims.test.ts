import { afterAll, expect, test } from 'bun:test'
import type { Lead } from '../../leads/lead.ts'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { claimsSince } from '../../postgres/claims.ts'
import { readInstallation } from '../../postgres/installation.ts'
import { createLeadTable, createPostgresIntake } from '../../postgres/leads.ts'
import { redisForCommands } from '../../redis/connection.ts'
import { createRedisIntake } from '../../redis/intake.ts'
import { plainKeys } from '../../redis/keys.ts'
import { freshDatabase, freshRedis, quietLog } from '../stage/engines.ts'
import { until } from '../stage/faults.ts'
import { makeBatch, makeLeads } from '../stage/leads.ts'

const deadlineMs = 5_000

const { db } = await freshDatabase()
const redis = redisForCommands({ url: await freshRedis(13), name: 'claims-test', log: quietLog })
const options = { dedupWindowMs: 3_600_000, news: createMemoryNews() }
let away = false
const asked: { agoS: number; directOnly: boolean }[] = []
const intake = createRedisIntake({
  redis,
  ...options,
  claimsSince(since, directOnly) {
    if (away) throw new Error('Postgres is away')
    asked.push({ agoS: Math.round((Date.now() - since.getTime()) / 1000), directOnly })
    return claimsSince(db, since, directOnly)
  },
  installation: () => readInstallation(db),
  refuseUnsafe: true,
  log: quietLog,
})
const table = createLeadTable(db, options)
const direct = createPostgresIntake(db, options)
intake.start()
await intake.settled(5_000)
afterAll(() => intake.stop())

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

test('claims come in pages, each once and in the order of their ids', async () => {
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
