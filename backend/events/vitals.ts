/**
 * Web vitals are counted in buckets that grow by a fifth, so that a percentile is right to a few percent and costs the
 * same for ten values and ten million. Bucket n holds what is above 1.2^(n-1) and at most 1.2^n; times are in
 * milliseconds, and layout shift, which has no unit, in thousandths.
 */
export const bucketBase = 1.2
export const bucketCount = 64

/** The value that `share` (0 to 1) of all values do not exceed, or null when there are none. */
export function percentileOf(buckets: readonly number[], share: number): number | null {
  const total = buckets.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  let left = share * total
  for (const [index, count] of buckets.entries()) {
    if (count > 0 && left <= count) return bucketBase ** (index - 1 + left / count)
    left -= count
  }
  return bucketBase ** (buckets.length - 1)
}
