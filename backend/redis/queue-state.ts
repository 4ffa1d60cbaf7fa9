import type { Redis } from 'ioredis'
import { acceptedAtMs, isId } from '../batching/ids.ts'
import { failedShown, type QueueState } from '../desk/queue.ts'
import { countWaiting, readBacklog } from './backlog.ts'
import { keysOf } from './keys.ts'
import { countLeads } from './lead-job.ts'

type Found = Readonly<{
  redis: Exclude<QueueState['redis'], 'away' | undefined>
  failed: QueueState['failed']
}>

/** What waits to be stored in all shards, and the batches that were given up, the latest first. */
export async function readQueueInRedis(shards: readonly Redis[], nowMs: number): Promise<Found> {
  const found = await Promise.all(shards.map((redis) => readShard(redis, nowMs)))
  // It knows in which order they were given up.
  if (found.length === 1) return found[0]!
  const sumOf = (figure: 'batches' | 'leads' | 'failed') =>
    found.reduce((sum, { redis }) => sum + redis[figure], 0)
  return {
    redis: {
      ...{ batches: sumOf('batches'), leads: sumOf('leads'), failed: sumOf('failed') },
      oldestWaitingS: Math.max(0, ...found.map(({ redis }) => redis.oldestWaitingS)),
    },
    failed: found
      .flatMap(({ failed }) => failed)
      .toSorted((one, other) => other.id.localeCompare(one.id))
      .slice(0, failedShown),
  }
}

async function readShard(redis: Redis, nowMs: number): Promise<Found> {
  const { queue } = keysOf(redis)
  const [{ batches, oldestMs }, leads, failed, ids] = await Promise.all([
    readBacklog(redis, nowMs),
    countWaiting(redis),
    redis.zcard(queue('failed')),
    redis.zrange(queue('failed'), String(-failedShown), '-1'),
  ])
  return {
    redis: { batches, leads, oldestWaitingS: Math.round(oldestMs / 1000), failed },
    failed: await Promise.all(
      ids.toReversed().map(async (id) => {
        const [data = null, reason] = await redis.hmget(queue(id), 'data', 'failedReason')
        return {
          id,
          at: isId(id) ? new Date(acceptedAtMs(id)) : null,
          leads: countLeads(data),
          reason: reason ?? '',
        }
      }),
    ),
  }
}
