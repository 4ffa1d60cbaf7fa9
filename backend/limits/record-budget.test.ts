import { expect, test } from 'bun:test'
import { createRateLimit } from './rate-limit.ts'
import { createRecordBudget } from './record-budget.ts'

const oneIn = 4

/** Budgets in records a minute; `perDay` for all together. */
function make(perMinute: number, options: { block?: number; perDay?: number } = {}) {
  const clock = { ms: 0 }
  const now = () => clock.ms
  const limitOf = (records: number) => {
    const rate = { perMinute: records / oneIn, burst: records / oneIn }
    return createRateLimit({ ...rate, now })
  }
  const budget = createRecordBudget({
    ofClient: limitOf(perMinute),
    ofBlock: limitOf(options.block ?? perMinute * 100),
    oneIn,
    perDay: options.perDay ?? 0,
    now,
  })
  const keptOf = (clientOf: (each: number) => string, times: number, count = 1) =>
    Array.from({ length: times }, (_, each) => budget.take(() => clientOf(each), count)).filter(
      (waitS) => waitS === 0,
    ).length
  return { clock, budget, keptOf }
}

test('it asks who sends for one record of many only', () => {
  const { budget } = make(240)
  let asked = 0
  for (let each = 0; each < 40; each++)
    budget.take(() => {
      asked++
      return 'somebody'
    })
  expect(asked).toBe(10)
})

test('a flood from one client leaves its budget, and is refused until there is room again', () => {
  const { budget, clock, keptOf } = make(40)
  const kept = keptOf(() => 'flood', 400)
  expect(kept).toBeGreaterThan(30)
  expect(kept).toBeLessThan(60)
  expect(budget.take(() => 'flood')).toBeGreaterThan(0)
  expect(budget.take(() => 'neighbour')).toBe(0)
  clock.ms += 60_000
  expect(budget.take(() => 'flood')).toBe(0)
})

test('fifty events of one request use up as much as fifty requests', () => {
  const single = make(400).keptOf(() => 'flood', 2_000)
  const together = make(400).keptOf(() => 'flood', 40, 50) * 50
  expect(together).toBeGreaterThan(single / 2)
  expect(together).toBeLessThan(single * 2)
})

test('whoever has a whole IPv6 block and sends from each of its networks once uses up the budget of the block', () => {
  const { keptOf } = make(40, { block: 80 })
  const kept = keptOf((each) => `2001:db8:7:${each.toString(16)}::/64`, 1_000)
  expect(kept).toBeLessThan(120)
  expect(keptOf((each) => `2001:db8:8:${each.toString(16)}::/64`, 40)).toBe(40)
})

test('all together leave no more than a day may bring, and it comes back with time', () => {
  const { clock, keptOf } = make(0, { perDay: 8_000 })
  expect(keptOf((each) => `client ${each}`, 3_000)).toBe(1_000)
  clock.ms += 3_600_000
  expect(keptOf((each) => `client ${each}`, 3_000)).toBeGreaterThanOrEqual(333)
})

test('without limits nobody is ever refused', () => {
  const { keptOf } = make(0)
  expect(keptOf(() => 'flood', 1_000)).toBe(1_000)
})
