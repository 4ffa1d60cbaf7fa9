import { expect, test } from 'bun:test'
import { acceptedAtMs } from '../batching/ids.ts'
import { Problem } from '../problem.ts'
import { createWordReader } from '../words/reader.ts'
import { createEventCollector, type EventCollectorDeps } from './collect.ts'
import type { EventBatch } from './ports.ts'

const names = {
  first: 'hero',
  parts: new Set(['hero.a']),
  stopped: new Set<string>(),
  unread: new Set<string>(),
}
const nowMs = Date.UTC(2026, 10, 21, 12)

function makeCollector(
  options: Partial<EventCollectorDeps> & { isOpen?: boolean; failures?: ('redis' | 'postgres')[] } = {},
) {
  const { isOpen = true, failures = [] } = options
  const told = { redis: [] as EventBatch[], postgres: [] as EventBatch[], fallbacks: 0, away: 0, lost: 0 }
  const store = (name: 'redis' | 'postgres') => ({
    isOpen: () => isOpen,
    async commit(batch: EventBatch) {
      told[name].push(batch)
      if (failures.includes(name)) throw new Error(`${name} is away`)
    },
  })
  const collector = createEventCollector({
    redis: store('redis'),
    postgres: store('postgres'),
    words: createWordReader(() => names),
    isBot: (userAgent) => userAgent === 'robot',
    deviceOf: () => 'computer',
    nowMs: () => nowMs,
    randomBytes: () => crypto.getRandomValues(new Uint8Array(9)),
    onFallback: () => void told.fallbacks++,
    onUnavailable: () => void told.away++,
    onExposureLost: () => void told.lost++,
    ...options,
  })
  return { collector, told }
}

const one = (records: string) => ({ records, count: 1 })

test('events of one moment are one batch, in order', async () => {
  const { collector, told } = makeCollector()
  await Promise.all(['a', 'b', 'c'].map((records) => collector.collect(one(records))))
  expect(told.redis.map(({ records }) => records)).toEqual(['a\nb\nc'])
  expect(acceptedAtMs(told.redis[0]!.id)).toBe(nowMs)
  expect(told.postgres).toEqual([])
})

test('a batch whose outcome is unknown goes on to Postgres as it is', async () => {
  const { collector, told } = makeCollector({ failures: ['redis'] })
  await collector.collect(one('a'))
  expect(told.postgres).toEqual(told.redis)
  expect(told.fallbacks).toBe(1)
})

test('a closed Redis is not asked', async () => {
  const { collector, told } = makeCollector({ isOpen: false })
  await collector.collect(one('a'))
  expect([told.redis.length, told.postgres.length, told.fallbacks]).toEqual([0, 1, 0])
})

test('with no store at hand nothing is promised', async () => {
  const { collector, told } = makeCollector({ failures: ['redis', 'postgres'] })
  await expect(collector.collect(one('a'))).rejects.toBeInstanceOf(Problem)
  expect(told.away).toBe(1)
})

test('a batch never holds more events than it has places', async () => {
  const { collector, told } = makeCollector()
  const lists = Array.from({ length: 200 }, () => ({ records: Array(50).fill('x').join('\n'), count: 50 }))
  await Promise.all(lists.map(collector.collect))
  const sizes = told.redis.map(({ records }) => records.split('\n').length)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4096)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(10_000)
})

const exposure = { visitorId: 'v', word: 'hero.a-gone.b', userAgent: 'robot', details: { url: '/en' } }

test('an exposure is kept with what is known of its word', async () => {
  const { collector, told } = makeCollector()
  collector.exposed(exposure)
  await collector.idle()
  expect(told.redis[0]!.records).toBe('v\thero.a\texposure\t\t1\t{"url":"/en"}\tcomputer')
})

test('exposures that nothing can keep are counted, and throw nothing', async () => {
  const { collector, told } = makeCollector({ failures: ['redis', 'postgres'] })
  collector.exposed(exposure)
  collector.exposed({ ...exposure, visitorId: 'not\ta visitor' })
  await collector.idle()
  expect(told.lost).toBe(2)
})

test('exposures never fill the waiting room', () => {
  const { collector, told } = makeCollector()
  for (let each = 0; each < 20_000; each++) collector.exposed(exposure)
  expect(collector.waiting()).toBe(8_192)
  expect(told.lost).toBe(20_000 - 8_192)
})
