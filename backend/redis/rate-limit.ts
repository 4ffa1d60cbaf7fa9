import type { Redis } from 'ioredis'
import { withDeadline } from '../deadline.ts'
import script from './rate-limit.lua' with { type: 'text' }

export type RateLimitShareDeps = Readonly<{
  redis: Redis
  perMinute: number
  burst: number
  /** A keyed hash: addresses of visitors never stand in Redis. */
  hashKey: (text: string) => string
  deadlineMs?: number
}>

// Redis does nothing else while it runs a script; so many buckets take it about a millisecond.
const clientsPerScript = 250
// How far a bucket can be overdrawn by processes that do not know of each other yet.
const overdraftInBursts = 4

/**
 * The shared bucket of the rate limit, in one round trip for all clients.
 * Rejects when Redis does not answer in time; then each process limits alone.
 */
export function createRateLimitShare(deps: RateLimitShareDeps) {
  const usPerToken = 60_000_000 / deps.perMinute
  const mostUs = usPerToken * deps.burst * overdraftInBursts

  const takeAll = async (clients: readonly [string, number][]): Promise<[string, number][]> => {
    const keys = clients.map(([client]) => `limit:${deps.hashKey(client)}`)
    const taken = clients.map(([, count]) => count)
    const behindUs = (await deps.redis.eval(
      script,
      keys.length,
      ...keys,
      usPerToken,
      mostUs,
      ...taken,
    )) as number[]
    return clients.map(([client], index) => [client, behindUs[index]! / usPerToken])
  }

  return {
    async exchange(taken: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, number>> {
      const clients = [...taken]
      const scripts: Promise<[string, number][]>[] = []
      for (let from = 0; from < clients.length; from += clientsPerScript)
        scripts.push(takeAll(clients.slice(from, from + clientsPerScript)))
      const replies = await withDeadline(
        Promise.all(scripts),
        deps.deadlineMs ?? 1_000,
        'the rate limit exchange',
      )
      return new Map(replies.flat())
    },
  }
}
