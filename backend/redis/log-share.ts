import type { Redis } from 'ioredis'
import { withDeadline } from '../deadline.ts'
import { keysOf } from './keys.ts'

// Told every second; whoever falls silent wants everything again.
const validMs = 5_000
const readDeadlineMs = 1_000

/** Tells every API what share of accepted leads the worker can log; 1 is said by saying nothing. */
export async function tellLogShare(redis: Redis, share: number): Promise<void> {
  if (share < 1) await redis.set(keysOf(redis).logShare, share, 'PX', validMs)
  else await redis.del(keysOf(redis).logShare)
}

/** The share that a worker has told, from 0 to 1. @throws when Redis does not answer in time. */
export async function readLogShare(redis: Redis): Promise<number> {
  const told = await withDeadline(
    redis.get(keysOf(redis).logShare),
    readDeadlineMs,
    'the share of the request log',
  )
  return told === null ? 1 : Math.min(1, Math.max(0, Number(told) || 0))
}
