import { describe, expect, test } from 'bun:test'
import { createRateLimit, type RateLimitShare } from '../../limits/rate-limit.ts'

// A token comes back every ten minutes, so that the time a test takes does not count.
const bucket = { perMinute: 0.1, burst: 20 }

export type RateLimitShareMaker = (bucket: { perMinute: number; burst: number }) => RateLimitShare

/** What every share of the rate limit promises, whichever engine keeps it. */
export function rateLimitShareContract(name: string, makeShare: RateLimitShareMaker) {
  const newClient = () => `client-${crypto.randomUUID()}`

  describe(`the rate limit shared through ${name}`, () => {
    test('two processes that exchange let a client through once, not twice', async () => {
      const share = makeShare(bucket)
      const processes = [0, 1].map(() => createRateLimit({ ...bucket, share, now: () => 0 }))
      const client = newClient()
      let taken = 0
      for (let tries = 0; tries < 60; tries += 1) {
        const limit = processes[tries % 2]!
        if (limit.take(client) === 0) taken += 1
        await limit.sync()
      }
      // One more may pass the process that has not heard the latest news yet.
      expect(taken).toBeGreaterThanOrEqual(bucket.burst)
      expect(taken).toBeLessThanOrEqual(bucket.burst + 1)
    })

    test('what a process took before it could exchange is taken from the other, too', async () => {
      const share = makeShare(bucket)
      const [here, there] = [0, 1].map(() => createRateLimit({ ...bucket, share, now: () => 0 }))
      const client = newClient()
      for (let n = 0; n < 12; n += 1) here!.take(client)
      await here!.sync()
      for (let n = 0; n < 8; n += 1) expect(there!.take(client)).toBe(0)
      await there!.sync()
      expect(there!.take(client)).toBeGreaterThan(0)
    })

    test('what is missing from a bucket adds up over exchanges, for each client alone', async () => {
      const share = makeShare(bucket)
      const [one, two] = [newClient(), newClient()]
      await share.exchange(new Map([[one, 4]]))
      const missing = await share.exchange(
        new Map([
          [one, 5],
          [two, 3],
        ]),
      )
      expect(missing.get(one)).toBeCloseTo(9, 1)
      expect(missing.get(two)).toBeCloseTo(3, 1)
    })

    test('a thousand clients are exchanged at once', async () => {
      const share = makeShare(bucket)
      const taken = new Map(Array.from({ length: 1_000 }, (_, n) => [newClient(), 1 + (n % 5)]))
      const missing = await share.exchange(taken)
      for (const [client, count] of taken) expect(missing.get(client)).toBeCloseTo(count, 1)
    })
  })
}
