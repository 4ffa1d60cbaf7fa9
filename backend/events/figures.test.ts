import { describe, expect, test } from 'bun:test'
import { bucketBase, bucketCount, percentileOf } from './vitals.ts'
import { wilsonInterval } from './wilson.ts'

describe('a Wilson interval', () => {
  test.each([
    [10, 100, 0.0552, 0.1744],
    [0, 10, 0, 0.2775],
    [10, 10, 0.7225, 1],
    [500, 1000, 0.4691, 0.5309],
  ])('of %d in %d is known', (hits, trials, low, high) => {
    const found = wilsonInterval(hits, trials)
    expect(found[0]).toBeCloseTo(low, 4)
    expect(found[1]).toBeCloseTo(high, 4)
  })
})

describe('a percentile from buckets', () => {
  const bucketOf = (value: number) =>
    Math.min(bucketCount - 1, Math.max(0, Math.ceil(Math.log(Math.max(1, value)) / Math.log(bucketBase))))

  test('is within a tenth of the true one', () => {
    const values = Array.from({ length: 1_000 }, (_, index) => 400 + index * 3)
    const buckets = Array.from({ length: bucketCount }, () => 0)
    for (const value of values) buckets[bucketOf(value)]!++
    const truth = values[749]!
    expect(Math.abs(percentileOf(buckets, 0.75)! / truth - 1)).toBeLessThan(0.1)
  })

  test('of nothing is nothing', () => {
    expect(percentileOf([0, 0, 0], 0.75)).toBeNull()
  })
})
