import { expect, test } from 'bun:test'
import { Queue } from 'bullmq'
import { sql } from 'kysely'
import { createChoreTurns } from '../../postgres/chore-turns.ts'
import { redisForCommands } from '../../redis/connection.ts'
import { forgetOldSchedulers } from '../../redis/old-schedulers.ts'
import { freshDatabase, freshRedis, quietLog } from '../stage/engines.ts'

const { db } = await freshDatabase()
const turns = createChoreTurns(db)
const hourMs = 3_600_000
const takenAgo = (name: string, ago: string) =>
  sql`
    insert into chore_turns (name, taken_at) values (${name}, now() - ${ago}::interval)
    on conflict (name) do update set taken_at = excluded.taken_at`.execute(db)
const takers = (name: string) => Promise.all(Array.from({ length: 5 }, () => turns.take(name, hourMs)))

test('of all workers one takes the turn at a chore, and none before it is due again', async () => {
  expect((await takers('each')).filter(Boolean)).toHaveLength(1)
  expect((await takers('each')).filter(Boolean)).toHaveLength(0)
  await takenAgo('each', '61 minutes')
  expect((await takers('each')).filter(Boolean)).toHaveLength(1)
})

test('a turn that a wrong clock took in the future holds nobody up', async () => {
  await takenAgo('ahead', '-1100 days')
  expect((await takers('ahead')).filter(Boolean)).toHaveLength(1)
})

test('a chore that failed is due again after its pause', async () => {
  await turns.take('failed', hourMs)
  await turns.giveBack('failed', { everyMs: hourMs, pauseMs: 60_000 })
  expect(await turns.take('failed', hourMs)).toBe(false)
  await sql`update chore_turns set taken_at = taken_at - interval '1 minute' where name = 'failed'`.execute(
    db,
  )
  expect(await turns.take('failed', hourMs)).toBe(true)
})

test('turns of chores that there are no more are forgotten, and those of a later version beside us are not', async () => {
  await takenAgo('gone', '8 days')
  await takenAgo('of a later version', '1 hour')
  await takenAgo('ours', '30 days')
  await turns.forgetOthers(['ours'])
  const { rows } = await sql<{ name: string }>`
    select name from chore_turns where name = any(array['gone', 'of a later version', 'ours']) order by name`.execute(
    db,
  )
  expect(rows.map(({ name }) => name)).toEqual(['of a later version', 'ours'])
})

test('what earlier versions planned in Redis is removed from it, and nothing else is', async () => {
  const redis = redisForCommands({ url: await freshRedis(12), name: 'chores-test', log: quietLog })
  await redis.connect()
  expect(await forgetOldSchedulers(redis)).toBe(false)
  const queue = new Queue('chores', { connection: redis })
  for (const name of ['partitions.ensure', 'claims.prune'])
    await queue.upsertJobScheduler(name, { every: 60_000 }, { name })
  await queue.close()
  await redis.set('claim:somebody', 'x')
  expect(await forgetOldSchedulers(redis)).toBe(true)
  const keys = (await Array.fromAsync(redis.scanStream({ match: '*' }))).flat()
  expect(keys).toEqual(['claim:somebody'])
  expect(await forgetOldSchedulers(redis)).toBe(false)
  redis.disconnect()
})
