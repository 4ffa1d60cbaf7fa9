import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { leadsQueue, queueKey } from './lead-job.ts'

/**
 * Puts every batch that was given up back into the queue and tells how many there were. The worker gives none up; an
 * older one, or a hand in the queue, can have.
 */
export async function retryFailedBatches(redis: Redis): Promise<number> {
  const count = await redis.zcard(queueKey('failed'))
  if (count === 0) return 0
  const queue = new Queue(leadsQueue, { connection: redis })
  queue.on('error', () => {})
  try {
    await queue.retryJobs({ state: 'failed' })
  } finally {
    await queue.close()
  }
  return count
}
