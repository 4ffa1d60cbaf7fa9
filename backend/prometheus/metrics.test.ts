import { expect, test } from 'bun:test'
import { Histogram, Registry } from 'prom-client'
import { createDurationHistogram } from './duration-histogram.ts'
import { addGauges, addGaugesOf, createApiMetrics, createRegistry } from './metrics.ts'

const options = { name: 'a_duration_seconds', help: 'a test', bucketsS: [0.001, 0.01, 0.1] }

test('the histogram of the hot path is scraped exactly like the one of prom-client', async () => {
  const ours = new Registry()
  const theirs = new Registry()
  const fast = createDurationHistogram(ours, options)
  const usual = new Histogram({ ...options, buckets: [...options.bucketsS], registers: [theirs] })
  for (const seconds of [0, 0.001, 0.0011, 0.01, 0.05, 0.1, 0.5, 7]) {
    fast.observe(seconds)
    usual.observe(seconds)
  }
  expect(await ours.metrics()).toBe(await theirs.metrics())
})

test('every outcome is there from the start, so that rate() sees its first event', async () => {
  const registry = createRegistry('test')
  const metrics = createApiMetrics(registry)
  const line = (outcome: string) =>
    new RegExp(`^lead_submissions_total\\{outcome="${outcome}",process="test"\\} (\\d+)$`, 'm')
  expect(line('failed').exec(await registry.metrics())?.[1]).toBe('0')
  metrics.submission('failed', 5)
  metrics.submission('replayed', 5)
  const text = await registry.metrics()
  expect(line('failed').exec(text)?.[1]).toBe('1')
  expect(text).toContain('endpoint_requests_total{status="success",process="test"} 1')
  expect(text).toContain('endpoint_requests_total{status="error",process="test"} 1')
  expect(await registry.metrics()).toContain('endpoint_requests_total{status="error",process="test"} 1')
})

test('a gauge that cannot be read, or not in time, holds up no scrape and says so', async () => {
  const registry = createRegistry('test')
  addGauges(registry, {
    well: { help: 'read', read: async () => 7 },
    broken: { help: 'rejects', read: () => Promise.reject(new Error('away')) },
    silent: { help: 'never answers', read: () => new Promise(() => {}) },
  })
  const text = await registry.metrics()
  for (const line of ['well{process="test"} 7', 'broken{process="test"} Nan', 'silent{process="test"} Nan'])
    expect(text).toContain(line)
})

test('a scrape asks for nothing that the whole heap is walked for', async () => {
  const text = await createRegistry('test').metrics()
  expect(text).toContain('nodejs_heap_size_used_bytes')
  expect(text).not.toContain('nodejs_heap_space')
})

test('gauges of one reading are read once a scrape, and again by the next', async () => {
  const registry = createRegistry('test')
  let readings = 0
  addGaugesOf(registry, async () => ({ one: ++readings, two: readings * 2 }), {
    figure_one: { help: 'a test', of: ({ one }) => one },
    figure_two: { help: 'a test', of: ({ two }) => two },
  })
  for (const scrape of [1, 2]) {
    const text = await registry.metrics()
    expect(text).toContain(`figure_one{process="test"} ${scrape}\n`)
    expect(text).toContain(`figure_two{process="test"} ${scrape * 2}\n`)
  }
})

test('a figure that counts is scraped as a counter, and left out where it cannot be read', async () => {
  const registry = createRegistry('test')
  let count = 3
  addGauges(registry, {
    count_total: {
      help: 'a test',
      counts: true,
      read: async () => (count < 0 ? Promise.reject(new Error('away')) : count),
    },
  })
  expect(await registry.metrics()).toContain('# TYPE count_total counter\ncount_total{process="test"} 3\n')
  count = -1
  expect(await registry.metrics()).not.toContain('count_total{')
  count = 5
  expect(await registry.metrics()).toContain('count_total{process="test"} 5\n')
})
