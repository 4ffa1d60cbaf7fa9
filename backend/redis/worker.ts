import { setTimeout as sleep } from 'node:timers/promises'
import { type Job, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { TooLate, withDeadline } from '../deadline.ts'
import type { EventBatch } from '../events/ports.ts'
import { growingPause } from '../growing-pause.ts'
import type { Lead } from '../leads/lead.ts'
import { errorFields, type Log } from '../log.ts'
import { tiringLog } from '../tiring-log.ts'
import { another } from './connection.ts'
import { batchOf } from './events.ts'
import { foreignBecause } from './home.ts'
import { eventsQueue, keysOf, leadsQueue } from './keys.ts'
import { readLeadJob } from './lead-job.ts'
import { readAnyJob, setAside } from './set-aside.ts'

/** A batch as the worker gets it. `signal` aborts when the worker is asked to stop. */
export type LeadJob = Readonly<{ batchId: string; leads: readonly Lead[]; signal: AbortSignal }>

export type LeadWorkerOptions = Readonly<{
  /** From `redisForWorker`: it waits for Redis instead of failing. */
  redis: Redis
  /** The id of our installation. A job in the Redis of another is put back. */
  ownId(): string | undefined
  concurrency: number
  handle(job: LeadJob): Promise<void>
  /** A job that holds no batch was put aside. */
  onUnreadable(): void
  log: Log
}>

export type RunningWorker = Readonly<{ stop(): Promise<void> }>

// A batch is stored in milliseconds; ten seconds without a sign of life mean that its worker is gone.
const lockMs = 10_000
const stalledCheckMs = 5_000
// A batch that outlives its worker is picked up again however often that happens.
const stalledMax = 1_000_000
const batchWorkerOptions = {
  lockDuration: lockMs,
  stalledInterval: stalledCheckMs,
  maxStalledCount: stalledMax,
  // What is stored is found where it is stored; to keep its job for a while would cost Redis a sixth of a batch.
  removeOnComplete: { count: 0 },
}
const failedPauseMs = 1_000
// BullMQ waits for ever to close when Redis is away.
const closeDeadlineMs = 10_000

/** Starts taking batches of leads off the queue. */
export function startLeadWorker(options: LeadWorkerOptions): RunningWorker {
  return startBatchWorker(leadsQueue, options, async (job, reads, signal) => {
    const verdict = await reads.hget(keysOf(reads).queue(job.id!), 'verdict')
    const leads = readLeadJob(job.id!, job.data, verdict)
    if (leads) await options.handle({ batchId: job.id!, leads, signal })
    return leads !== undefined
  })
}

export type EventWorkerOptions = Readonly<{
  redis: Redis
  ownId(): string | undefined
  handle(job: Readonly<{ batch: EventBatch; signal: AbortSignal }>): Promise<void>
  onUnreadable(): void
  log: Log
}>

// Those that wait while others are stored go together.
const eventBatchesAtOnce = 32

/** Starts taking batches of events off the queue. */
export function startEventWorker(options: EventWorkerOptions): RunningWorker {
  const concurrency = eventBatchesAtOnce
  return startBatchWorker(eventsQueue, { ...options, concurrency }, async (job, _reads, signal) => {
    const batch = batchOf(job)
    if (batch) await options.handle({ batch, signal })
    return batch !== undefined
  })
}

type BatchWorkerOptions = Omit<EventWorkerOptions, 'handle'> & Readonly<{ concurrency: number }>

/** `work` resolves with whether the job held a batch; one that does not is put aside. */
function startBatchWorker(
  queue: string,
  options: BatchWorkerOptions,
  work: (job: Job<unknown>, reads: Redis, signal: AbortSignal) => Promise<boolean>,
): RunningWorker {
  const { redis, concurrency } = options
  const keys = keysOf(redis)
  const stopping = new AbortController()
  const log = tiringLog(options.log)
  const reads = another(redis, `landfast-${queue}-jobs`)
  reads.connect().catch(() => {})

  async function putAside(id: string): Promise<void> {
    const found = await setAside(reads, {
      queue,
      id,
      key: `${keys.queues}:${queue}:${id}`,
      nowMs: Date.now(),
    })
    options.onUnreadable()
    const left = found.length > 0 ? `what there is of it (${found.join(', ')})` : 'its id'
    const because = `a job that holds no batch; ${left} is in the list ${keys.aside}`
    log.error('worker.job_unreadable', { queue, id, because })
  }

  const worker = new Worker<unknown, void>(
    queue,
    async (job: Job<unknown>) => {
      try {
        // A connection that was made anew may have led to another Redis.
        const foreign = await foreignBecause(reads, options.ownId())
        if (foreign) throw new Error(foreign)
        if (!(await work(job, reads, stopping.signal))) await putAside(job.id!)
      } catch (error) {
        // It is in the queue again the moment it fails; whoever stops gives it up at once.
        await sleep(failedPauseMs, undefined, { signal: stopping.signal }).catch(() => {})
        throw error
      }
    },
    { connection: redis, prefix: keys.queues, concurrency, ...batchWorkerOptions },
  )
  readAnyJob(worker)
  rest(worker, { redis, log })
  return {
    async stop() {
      stopping.abort()
      await closeWithin(worker, log)
      reads.disconnect()
      redis.disconnect()
    },
  }
}

const restMs = { least: 100, most: 10_000 }

/**
 * Tells of what goes wrong, and makes the worker rest after it. BullMQ takes the next job at once after an error, so one
 * that stays, such as a right that its user lost, would take the whole process, and the log with it.
 */
function rest(worker: Worker, { redis, log }: Readonly<{ redis: Redis; log: Log }>): void {
  const pause = growingPause(restMs.least, restMs.most)
  let waking: ReturnType<typeof setTimeout> | undefined
  const wake = () => {
    clearTimeout(waking)
    waking = undefined
    void worker.resume()
  }
  worker.on('error', (error) => {
    // The connection has said, once, that Redis is away, and paces itself.
    if (redis.status !== 'ready') return
    log.warn('worker.error', { queue: worker.name, ...errorFields(error) })
    if (waking || worker.closing) return
    void worker.pause(true)
    waking = setTimeout(wake, pause.next())
  })
  worker.on('completed', pause.reset)
  worker.on('closing', () => clearTimeout(waking))
  worker.on('failed', (job, error) =>
    log.warn('worker.job_failed', {
      queue: worker.name,
      job: job?.name,
      id: job?.id,
      ...errorFields(error),
    }),
  )
}

async function closeWithin(worker: Worker, log: Log): Promise<void> {
  try {
    await withDeadline(worker.close(), closeDeadlineMs, 'closing the worker')
  } catch (error) {
    if (!(error instanceof TooLate)) throw error
    log.warn('worker.close_timed_out', { queue: worker.name, deadlineMs: closeDeadlineMs })
  }
}
