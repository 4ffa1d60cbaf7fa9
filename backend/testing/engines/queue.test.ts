import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { readQueueInPostgres } from '../../postgres/queue.ts'
import { createReplays } from '../../postgres/replays.ts'
import { redisForCommands } from '../../redis/connection.ts'
import { jobKey, queueKey } from '../../redis/lead-job.ts'
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
    replay({ db, dedupWindowMs: 60_000, redis: undefined, ...(leadId && { leadId }) })
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
    expect(await readQueueInRedis(redis, nowMs)).toEqual({
      redis: { batches: 0, leads: 0, oldestWaitingS: 0, failed: 0 },
      failed: [],
    })
    const [waiting, failed] = [30_000, 90_000].map((ageMs) => makeLeads(1, {}, nowMs - ageMs)[0]!.id)
    await redis.lpush(queueKey('wait'), waiting!)
    await redis.hset(jobKey(waiting!), 'data', JSON.stringify({ leads: [{}, {}] }))
    await redis.zadd(queueKey('failed'), nowMs, failed!)
    await redis.hset(jobKey(failed!), { data: JSON.stringify({ leads: [{}] }), failedReason: 'stalled' })
    expect(await readQueueInRedis(redis, nowMs)).toEqual({
      redis: { batches: 1, leads: 2, oldestWaitingS: 30, failed: 1 },
      failed: [{ id: failed!, at: new Date(nowMs - 90_000), leads: 1, reason: 'stalled' }],
    })
  } finally {
    redis.disconnect()
  }
})
