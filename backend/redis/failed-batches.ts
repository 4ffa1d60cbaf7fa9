import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { keysOf, leadsQueue } from './keys.ts'

/**
 * Puts every batch that was given up back into the queue and tells how many there were. The worker gives none up; an
 * older one, or a hand in the queue, can have.
 */
export async function retryFailedBatches(redis: Redis): Promise<number> {
  const { queue: keyOf, queues } = keysOf(redis)
  const count = await redis.zcard(keyOf('failed'))
  if (count === 0) return 0
  const queue = new Queue(leadsQueue, { connection: redis, prefix: queues })
  queue.on('error', () => {})
  try {
    await queue.retryJobs({ state: 'failed' })
  } finally {
    await queue.close()
  }
  return count
}
