import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { createLog } from '../../log.ts'
import { redisForCommands } from '../../redis/connection.ts'
import { readLogShare, tellLogShare } from '../../redis/log-share.ts'
import { createRateLimitShare } from '../../redis/rate-limit.ts'
import { rateLimitShareContract } from '../contracts/rate-limit.ts'

const url = process.env.REDIS_URL
if (!url) throw new Error('REDIS_URL is not set: this suite needs a real Redis; `bun run test` starts one')

const log = createLog({ level: 'error', process: 'test' })
const redis = redisForCommands({ url, name: 'test.rate-limit', log })
const hashKey = (text: string) => createHmac('sha256', 'test').update(text).digest('base64url').slice(0, 22)

beforeAll(() => redis.connect())
afterAll(() => redis.disconnect())

rateLimitShareContract('Redis', (bucket) =>
  createRateLimitShare({ redis, hashKey, deadlineMs: 10_000, ...bucket }),
)

test('Redis holds no address, and forgets a bucket once it is full again', async () => {
  const share = createRateLimitShare({ redis, hashKey, deadlineMs: 10_000, perMinute: 60, burst: 20 })
  const client = `203.0.113.7-${crypto.randomUUID()}`
  await share.exchange(new Map([[client, 7]]))
  const key = `limit:${hashKey(client)}`
  expect(key).not.toContain('203.0.113.7')
  const ttlMs = await redis.pttl(key)
  expect(ttlMs).toBeGreaterThan(0)
  expect(ttlMs).toBeLessThanOrEqual(7_000)
})

test('a bucket is overdrawn by a few bursts at most, so that nobody is locked out for long', async () => {
  const share = createRateLimitShare({ redis, hashKey, deadlineMs: 10_000, perMinute: 60, burst: 20 })
  const client = crypto.randomUUID()
  const missing = await share.exchange(new Map([[client, 1_000_000]]))
  expect(missing.get(client)).toBeCloseTo(80, 1)
})

test('an exchange without Redis rejects at once', async () => {
  const away = redisForCommands({ url: 'redis://127.0.0.1:1', name: 'test.away', log })
  const share = createRateLimitShare({ redis: away, hashKey, perMinute: 60, burst: 20 })
  await expect(share.exchange(new Map([['a', 1]]))).rejects.toThrow()
  away.disconnect()
})

test('Redis tells every API what share the request log takes, and forgets a worker that fell silent', async () => {
  expect(await readLogShare(redis)).toBe(1)
  await tellLogShare(redis, 1 / 64)
  expect(await readLogShare(redis)).toBe(1 / 64)
  expect(await redis.pttl('landfast:log-share')).toBeWithin(1, 5_001)
  await tellLogShare(redis, 1)
  expect(await readLogShare(redis)).toBe(1)
  await redis.set('landfast:log-share', 'much', 'PX', 60_000)
  expect(await readLogShare(redis)).toBe(0)
  await tellLogShare(redis, 1)
})
