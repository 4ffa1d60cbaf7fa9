import type { Job, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { keysOf } from './keys.ts'

const keptMax = 100_000

/**
 * Keeps what there is of a job that nobody can read, so that it can leave its queue: it would fail for ever, count as
 * waiting, and be put back every hour. The line makes none; a file that lost its end or a hand in Redis can.
 * Resolves with the names of what there was.
 */
export async function setAside(
  redis: Redis,
  job: Readonly<{ queue: string; id: string; key: string; nowMs: number }>,
): Promise<string[]> {
  const { aside } = keysOf(redis)
  const found = await redis.hgetall(job.key)
  const { queue, id, nowMs } = job
  const entry = JSON.stringify({ queue, id, foundAt: new Date(nowMs).toISOString(), job: found })
  await redis
    .multi()
    .lpush(aside, entry)
    .ltrim(aside, 0, keptMax - 1)
    .exec()
  return Object.keys(found).sort()
}

/**
 * BullMQ throws where a job's data or options are no JSON, before anybody is asked; the job then stays where it is and
 * is tried for ever. So such a job is made without them, and whoever handles it finds that it has no data.
 */
export function readAnyJob(worker: Worker): void {
  type Making = { createJob(json: Record<string, unknown>, id: string): Job }
  const making = worker as unknown as Making
  const make = making.createJob.bind(worker)
  making.createJob = (json, id) => {
    try {
      return make(json, id)
    } catch {
      return make({ ...json, data: 'null', opts: '{}', returnvalue: undefined, stacktrace: undefined }, id)
    }
  }
}
