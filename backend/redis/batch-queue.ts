import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { errorFields, type Log } from '../log.ts'
import { tiringLog } from '../tiring-log.ts'
import { keysOf } from './keys.ts'

/**
 * Practically for ever: a batch leaves its queue by being stored or set aside, never by failing too often. And at once: a
 * job that waits for its time waits for the clock of the worker that gave it up.
 */
export const batchJobOptions = { attempts: 1_000_000_000 } as const

/** A queue whose jobs each carry a batch. */
export function openBatchQueue(name: string, redis: Redis, log: Log): Queue {
  const queue = new Queue(name, {
    connection: redis,
    prefix: keysOf(redis).queues,
    // Nobody reads the stream of queue events; keep it short.
    streams: { events: { maxLen: 100 } },
  })
  const tired = tiringLog(log)
  queue.on('error', (error) => tired.warn('queue.error', { queue: name, ...errorFields(error) }))
  return queue
}
