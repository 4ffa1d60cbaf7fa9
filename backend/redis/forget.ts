import type { Redis } from 'ioredis'
import { keysOf } from './keys.ts'

const keysAtOnce = 500

/** Forgets every claim and everything in the queue of leads, stored or not. Returns how many claims there were. */
export async function forgetLeads(redis: Redis): Promise<number> {
  const { claim, queue, known } = keysOf(redis)
  const claims = await deleteAll(redis, `${claim}*`)
  await deleteAll(redis, queue('*'))
  await redis.del(known)
  return claims
}

async function deleteAll(redis: Redis, match: string): Promise<number> {
  let count = 0
  for await (const keys of redis.scanStream({ match, count: keysAtOnce }))
    if (keys.length > 0) count += await redis.unlink(keys as string[])
  return count
}
