import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createMemoryRateLimitShare } from '../memory/rate-limit.ts'
import { rateLimitShareContract } from '../testing/contracts/rate-limit.ts'
import { createRateLimit } from './rate-limit.ts'

function clock() {
  let nowMs = 1_000_000
  return {
    now: () => nowMs,
    pass(ms: number) {
      nowMs += ms
    },
  }
}

rateLimitShareContract('memory', (bucket) => createMemoryRateLimitShare({ ...bucket, now: () => 0 }))

describe('one process', () => {
  test('a client may send its burst at once and is then told how long to wait', () => {
    const limit = createRateLimit({ perMinute: 20, burst: 5, now: clock().now })
    for (let n = 0; n < 5; n += 1) expect(limit.take('a')).toBe(0)
    expect(limit.take('a')).toBe(3)
    expect(limit.take('b')).toBe(0)
  })

  test('who waits as long as told is let through', () => {
    const time = clock()
    const limit = createRateLimit({ perMinute: 20, burst: 1, now: time.now })
    expect(limit.take('a')).toBe(0)
    const waitS = limit.take('a')
    time.pass(waitS * 1000)
    expect(limit.take('a')).toBe(0)
  })

  test('being refused costs nothing: the wait only shrinks', () => {
    const time = clock()
    const limit = createRateLimit({ perMinute: 6, burst: 1, now: time.now })
    limit.take('a')
    expect(limit.take('a')).toBe(10)
    time.pass(4_000)
    for (let n = 0; n < 100; n += 1) expect(limit.take('a')).toBe(6)
  })

  test('a bucket never holds more than its burst', () => {
    const time = clock()
    const limit = createRateLimit({ perMinute: 60, burst: 3, now: time.now })
    limit.take('a')
    time.pass(3_600_000)
    for (let n = 0; n < 3; n += 1) expect(limit.take('a')).toBe(0)
    expect(limit.take('a')).toBeGreaterThan(0)
  })

  test('over any time no client gets more than the burst and what came back', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5_000), { maxLength: 300 }), (pauses) => {
        const time = clock()
        const limit = createRateLimit({ perMinute: 30, burst: 4, now: time.now })
        let taken = 0
        let passedMs = 0
        for (const pauseMs of pauses) {
          time.pass(pauseMs)
          passedMs += pauseMs
          if (limit.take('a') === 0) taken += 1
          expect(taken).toBeLessThanOrEqual(4 + passedMs / 2_000 + 1e-6)
        }
      }),
    )
  })

  test('a clock that steps back neither refills nor locks out', () => {
    const time = clock()
    const limit = createRateLimit({ perMinute: 60, burst: 1, now: time.now })
    limit.take('a')
    time.pass(-500_000)
    expect(limit.take('a')).toBe(1)
    time.pass(1_000)
    expect(limit.take('a')).toBe(0)
  })

  test('with 0 a minute there is no limit', () => {
    const limit = createRateLimit({ perMinute: 0, burst: 1, now: clock().now })
    for (let n = 0; n < 1_000; n += 1) expect(limit.take('a')).toBe(0)
  })

  test('a crowd of clients does not make an active one forgotten', () => {
    const time = clock()
    const limit = createRateLimit({ perMinute: 0.001, burst: 1, now: time.now, maxClients: 1_000 })
    limit.take('busy')
    for (let n = 0; n < 20_000; n += 1) {
      time.pass(1)
      limit.take(`passer-by-${n}`)
      if (n % 25 === 0) expect(limit.take('busy')).toBeGreaterThan(0)
    }
  })

  test('an idle client is forgotten when the room is full, so memory is bounded', () => {
    const time = clock()
    const limit = createRateLimit({ perMinute: 0.001, burst: 1, now: time.now, maxClients: 100 })
    limit.take('idle')
    for (let n = 0; n < 10_000; n += 1) {
      time.pass(1)
      limit.take(`passer-by-${n}`)
    }
    expect(limit.take('idle')).toBe(0)
  })

  test('every address has a bucket of its own, in either family', () => {
    const limit = createRateLimit({ perMinute: 1, burst: 1, now: clock().now })
    const clients = [
      ...Array.from({ length: 500 }, (_, n) => `10.0.${n >> 8}.${n & 255}`),
      ...Array.from({ length: 500 }, (_, n) => `2001:db8:${n.toString(16)}::/64`),
      '0.0.0.0',
    ]
    for (const client of clients) expect(limit.take(client)).toBe(0)
    for (const client of clients) expect(limit.take(client)).toBeGreaterThan(0)
  })
})

describe('several processes', () => {
  const bucket = { perMinute: 60, burst: 8 }

  test('a visitor who submits once or twice is nobody’s news', async () => {
    const told: string[] = []
    const share = {
      exchange: async (taken: ReadonlyMap<string, number>) => {
        told.push(...taken.keys())
        return new Map()
      },
    }
    const limit = createRateLimit({ ...bucket, share, now: clock().now })
    limit.take('visitor')
    for (let n = 0; n < 5; n += 1) limit.take('hammer')
    await limit.sync()
    expect(told).toEqual(['hammer'])
  })

  test('what has come back in the meantime is no news', async () => {
    const time = clock()
    const told: number[] = []
    const share = {
      exchange: async (taken: ReadonlyMap<string, number>) => {
        told.push(...taken.values())
        return new Map()
      },
    }
    const limit = createRateLimit({ ...bucket, share, now: time.now })
    for (let n = 0; n < 600; n += 1) {
      limit.take('steady')
      time.pass(1_000)
    }
    for (let n = 0; n < 3; n += 1) limit.take('steady')
    await limit.sync()
    expect(told).toEqual([3])
  })

  test('what was taken too much is waited for', async () => {
    const time = clock()
    const share = createMemoryRateLimitShare({ ...bucket, now: time.now })
    const [here, there] = [0, 1].map(() => createRateLimit({ ...bucket, share, now: time.now }))
    for (let n = 0; n < 8; n += 1) {
      here!.take('a')
      there!.take('a')
    }
    await here!.sync()
    await there!.sync()
    expect(there!.take('a')).toBe(9)
    time.pass(8_000)
    expect(there!.take('a')).toBe(1)
    time.pass(1_000)
    expect(there!.take('a')).toBe(0)
  })

  test('in the long run two processes let through the limit, not twice', async () => {
    const time = clock()
    const share = createMemoryRateLimitShare({ ...bucket, now: time.now })
    const [here, there] = [0, 1].map(() => createRateLimit({ ...bucket, share, now: time.now }))
    let taken = 0
    for (let tick = 0; tick < 2_400; tick += 1) {
      for (const limit of [here!, there!]) if (limit.take('a') === 0) taken += 1
      if (tick % 2 === 1) await Promise.all([here!.sync(), there!.sync()])
      time.pass(250)
    }
    const fair = bucket.burst + 600
    expect(taken).toBeGreaterThan(fair * 0.95)
    expect(taken).toBeLessThan(fair * 1.05)
  })

  test('without the share each process limits alone, and says so once', async () => {
    const events: string[] = []
    const time = clock()
    const share = createMemoryRateLimitShare({ ...bucket, now: time.now })
    const limit = createRateLimit({ ...bucket, share, now: time.now, onShare: (state) => events.push(state) })
    share.fail(true)
    let taken = 0
    for (let n = 0; n < 20; n += 1) {
      if (limit.take('a') === 0) taken += 1
      await limit.sync()
    }
    expect(taken).toBe(8)
    expect(events).toEqual(['alone'])
    share.fail(false)
    time.pass(1_000)
    limit.take('a')
    await limit.sync()
    expect(events).toEqual(['alone', 'shared'])
  })

  test('an outage is not held against a client afterwards', async () => {
    const time = clock()
    const share = createMemoryRateLimitShare({ ...bucket, now: time.now })
    const limit = createRateLimit({ ...bucket, share, now: time.now })
    share.fail(true)
    for (let s = 0; s < 600; s += 1) {
      limit.take('steady')
      time.pass(1_000)
      await limit.sync()
    }
    share.fail(false)
    for (let s = 0; s < 10; s += 1) {
      expect(limit.take('steady')).toBe(0)
      time.pass(1_000)
      await limit.sync()
    }
  })

  test('a share that lost its memory hands out no new bucket', async () => {
    const limit = createRateLimit({ ...bucket, share: { exchange: async () => new Map() }, now: clock().now })
    for (let n = 0; n < 8; n += 1) limit.take('a')
    await limit.sync()
    expect(limit.take('a')).toBeGreaterThan(0)
  })
})
