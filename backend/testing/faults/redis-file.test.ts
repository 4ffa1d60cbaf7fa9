import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { forgetStored } from '../../redis/forget-stored.ts'
import { until, untilRedisPath } from '../stage/faults.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { redisAdmin, userWith } from '../stage/redis-admin.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const admin = redisAdmin(services.env.REDIS_URL!)
atEnd(() => admin.disconnect())

const ever = new AbortController().signal
const now = async (name: string) =>
  new RegExp(`^${name}:(\\d+)`, 'm').exec(await admin.info('persistence'))?.[1]
const isQuiet = async () =>
  (await now('aof_rewrite_in_progress')) === '0' && (await now('rdb_bgsave_in_progress')) === '0'

test('the file of Redis is written anew where something was added to it, and never beside a save', async () => {
  await admin.set('limit:one', 'x')
  expect(await forgetStored(admin, ever)).toEqual({ outcome: 'begun' })
  await until('it is written', isQuiet)
  expect(await forgetStored(admin, ever)).toEqual({ outcome: 'nothing' })

  for (let index = 0; index < 20; index++) await admin.set(`limit:${index}`, 'x')
  // So that the save takes two seconds.
  await admin.config('SET', 'rdb-key-save-delay', '100000')
  await admin.bgsave()
  expect(await now('rdb_bgsave_in_progress')).toBe('1')
  await expect(forgetStored(admin, AbortSignal.timeout(50))).rejects.toThrow()
  await admin.config('SET', 'rdb-key-save-delay', '0')
  expect(await forgetStored(admin, ever)).toEqual({ outcome: 'begun' })
  expect(await now('rdb_bgsave_in_progress')).toBe('0')
  await until('it is written', isQuiet)
})

test('a Redis that will not write its file anew is told of once, and works like any other', async () => {
  const url = await userWith(admin, services.env.REDIS_URL!, 'managed', '+@all', '-bgrewriteaof')
  await admin.set('limit:of-before', 'x')
  const line = await startLine({ env: { ...services.env, REDIS_URL: url } })
  const output = () => line.worker.output()
  const times = (event: string) => output().split(`"event":"${event}"`).length - 1
  try {
    await untilRedisPath(line.origin, 'open')
    await until('it is told', () => times('redis.file_not_rewritten') === 1)
    await until('the other chores are done', () => times('leads.reconciled') === 1)
    await admin.set('limit:of-later', 'x')
    await sql`update chore_turns set taken_at = now() - interval '25 hours'`.execute(db)
    await until('the chores are done again', () => times('leads.reconciled') === 2)
    const { rows } =
      await sql`select from chore_turns where name = 'redis.forget_stored' and taken_at > now() - interval '1 minute'`.execute(
        db,
      )
    expect(rows).toHaveLength(1)
    expect(times('redis.file_not_rewritten')).toBe(1)
    expect(times('chore.failed')).toBe(0)
    expect(times('redis.unable')).toBe(0)
  } finally {
    await line.stop()
  }
}, 60_000)
