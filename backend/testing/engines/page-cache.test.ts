import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BuiltPages, createBuiltPage } from '../../http/page/built-page.ts'
import { createKeyedHash } from '../../keyed-hash.ts'
import { redisForCommands } from '../../redis/connection.ts'
import { createPageCache } from '../../redis/page-cache.ts'
import { pageCacheContract } from '../contracts/page-cache.ts'
import { freshRedis, quietLog } from '../stage/engines.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { redisAdmin } from '../stage/redis-admin.ts'

const url = await freshRedis(5)
const keyedHash = createKeyedHash('k'.repeat(32))
const redis = redisForCommands({ url, name: 'test.page', log: quietLog })
const admin = redisAdmin(url)
const open: ReturnType<typeof createPageCache>[] = []

const cacheOf = (connection = redis) => {
  // A busy machine is no Redis that hangs.
  const cache = createPageCache(connection, keyedHash, quietLog, 10_000)
  open.push(cache)
  return cache
}

beforeAll(() => redis.connect())
afterEach(async () => {
  for (const cache of open.splice(0)) await cache.close()
})
afterAll(() => {
  admin.disconnect()
  redis.disconnect()
})

pageCacheContract('Redis', async () => {
  await admin.flushdb()
  const [one, other] = [cacheOf(), cacheOf()]
  // A flush is told to those who listen already.
  for (const cache of [one, other]) {
    cache.onFlush(() => {})
    await cache.listening
  }
  return { one, other }
})

describe('bun run page:flush', () => {
  const command = (redisUrl: string) => operatorCommand(['page.ts', 'flush'], { REDIS_CACHE_URL: redisUrl })

  test('makes an API serve what is on disk, although its time is not up', async () => {
    await admin.flushdb()
    const distDir = await mkdtemp(join(tmpdir(), 'landfast-flush-'))
    await Bun.write(join(distDir, 'index.html'), 'on disk')
    await utimes(join(distDir, 'index.html'), new Date(0), new Date(0))
    const cache = cacheOf()
    const pageOf = (built: BuiltPages) => async () => (await built.current()).source?.templates.get('en/')
    const processOf = () =>
      createBuiltPage({ distDir, cache, ttlMs: 3_600_000, publicUrl: '', log: quietLog })
    const page = pageOf(processOf())
    await cache.listening
    expect(await page()).toBe('on disk')
    const build = createHash('sha256').update('on disk').digest('hex').slice(0, 16)
    await cache.set(build, 'stale', 3_600_000)
    const otherPage = pageOf(processOf())
    expect(await otherPage()).toBe('stale')

    const { out, code } = await command(url)
    expect(out).toContain('Flushed 1 cached page;')
    expect(code).toBe(0)
    while ((await otherPage()) !== 'on disk') await Bun.sleep(5)
    await rm(distDir, { recursive: true })
  })

  test('says in one sentence that Redis is away', async () => {
    const { err, code } = await command('redis://127.0.0.1:1')
    expect(code).toBe(1)
    expect(err).toContain('does not answer, so nothing was flushed')
    expect(err.trim().split('\n')).toHaveLength(1)
  })
})

test('what is not of the page stays when the page is flushed', async () => {
  await redis.set('limit:someone', '1')
  await cacheOf().flush()
  expect(await redis.get('limit:someone')).toBe('1')
})

test('a page that somebody else wrote to Redis is not shown', async () => {
  const cache = cacheOf()
  await cache.set('build', 'ours', 60_000)
  expect(await cache.get('build')).toBe('ours')
  for (const forged of ['', 'theirs', `${'0'.repeat(32)}theirs`, `${keyedHash('theirs')}theirs`]) {
    await redis.set('page:html:build', forged)
    expect(await cache.get('build')).toBeUndefined()
  }
})

test('without Redis there is no page, nothing is kept, and only a flush says so', async () => {
  const away = redisForCommands({ url: 'redis://127.0.0.1:1', name: 'test.away', log: quietLog })
  const cache = cacheOf(away)
  cache.onFlush(() => {})
  expect(await cache.get('a')).toBeUndefined()
  await cache.set('a', 'html', 60_000)
  await expect(cache.flush()).rejects.toThrow()
  away.disconnect()
})

test('a Redis that hangs is given up once, told of once, and not asked again for a while', async () => {
  const asked: string[] = []
  const silent = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data(socket, data) {
        const text = data.toString()
        // It greets, as ioredis wants, and then says no more.
        if (text.includes('info')) socket.write('$0\r\n\r\n')
        else if (/\bget\b/.test(text)) asked.push(text)
        else for (const _ of text.matchAll(/\*\d/g)) socket.write('+OK\r\n')
      },
    },
  })
  const hanging = redisForCommands({
    url: `redis://127.0.0.1:${silent.port}`,
    name: 'test.hanging',
    log: quietLog,
  })
  await hanging.connect()
  const told: string[] = []
  const say = (event: string) => void told.push(event)
  const cache = createPageCache(hanging, keyedHash, { debug: say, info: say, warn: say, error: say })
  expect(await Promise.all([cache.get('a'), cache.get('b')])).toEqual([undefined, undefined])
  const askedAtFirst = asked.length
  expect(await cache.get('a')).toBeUndefined()
  expect(asked.length).toBe(askedAtFirst)
  expect(told).toEqual(['page_cache.away'])
  hanging.disconnect()
  silent.stop(true)
})

test('a process hears of a flush again after Redis cut it off', async () => {
  const cache = cacheOf()
  let heard = 0
  cache.onFlush(() => heard++)
  await cache.listening
  const clients = String(await admin.client('LIST'))
  const id = /^id=(\d+).*name=landfast-page-flush\b/m.exec(clients)?.[1]
  await admin.client('KILL', 'ID', Number(id))
  while (heard === 0) {
    await cache.flush()
    await Bun.sleep(20)
  }
})
