import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { withDeadline } from '../deadline.ts'
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

/** A queue that is opened when somebody first wants it ready. */
export type BatchQueue = Readonly<{
  /** Opens it and waits until it is ready. Rejects when Redis does not answer in time; then it can be asked again. */
  ready(deadlineMs: number): Promise<void>
  /** Once it was ready. */
  current(): Queue
  close(): Promise<void>
}>

export function createBatchQueue(name: string, redis: Redis, log: Log): BatchQueue {
  let queue: Queue | undefined
  return {
    async ready(deadlineMs) {
      queue ??= openBatchQueue(name, redis, log)
      const opened = queue
      const opening = opened.waitUntilReady().catch((error) => {
        // BullMQ greets Redis once: a queue whose greeting was lost would say so for ever.
        if (queue === opened) queue = undefined
        void opened.close().catch(() => {})
        throw error
      })
      await withDeadline(opening, deadlineMs, 'preparing the queue')
    },
    current: () => queue!,
    async close() {
      await queue?.close().catch(() => {})
    },
  }
}
