import { expect, test } from 'bun:test'
import type { KeptClaim } from './ports.ts'
import { reconcile } from './reconcile.ts'

const claimsOf = (count: number): KeptClaim[] =>
  Array.from({ length: count }, (_, n) => ({ phoneKey: `p${n}`, leadId: `l${n}`, idempotencyKey: '' }))

function setUp(options: { kept: readonly KeptClaim[][]; told?: readonly string[]; stopAfter?: number }) {
  const known = new Set(options.told)
  const did: string[] = []
  let pauses = 0
  const since: Date[] = []
  const run = () =>
    reconcile({
      async retryFailed() {
        did.push('failed')
        return 2
      },
      async releasePhantoms() {
        did.push('phantoms')
        return { claims: 7, released: 1, unreadable: 2 }
      },
      async *claimsSince(from) {
        did.push('claims')
        since.push(from)
        yield* options.kept
      },
      async tell(claims) {
        expect(claims.length).toBeLessThanOrEqual(500)
        const news = claims.filter(({ phoneKey }) => !known.has(phoneKey))
        for (const { phoneKey } of news) known.add(phoneKey)
        return news.length
      },
      async pause() {
        if (++pauses === options.stopAfter) throw new Error('stopping')
      },
      dedupWindowMs: 3_000,
      nowMs: () => 10_000,
    })
  return { run, did, known, since, pauses: () => pauses }
}

test('what differs is mended and counted, and a second look finds nothing', async () => {
  const { run, since } = setUp({ kept: [claimsOf(3)], told: ['p1'] })
  expect(await run()).toEqual({ claims: 7, released: 1, unreadable: 2, known: 3, told: 2, retried: 2 })
  expect((await run()).told).toBe(0)
  expect(since[0]).toEqual(new Date(7_000))
})

test('claims without a lead are given back before others are told, so that nothing is told twice', async () => {
  const { run, did } = setUp({ kept: [] })
  await run()
  expect(did).toEqual(['failed', 'phantoms', 'claims'])
})

test('it takes breath after every 500 claims, and stops there when it is told to', async () => {
  const { run, pauses } = setUp({ kept: [claimsOf(1_200), claimsOf(1)] })
  await run()
  expect(pauses()).toBe(4)
  const stopped = setUp({ kept: [claimsOf(1_200)], stopAfter: 2 })
  await expect(stopped.run()).rejects.toThrow('stopping')
  expect(stopped.known.size).toBe(1_000)
})
