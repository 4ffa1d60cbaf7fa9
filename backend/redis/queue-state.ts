import type { Redis } from 'ioredis'
import { acceptedAtMs, isId } from '../batching/ids.ts'
import { failedShown, type QueueState } from '../desk/queue.ts'
import { countWaiting, readBacklog } from './backlog.ts'
import { countLeads, jobKey, queueKey } from './lead-job.ts'

/** What waits to be stored, and the batches that were given up, the latest first. */
export async function readQueueInRedis(
  redis: Redis,
  nowMs: number,
): Promise<Required<Pick<QueueState, 'redis' | 'failed'>>> {
  const [{ batches, oldestMs }, leads, failed, ids] = await Promise.all([
    readBacklog(redis, nowMs),
    countWaiting(redis),
    redis.zcard(queueKey('failed')),
    redis.zrange(queueKey('failed'), String(-failedShown), '-1'),
  ])
  return {
    redis: { batches, leads, oldestWaitingS: Math.round(oldestMs / 1000), failed },
    failed: await Promise.all(
      ids.toReversed().map(async (id) => {
        const [data = null, reason] = await redis.hmget(jobKey(id), 'data', 'failedReason')
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
