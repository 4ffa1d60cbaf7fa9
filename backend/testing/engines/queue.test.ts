import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { answersBetween, createAnswerBook, pruneAnswers, refusedBetween } from '../../postgres/answers.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { readQueueInPostgres } from '../../postgres/queue.ts'
import { createReplays } from '../../postgres/replays.ts'
import { redisForCommands } from '../../redis/connection.ts'
import { plainKeys } from '../../redis/keys.ts'
import { readQueueInRedis } from '../../redis/queue-state.ts'
import { replay } from '../../wiring/replay.ts'
import { replaysContract } from '../contracts/replays.ts'
import { freshDatabase, freshRedis, quietLog } from '../stage/engines.ts'
import { makeLeads } from '../stage/leads.ts'

const { db } = await freshDatabase()

replaysContract('Postgres', async () => {
  await sql`truncate lead_replays`.execute(db)
  return createReplays(db)
})

test('one lead is stored again, or all that can be, and the rest stays with its reason; who asked stands in the audit', async () => {
  await sql`truncate lead_replays, audit_log`.execute(db)
  const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
  const [one, other, wrong] = makeLeads(3)
  for (const lead of [one!, other!, { ...wrong!, phone: 'none' }])
    await table.quarantine(lead, 'the disk was full')
  const again = (leadId?: string) =>
    replay({ db, dedupWindowMs: 60_000, shards: [], ...(leadId && { leadId }) })
  expect(await again(one!.id)).toEqual({ stored: 1, stay: [], queued: 0 })
  expect(await again(one!.id)).toEqual({ stored: 0, stay: [], queued: 0 })
  const all = await again()
  expect(all).toEqual({
    stored: 1,
    stay: [{ reason: expect.stringContaining('23514'), count: 1 }],
    queued: 0,
  })
  const { quarantined } = await readQueueInPostgres(db)
  expect(quarantined).toMatchObject({ count: 1, latest: [{ id: wrong!.id, reason: 'the disk was full' }] })
  expect(JSON.stringify(quarantined)).not.toContain(wrong!.phoneKey)

  const replays = createReplays(db)
  const by = { kind: 'operator', id: crypto.randomUUID(), name: 'Ann' } as const
  await replays.finish((await replays.ask(by)).id, all)
  const { rows } = await sql<{ action: string; after: unknown }>`
    select action, after from audit_log where actor_id = ${by.id} order by at, action`.execute(db)
  expect(rows).toEqual([
    { action: 'replay.asked', after: null },
    { action: 'replay.finished', after: { stored: 1, queued: 0, left: 1 } },
  ])
})

test('what waits in Redis is told with its age, and what was given up with its reason', async () => {
  const redis = redisForCommands({ url: await freshRedis(2), name: 'landfast-test', log: quietLog })
  await redis.connect()
  try {
    const nowMs = Date.now()
    expect(await readQueueInRedis([redis], nowMs)).toEqual({
      redis: { batches: 0, leads: 0, oldestWaitingS: 0, failed: 0 },
      failed: [],
    })
    const [waiting, failed] = [30_000, 90_000].map((ageMs) => makeLeads(1, {}, nowMs - ageMs)[0]!.id)
    await redis.lpush(plainKeys.queue('wait'), waiting!)
    await redis.hset(plainKeys.queue(waiting!), 'data', JSON.stringify({ leads: [{}, {}] }))
    await redis.zadd(plainKeys.queue('failed'), nowMs, failed!)
    await redis.hset(plainKeys.queue(failed!), {
      data: JSON.stringify({ leads: [{}] }),
      failedReason: 'stalled',
    })
    expect(await readQueueInRedis([redis], nowMs)).toEqual({
      redis: { batches: 1, leads: 2, oldestWaitingS: 30, failed: 1 },
      failed: [{ id: failed!, at: new Date(nowMs - 90_000), leads: 1, reason: 'stalled' }],
    })
  } finally {
    redis.disconnect()
  }
})

test('answers of all processes count together, with how quick they were, and are forgotten in their time', async () => {
  const [one, other] = [createAnswerBook(db), createAnswerBook(db)]
  const none = new Map<string, number>()
  const fast = [
    ['accepted', 95],
    ['rate_limited', 5],
    ['within:0.01', 94],
    ['within:0.5', 1],
    ['within:Infinity', 5],
  ] as const
  await one.add({ answers: new Map(fast), refused: new Map([['203.0.113.x', 5]]) })
  const hourMs = 3_600_000
  const span = [new Date(Date.now() - hourMs), new Date(Date.now() + hourMs)] as const
  expect(await answersBetween(db, ...span)).toEqual({
    outcomes: { accepted: 95, rate_limited: 5 },
    p95Ms: 500,
  })
  await other.add({
    answers: new Map([
      ['accepted', 900],
      ['within:0.001', 900],
    ]),
    refused: new Map([
      ['203.0.113.x', 1],
      ['2001:db8:1::/48', 9],
    ]),
  })
  expect(await answersBetween(db, ...span)).toEqual({
    outcomes: { accepted: 995, rate_limited: 5 },
    p95Ms: 10,
  })
  expect(await refusedBetween(db, ...span)).toEqual([
    { network: '2001:db8:1::/48', refused: 9 },
    { network: '203.0.113.x', refused: 6 },
  ])
  await one.add({ answers: none, refused: none })
  await sql`update answer_counts set starts_at = starts_at - interval '2 days'`.execute(db)
  await pruneAnswers(db, 1)
  expect(await answersBetween(db, new Date(0), span[1])).toEqual({ outcomes: {}, p95Ms: null })
})
