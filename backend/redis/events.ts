import type { Redis } from 'ioredis'
import { isId } from '../batching/ids.ts'
import { withDeadline } from '../deadline.ts'
import type { EventBatch, GatedEventStore } from '../events/ports.ts'
import { growingPause } from '../growing-pause.ts'
import type { Installation } from '../leads/installation.ts'
import type { Log } from '../log.ts'
import { batchJobOptions, createBatchQueue } from './batch-queue.ts'
import { renew } from './connection.ts'
import { fitnessOf } from './fitness.ts'
import { homeOf } from './home.ts'
import { eventsQueue, keysOf } from './keys.ts'
import { memoryUsed } from './vitals.ts'

const storeEventsJob = 'events.store'

export type RedisEventsOptions = Readonly<{
  /** From `redisForCommands`; this connects it. */
  redis: Redis
  /** Who we are; rejects while Postgres is away. The Redis of another installation stays closed. */
  installation(): Promise<Installation | undefined>
  /** In production a Redis that cannot keep its promise stays closed. */
  refuseUnsafe: boolean
  log: Log
}>

export type RedisEvents = GatedEventStore &
  Readonly<{
    start(): void
    stop(): Promise<void>
  }>

// A slow fsync must not send every batch to Postgres on the same disk as well.
const commitDeadlineMs = 2_000
const probeDeadlineMs = 1_000
const fitnessDeadlineMs = 3_000
const lookEveryMs = 1_000
const unfitPauseMsMax = 10_000
// The rest is for leads: a flood of events during a long outage of Postgres must not take their place.
const memoryShareMax = 0.6

/**
 * The way of events through Redis: a batch is one job, fsync'd before the reply. A job id is taken once, so the same
 * batch again is harmless. Its gate is open while Redis is reachable, safe and has room.
 */
export function createRedisEvents(options: RedisEventsOptions): RedisEvents {
  const { redis, log } = options
  const queue = createBatchQueue(eventsQueue, redis, log)
  let open = false
  let looking = false
  let restUntilMs = 0
  const pause = growingPause(lookEveryMs, unfitPauseMsMax)
  let timer: ReturnType<typeof setInterval> | undefined

  function close(because: string): void {
    if (open && timer) log.warn('events.redis_closed', { because })
    open = false
  }

  function failed(error: unknown): void {
    close((error as Error).message)
    if (timer) renew(redis, error)
  }

  /** Why Redis may not take events now, or undefined. */
  async function closedBecause(): Promise<string | undefined> {
    if (redis.status !== 'ready') return 'not connected'
    if (!open) {
      const trying = fitnessOf(redis, options.refuseUnsafe)
      const { unable, unsafe } = await withDeadline(trying, fitnessDeadlineMs, 'trying what Redis may do')
      const because = unable ?? (options.refuseUnsafe ? unsafe : undefined)
      if (because) {
        // Somebody has to change its settings or rights first.
        restUntilMs = performance.now() + pause.next()
        return because
      }
    }
    // The way of leads tells of it.
    const home = await homeOf(redis, options.installation).catch(() => undefined)
    if (home?.foreign) return home.foreign
    if (!open) {
      pause.reset()
      await queue.ready(probeDeadlineMs)
    }
    const used = await withDeadline(memoryUsed(redis), probeDeadlineMs, 'asking Redis for its memory')
    return used > memoryShareMax ? 'its memory is kept for leads' : undefined
  }

  async function look(): Promise<void> {
    if (looking || performance.now() < restUntilMs) return
    looking = true
    try {
      const because = await closedBecause()
      if (because) close(because)
      else if (timer) open = true
    } catch (error) {
      failed(error)
    } finally {
      looking = false
    }
  }

  return {
    isOpen: () => open,
    async commit(batch) {
      try {
        const jobOptions = { ...batchJobOptions, jobId: batch.id }
        const adding = queue.current().add(storeEventsJob, batch.records, jobOptions)
        await withDeadline(adding, commitDeadlineMs, 'a commit of events to Redis')
      } catch (error) {
        failed(error)
        throw error
      }
    },
    start() {
      timer ??= setInterval(look, lookEveryMs)
      redis.on('close', () => close('connection lost'))
      redis.on('ready', look)
      redis.connect().catch(() => {})
    },
    async stop() {
      clearInterval(timer)
      timer = undefined
      open = false
      await queue.close()
      redis.disconnect()
    },
  }
}

/** The ways of all shards as one: events belong to no phone, so each batch goes to the first that takes any. */
export function joinEvents(ways: readonly RedisEvents[]): RedisEvents {
  const opened = () => ways.find((way) => way.isOpen())
  return {
    isOpen: () => opened() !== undefined,
    commit: (batch) => (opened() ?? ways[0]!).commit(batch),
    start() {
      for (const way of ways) way.start()
    },
    async stop() {
      await Promise.all(ways.map((way) => way.stop()))
    },
  }
}

/** The batch that a job carries; undefined where it carries none. */
export function batchOf(job: Readonly<{ id?: string; data: unknown }>): EventBatch | undefined {
  const { id = '', data } = job
  return isId(id) && typeof data === 'string' ? { id, records: data } : undefined
}

/** Batches of events that are acknowledged and not stored yet. */
export async function countEventBatches(redis: Redis): Promise<number> {
  const { events: key } = keysOf(redis)
  const counts = await Promise.all([
    redis.llen(key('wait')),
    redis.llen(key('active')),
    redis.zcard(key('delayed')),
  ])
  return counts.reduce((sum, count) => sum + count, 0)
}
