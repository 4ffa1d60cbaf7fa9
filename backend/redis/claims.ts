import type { Redis } from 'ioredis'
import { acceptedAtMs } from '../batching/ids.ts'
import { withDeadline } from '../deadline.ts'
import type { ClaimLookup, ClaimRelease, KeptClaim } from '../leads/ports.ts'
import { keysOf } from './keys.ts'
import releaseScript from './release.lua' with { type: 'text' }

/** What a claim's TTL adds to the window. Times in ids decide; the TTL only collects garbage. */
const graceMs = 60_000

const lookupDeadlineMs = 500
const releaseDeadlineMs = 2_000

/** How long a claim is kept in Redis. */
export function claimTtlMs(dedupWindowMs: number): number {
  return dedupWindowMs + graceMs
}

/**
 * Tells Redis of claims it does not know, and resolves with how many those were. A claim it holds already is left as it
 * is, and one of another shard is not told here.
 */
export async function seedClaims(
  redis: Redis,
  claims: readonly KeptClaim[],
  dedupWindowMs: number,
  nowMs: number,
): Promise<number> {
  const { claim: prefix, owns } = keysOf(redis)
  const pipeline = redis.pipeline()
  for (const claim of claims) {
    if (!owns(claim.phoneKey)) continue
    const ttlMs = acceptedAtMs(claim.leadId) + claimTtlMs(dedupWindowMs) - nowMs
    if (ttlMs <= 0) continue
    pipeline.set(`${prefix}${claim.phoneKey}`, `${claim.leadId}:${claim.idempotencyKey}`, 'PX', ttlMs, 'NX')
  }
  let told = 0
  for (const [error, reply] of (await pipeline.exec()) ?? []) {
    if (error) throw error
    if (reply === 'OK') told++
  }
  return told
}

/** Tells who holds a claim, as far as Redis knows. */
export function createClaimLookup(redis: Redis): ClaimLookup {
  return {
    async holderOf(phoneKey) {
      const reading = redis.get(`${keysOf(redis).claim}${phoneKey}`)
      const claim = await withDeadline(reading, lookupDeadlineMs, 'reading a claim')
      if (claim === null) return undefined
      const [id = '', idempotencyKey = ''] = claim.split(':')
      return { id, idempotencyKey }
    },
  }
}

/** Gives a claim back if this lead still holds it. Returns 1 when it did. */
export async function releaseClaim(redis: Redis, key: string, leadId: string): Promise<number> {
  return (await redis.eval(releaseScript, 1, key, leadId)) as number
}

/** Gives back the claim of a lead that went to quarantine or was corrected. */
export function createClaimRelease(redis: Redis): ClaimRelease {
  return {
    async release({ id, phoneKey }) {
      const releasing = releaseClaim(redis, `${keysOf(redis).claim}${phoneKey}`, id)
      await withDeadline(releasing, releaseDeadlineMs, 'giving a claim back')
    },
  }
}
