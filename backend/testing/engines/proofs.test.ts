import { afterAll, describe, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import type { ClaimLookup } from '../../leads/ports.ts'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { createClaimLookup as inPostgres } from '../../postgres/claims.ts'
import { createPostgresIntake } from '../../postgres/leads.ts'
import { createClaimLookup as inRedis, seedClaims } from '../../redis/claims.ts'
import { redisForCommands } from '../../redis/connection.ts'
import { createSpentProofs } from '../../redis/spent-proofs.ts'
import { freshDatabase, freshRedis, quietLog } from '../stage/engines.ts'
import { makeBatch, makeLeads } from '../stage/leads.ts'

const { db } = await freshDatabase()
const redis = redisForCommands({ url: await freshRedis(9), name: 'proofs-test', log: quietLog })
await redis.connect()
afterAll(() => redis.disconnect())

// A busy machine is no Redis that is away.
const answerMs = 10_000

const aKey = () => randomBytes(16).toString('hex')

describe('spent proofs in Redis', () => {
  test('a proof keeps what it was spent on first', async () => {
    const spent = createSpentProofs(redis, answerMs)
    const proof = aKey()
    expect(await spent.spend(proof, 'one', 60_000)).toBe('one')
    expect(await spent.spend(proof, 'two', 60_000)).toBe('one')
    expect(await spent.spend(proof, 'one', 60_000)).toBe('one')
  })

  test('of many who spend a proof at once all are told of the same first', async () => {
    const spent = createSpentProofs(redis, answerMs)
    const proof = aKey()
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, who) => spent.spend(proof, `use-${who}`, 60_000)),
    )
    expect(new Set(all).size).toBe(1)
  })

  test('a proof is forgotten once its challenge has expired, and a second try does not keep it longer', async () => {
    const spent = createSpentProofs(redis, answerMs)
    const proof = aKey()
    await spent.spend(proof, 'one', 60_000)
    await spent.spend(proof, 'two', 3_600_000)
    const ttlMs = await redis.pttl(`proof:${proof}`)
    expect(ttlMs).toBeGreaterThan(0)
    expect(ttlMs).toBeLessThanOrEqual(60_000)
  })

  test('while Redis is away nobody waits for it', async () => {
    const away = redisForCommands({ url: 'redis://127.0.0.1:1', name: 'proofs-away', log: quietLog })
    await expect(createSpentProofs(away).spend(aKey(), 'one', 60_000)).rejects.toThrow()
    away.disconnect()
  })
})

describe.each<[string, ClaimLookup, (lead: ReturnType<typeof makeLeads>[number]) => Promise<unknown>]>([
  [
    'Redis',
    inRedis(redis),
    (lead) =>
      seedClaims(
        redis,
        [{ phoneKey: lead.phoneKey, leadId: lead.id, idempotencyKey: lead.idempotencyKey }],
        60_000,
        Date.now(),
      ),
  ],
  [
    'Postgres',
    inPostgres(db),
    (lead) =>
      createPostgresIntake(db, { dedupWindowMs: 60_000, news: createMemoryNews() }).commit(makeBatch([lead])),
  ],
])('a claim in %s', (_name, lookup, claim) => {
  test('is found by its phone, with the key it was taken under', async () => {
    const [lead] = makeLeads(1, { idempotencyKey: aKey() })
    expect(await lookup.holderOf(lead!.phoneKey)).toBeUndefined()
    await claim(lead!)
    expect(await lookup.holderOf(lead!.phoneKey)).toEqual({
      id: lead!.id,
      idempotencyKey: lead!.idempotencyKey,
    })
  })

  test('that was taken without a key has none', async () => {
    const [lead] = makeLeads(1)
    await claim(lead!)
    expect(await lookup.holderOf(lead!.phoneKey)).toEqual({ id: lead!.id, idempotencyKey: '' })
  })
})
