import type { Redis } from 'ioredis'
import { acceptedAtMs, isId } from '../batching/ids.ts'
import { keysOf } from './keys.ts'
import { countLeads } from './lead-job.ts'

/** Leads that are acknowledged and not stored yet. */
export type Backlog = Readonly<{
  /** Batches in the queue, those being stored included. */
  batches: number
  /** How long the oldest of them has been waiting, in milliseconds; 0 when none waits. */
  oldestMs: number
}>

/** Reads what waits in the queue of leads. The ids of the jobs tell when they were accepted. */
export async function readBacklog(redis: Redis, nowMs: number): Promise<Backlog> {
  const { queue } = keysOf(redis)
  const replies = await redis
    .pipeline()
    .llen(queue('wait'))
    .lindex(queue('wait'), -1)
    .lrange(queue('active'), 0, -1)
    .zcard(queue('delayed'))
    .zrange(queue('delayed'), '0', '0')
    .exec()
  const [waiting, next, active, delayed, firstDelayed] = (replies ?? []).map(([error, reply]) => {
    if (error) throw error
    return reply
  }) as [number, string | null, string[], number, string[]]
  // Whatever else lies there tells no time.
  const ids = [...(next ? [next] : []), ...active, ...firstDelayed].filter(isId)
  const oldestMs = Math.max(0, ...ids.map((id) => nowMs - acceptedAtMs(id)))
  return { batches: waiting + active.length + delayed, oldestMs }
}

/** What waits in all shards together. */
export async function readBacklogs(shards: readonly Redis[], nowMs: number): Promise<Backlog> {
  const backlogs = await Promise.all(shards.map((redis) => readBacklog(redis, nowMs)))
  return {
    batches: backlogs.reduce((sum, { batches }) => sum + batches, 0),
    oldestMs: Math.max(0, ...backlogs.map(({ oldestMs }) => oldestMs)),
  }
}

const sampledAtEachEnd = 10

/** How many leads wait: those of the first and last batches, and as many for each of the others. */
export async function countWaiting(redis: Redis): Promise<number> {
  const { queue } = keysOf(redis)
  const replies = await redis
    .pipeline()
    .llen(queue('wait'))
    .lrange(queue('wait'), 0, sampledAtEachEnd - 1)
    .lrange(queue('wait'), -sampledAtEachEnd, -1)
    .lrange(queue('active'), 0, -1)
    .exec()
  const [waiting, last, first, active] = (replies ?? []).map(([error, reply]) => {
    if (error) throw error
    return reply
  }) as [number, string[], string[], string[]]
  const sampled = [...new Set([...last, ...first, ...active])].filter(isId)
  if (sampled.length === 0) return 0
  const texts = await Promise.all(sampled.map((id) => redis.hget(queue(id), 'data')))
  const leads = texts.reduce((sum, text) => sum + countLeads(text), 0)
  return Math.round((leads / sampled.length) * (waiting + active.length))
}
