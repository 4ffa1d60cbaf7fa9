import { type Job, Queue, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { EventBatch } from '../events/ports.ts'
import type { Lead } from '../leads/lead.ts'
import { errorFields, type Log } from '../log.ts'
import { batchOf, eventsQueue } from './events.ts'
import { jobKey, type LeadJobData, leadsQueue, leadsToStore } from './lead-job.ts'

const choresQueue = 'chores'

/** A batch as the worker gets it. `signal` aborts when the worker is asked to stop. */
export type LeadJob = Readonly<{ batchId: string; leads: readonly Lead[]; signal: AbortSignal }>

export type LeadWorkerOptions = Readonly<{
  /** From `redisForWorker`: it waits for Redis instead of failing. */
  redis: Redis
  concurrency: number
  handle(job: LeadJob): Promise<void>
  log: Log
}>

export type RunningWorker = Readonly<{ stop(): Promise<void> }>

// A batch is stored in milliseconds; ten seconds without a sign of life mean that its worker is gone.
const lockMs = 10_000
const stalledCheckMs = 5_000
// A batch that outlives its worker is picked up again however often that happens.
const stalledMax = 1_000_000
const choresKept = 100
const batchWorkerOptions = {
  lockDuration: lockMs,
  stalledInterval: stalledCheckMs,
  maxStalledCount: stalledMax,
  // What is stored is found where it is stored; to keep its job for a while would cost Redis a sixth of a batch.
  removeOnComplete: { count: 0 },
}
// BullMQ waits for ever to close when Redis is away.
const closeDeadlineMs = 10_000

/** Starts taking batches of leads off the queue. */
export function startLeadWorker(options: LeadWorkerOptions): RunningWorker {
  const stopping = new AbortController()
  const reads = options.redis.duplicate()
  reads.on('error', () => {})
  const worker = new Worker<LeadJobData>(
    leadsQueue,
    async (job: Job<LeadJobData>) => {
      const verdict = await reads.hget(jobKey(job.id!), 'verdict')
      await options.handle({
        batchId: job.id!,
        leads: leadsToStore(job.id!, job.data, verdict),
        signal: stopping.signal,
      })
    },
    {
      connection: options.redis,
      concurrency: options.concurrency,
      ...batchWorkerOptions,
    },
  )
  listen(worker, options)
  return {
    async stop() {
      stopping.abort()
      await closeWithin(worker, options.log)
      reads.disconnect()
      options.redis.disconnect()
    },
  }
}

export type EventWorkerOptions = Readonly<{
  redis: Redis
  handle(job: Readonly<{ batch: EventBatch; signal: AbortSignal }>): Promise<void>
  log: Log
}>

// Batches count in the same rows, so that more at once would only wait for each other.
const eventBatchesAtOnce = 2

/** Starts taking batches of events off the queue. */
export function startEventWorker(options: EventWorkerOptions): RunningWorker {
  const stopping = new AbortController()
  const worker = new Worker<string, void>(
    eventsQueue,
    (job: Job<string>) => options.handle({ batch: batchOf(job), signal: stopping.signal }),
    {
      connection: options.redis,
      concurrency: eventBatchesAtOnce,
      ...batchWorkerOptions,
    },
  )
  listen(worker, options)
  return {
    async stop() {
      stopping.abort()
      await closeWithin(worker, options.log)
      options.redis.disconnect()
    },
  }
}

export type ChoreWorkerOptions = Readonly<{
  redis: Redis
  /** Milliseconds between runs, by job name. */
  everyMs: Readonly<Record<string, number>>
  handle(name: string): Promise<void>
  log: Log
}>

/** Starts the queue of everything slow, one job at a time, so that nothing ever delays a lead. */
export function startChoreWorker(options: ChoreWorkerOptions): RunningWorker {
  const queue = new Queue(choresQueue, { connection: options.redis, streams: { events: { maxLen: 100 } } })
  queue.on('error', (error) => tellUnlessAway(options, 'queue.error', error))
  const planned = Promise.all(
    Object.entries(options.everyMs).map(([name, every]) =>
      queue.upsertJobScheduler(name, { every }, { name }),
    ),
  ).catch((error) => options.log.warn('chores.not_planned', errorFields(error)))
  const worker = new Worker(choresQueue, (job) => options.handle(job.name), {
    connection: options.redis.duplicate(),
    concurrency: 1,
    removeOnComplete: { count: choresKept },
    removeOnFail: { count: choresKept },
  })
  listen(worker, options)
  return {
    async stop() {
      await closeWithin(worker, options.log)
      await Promise.race([planned.then(() => queue.close()), Bun.sleep(1_000)])
      options.redis.disconnect()
    },
  }
}

type Told = Readonly<{ redis: Redis; log: Log }>

/** The connection has said, once, that Redis is away; its users need not repeat it several times a second. */
function tellUnlessAway({ redis, log }: Told, event: string, error: unknown): void {
  if (redis.status === 'ready') log.warn(event, errorFields(error))
}

function listen(worker: Worker, options: Told): void {
  const { log } = options
  worker.on('error', (error) => tellUnlessAway(options, 'worker.error', error))
  worker.on('failed', (job, error) =>
    log.warn('worker.job_failed', { queue: worker.name, job: job?.name, id: job?.id, ...errorFields(error) }),
  )
}

async function closeWithin(worker: Worker, log: Log): Promise<void> {
  const closed = await Promise.race([
    worker.close().then(() => true),
    Bun.sleep(closeDeadlineMs).then(() => false),
  ])
  if (!closed) log.warn('worker.close_timed_out', { queue: worker.name, deadlineMs: closeDeadlineMs })
}
