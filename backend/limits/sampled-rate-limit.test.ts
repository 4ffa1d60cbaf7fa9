import { expect, test } from 'bun:test'
import { createRateLimit } from './rate-limit.ts'
import { createSampledRateLimit } from './sampled-rate-limit.ts'

function make(perMinute: number) {
  const clock = { ms: 0 }
  const now = () => clock.ms
  const limit = createRateLimit({ perMinute, burst: perMinute, now })
  return { clock, limit: createSampledRateLimit({ limit, oneIn: 4, now }) }
}

test('it asks who sends for one request of many only', () => {
  const { limit } = make(60)
  let asked = 0
  for (let each = 0; each < 40; each++)
    limit.take(() => {
      asked++
      return 'somebody'
    })
  expect(asked).toBe(10)
})

test('a flood from one client is refused, until it may send again', () => {
  const { limit, clock } = make(10)
  const refused = () =>
    Array.from({ length: 100 }, () => limit.take(() => 'flood')).filter((wait) => wait > 0).length
  expect(refused()).toBeGreaterThan(50)
  expect(limit.take(() => 'flood')).toBeGreaterThan(0)
  expect(limit.take(() => 'neighbour')).toBe(0)
  clock.ms += 60_000
  expect(limit.take(() => 'flood')).toBe(0)
})

test('without a limit nobody is ever refused', () => {
  const { limit } = make(0)
  for (let each = 0; each < 1_000; each++) expect(limit.take(() => 'flood')).toBe(0)
})
