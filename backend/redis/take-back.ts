import { Job } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Log } from '../log.ts'
import { batchJobOptions, openBatchQueue } from './batch-queue.ts'
import { keysOf, leadsQueue } from './keys.ts'
import { persistJob, readLeadJob } from './lead-job.ts'

type Aside = Readonly<{ queue: string; id: string; job: Readonly<Record<string, string>> }>

const entriesAtOnce = 100

/**
 * Puts batches of leads back into the queue that a worker of an earlier version could not read and put aside, with what was
 * decided of them. Resolves with how many there were. Safe to repeat: a batch is stored once under its ids.
 */
export async function takeBack(redis: Redis, log: Log): Promise<number> {
  const { aside, queue: keyOf } = keysOf(redis)
  const entries = await redis.llen(aside)
  if (entries === 0) return 0
  const queue = openBatchQueue(leadsQueue, redis, log)
  try {
    let taken = 0
    // From the end, where the oldest are: what is put aside meanwhile comes in at the other.
    for (let last = entries - 1; last >= 0; last -= entriesAtOnce) {
      const page = await redis.lrange(aside, Math.max(0, last - entriesAtOnce + 1), last)
      for (const entry of page) {
        const batch = batchIn(entry)
        if (!batch) continue
        const multi = (await queue.getBackend().client).multi()
        new Job(queue, persistJob, batch.data, batchJobOptions, batch.id).addJob(multi)
        if (batch.verdict !== null) multi.hset(keyOf(batch.id), { verdict: batch.verdict })
        multi.runCommand('lrem', [aside, 1, entry])
        for (const [error] of (await multi.exec()) ?? []) if (error) throw error
        taken++
      }
    }
    return taken
  } finally {
    await queue.close()
  }
}

/** The batch in an entry; undefined where this version cannot read one either. */
function batchIn(entry: string) {
  try {
    const { queue, id, job } = JSON.parse(entry) as Aside
    const data: unknown = JSON.parse(job.data!)
    const verdict = job.verdict ?? null
    return queue === leadsQueue && readLeadJob(id, data, verdict) ? { id, data, verdict } : undefined
  } catch {
    return undefined
  }
}
