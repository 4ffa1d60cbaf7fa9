import { describe, expect, test } from 'bun:test'
import { bucketBase, bucketCount, percentileOf } from './vitals.ts'

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
