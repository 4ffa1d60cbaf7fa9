import { afterAll, expect, test } from 'bun:test'
import type { Lead } from '../leads/lead.ts'
import { claimsSince } from '../postgres/claims.ts'
import { createLeadTable, createPostgresIntake } from '../postgres/leads.ts'
import { redisForCommands } from '../redis/connection.ts'
import { createRedisIntake } from '../redis/intake.ts'
import { knownKey } from '../redis/lead-job.ts'
import { freshDatabase, freshRedis, quietLog } from './engines.ts'
import { makeBatch, makeLeads } from './leads.ts'

const { db } = await freshDatabase()
const redis = redisForCommands({ url: await freshRedis(13), name: 'claims-test', log: quietLog })
const options = { dedupWindowMs: 3_600_000 }
const asked: { agoS: number; directOnly: boolean }[] = []
const intake = createRedisIntake({
  redis,
  ...options,
  claimsSince(since, directOnly) {
    asked.push({ agoS: Math.round((Date.now() - since.getTime()) / 1000), directOnly })
    return claimsSince(db, since, directOnly)
  },
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
  while (intake.isOpen()) await Bun.sleep(5)
  const other = redis.duplicate({ lazyConnect: false, enableOfflineQueue: true })
  await other.hset(knownKey, known)
  other.disconnect()
  for (let tries = 0; tries < 500 && !intake.isOpen(); tries++) await Bun.sleep(10)
  expect(intake.isOpen()).toBe(true)
}

test('each batch says that it was the latest', async () => {
  for (const leads of [makeLeads(2), makeLeads(1)]) {
    await intake.commit(makeBatch(leads))
    expect(await redis.hget(knownKey, 'latest')).toBe(leads[0]!.id)
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

test('a clock that runs ahead does not hide what was lost', async () => {
  const lost = leadFrom(5)
  await table.store([lost])
  await reopenedWith({ run: 'another', latest: leadFrom(-3_600).id })
  expect(await isKnown(lost)).toBe(true)
})

test('a Redis that knows of nothing is told of the whole window', async () => {
  const [old, over] = [leadFrom(3_000), leadFrom(3_700)]
  await table.store([old])
  await table.store([over])
  await redis.del(knownKey)
  await reopenedWith({ latest: leadFrom(1).id })
  expect(await isKnown(old)).toBe(true)
  expect(await isKnown(over)).toBe(false)
})

test('claims come in pages, each once and oldest first', async () => {
  const since = new Date(Date.now() - 1_000)
  // The same moment for more than a page, so that pages also have to part what is equal.
  const leads = Array.from({ length: 12 }, () => makeLeads(1_000, {}, Date.now())).flat()
  for (let from = 0; from < leads.length; from += 1_000) {
    if (from % 2_000 === 0) await table.store(leads.slice(from, from + 1_000))
    else await direct.commit(makeBatch(leads.slice(from, from + 1_000)))
  }
  for (const [directOnly, count] of [
    [false, 12_000],
    [true, 6_000],
  ] as const) {
    const ids: string[] = []
    for await (const page of claimsSince(db, since, directOnly)) ids.push(...page.map(({ leadId }) => leadId))
    expect(ids).toHaveLength(count)
    expect(new Set(ids).size).toBe(count)
  }
})
