/** The bucket that processes share, in memory. `fail(true)` takes it away, as a lost Redis would. */
export function createMemoryRateLimitShare(bucket: { perMinute: number; burst: number; now: () => number }) {
  const fullAtMs = new Map<string, number>()
  const msPerToken = 60_000 / bucket.perMinute
  let failing = false
  return {
    fail(yes: boolean) {
      failing = yes
    },
    async exchange(taken: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, number>> {
      if (failing) throw new Error('the shared bucket is away')
      const missing = new Map<string, number>()
      for (const [client, count] of taken) {
        const behindMs = Math.max(0, (fullAtMs.get(client) ?? 0) - bucket.now()) + count * msPerToken
        fullAtMs.set(client, bucket.now() + behindMs)
        missing.set(client, behindMs / msPerToken)
      }
      return missing
    },
  }
}
