import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { keysOf } from './keys.ts'

/** Where earlier versions planned their chores, which are planned in Postgres now. */
const choresQueue = 'chores'

/** Removes what earlier versions planned in Redis: nobody does it any more. Resolves with whether there was anything. */
export async function forgetOldSchedulers(redis: Redis): Promise<boolean> {
  const { queues } = keysOf(redis)
  if ((await redis.exists(`${queues}:${choresQueue}:meta`)) === 0) return false
  const queue = new Queue(choresQueue, { connection: redis, prefix: queues, skipMetasUpdate: true })
  queue.on('error', () => {})
  try {
    await queue.obliterate({ force: true })
  } finally {
    await queue.close()
  }
  return true
}
