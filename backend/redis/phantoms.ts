import type { Redis } from 'ioredis'
import { batchIdOf, isId } from '../batching/ids.ts'
import { releaseClaim } from './claims.ts'
import { keysOf } from './keys.ts'
import { sealOpener } from './seal-key.ts'

export type PhantomOptions = Readonly<{
  redis: Redis
  /** Which of these leads are kept, in the table or in quarantine. */
  keptOf(leadIds: readonly string[]): Promise<ReadonlySet<string>>
  /** Told of each lead that is gone, whose claim was given back. */
  onGone?(leadId: string): void
  /** Called between two pages. */
  pause?(): Promise<void>
}>

const claimsAtOnce = 500

/**
 * Gives back claims whose lead is neither queued nor kept, so that nobody is told "duplicate" for a lead that is not
 * there. The line makes none; a restored backup or a hand in the stores can. Returns how many claims were looked at, how
 * many were given back, and how many hold no id: nobody becomes a duplicate of those, and a later version may know them.
 */
export async function releasePhantoms(
  options: PhantomOptions,
): Promise<{ claims: number; released: number; unreadable: number }> {
  const { redis } = options
  let claims = 0
  let released = 0
  let unreadable = 0
  const open = await sealOpener(redis)
  for await (const page of redis.scanStream({ match: `${keysOf(redis).claim}*`, count: claimsAtOnce })) {
    const keys = [...new Set(page as string[])]
    if (keys.length === 0) continue
    claims += keys.length
    const holders = await redis.mget(keys)
    const held = keys.flatMap((key, index) => {
      const leadId = holders[index]?.slice(0, 36)
      // Gone since it was found, or of another kind.
      if (leadId === undefined) return []
      if (isId(leadId)) return [{ key, leadId }]
      unreadable++
      return []
    })
    const queued = await Promise.all(held.map(({ leadId }) => isQueued(redis, open(leadId))))
    // Asked in this order, a lead on its way from the queue to the table is always seen.
    const kept = await options.keptOf(held.map(({ leadId }) => leadId))
    for (const [index, { key, leadId }] of held.entries())
      if (!queued[index] && !kept.has(leadId) && (await releaseClaim(redis, key, leadId)) > 0) {
        released++
        options.onGone?.(leadId)
      }
    await options.pause?.()
  }
  return { claims, released, unreadable }
}

/** A finished job, which earlier versions kept for a while, says nothing of a row that is gone. Undefined: nobody can tell. */
async function isQueued(redis: Redis, leadId: string | undefined): Promise<boolean> {
  if (leadId === undefined) return true
  const [name, finishedOn] = await redis.hmget(keysOf(redis).queue(batchIdOf(leadId)), 'name', 'finishedOn')
  return name != null && finishedOn == null
}
