import { Job, type Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { acceptedAtMs, batchIdOf, indexInBatch } from '../batching/ids.ts'
import { TooLate, withDeadline } from '../deadline.ts'
import { growingPause } from '../growing-pause.ts'
import type { Batch, Verdict } from '../leads/lead.ts'
import type { GatedBatchStore, KeptClaim, LeadLookup } from '../leads/ports.ts'
import { errorFields, type Log } from '../log.ts'
import { batchJobOptions, openBatchQueue } from './batch-queue.ts'
import claimScript from './claim.lua' with { type: 'text' }
import { claimPrefix, claimTtlMs, seedClaims } from './claims.ts'
import { isRefusal, refusedBecause, renew } from './connection.ts'
import { type Fitness, fitnessOf } from './fitness.ts'
import {
  jobKey,
  knownKey,
  type LeadJobData,
  leadsQueue,
  persistJob,
  readVerdicts,
  stateInJob,
  toJobData,
} from './lead-job.ts'
import { runOf } from './vitals.ts'

export type RedisIntakeOptions = Readonly<{
  /** From `redisForCommands`; the intake connects it. */
  redis: Redis
  dedupWindowMs: number
  /** Duplicates are kept: who asks for one of them is told that it is queued. */
  keepsDuplicates?: boolean
  /** Claims that Postgres knows and Redis may not; `directOnly`: those taken while Redis was closed. */
  claimsSince(since: Date, directOnly: boolean): AsyncIterable<readonly KeptClaim[]>
  /** In production a Redis that cannot keep its promise stays closed. */
  refuseUnsafe: boolean
  log: Log
}>

export type RedisIntake = GatedBatchStore &
  LeadLookup &
  Readonly<{
    start(): void
    /** Resolves once it is known whether the gate opens, or `deadlineMs` has passed. */
    settled(deadlineMs: number): Promise<void>
    /** Why the gate is closed, in words for the health page. */
    closedBecause(): string | undefined
    /** What is wrong with this Redis's settings, or undefined. */
    unsafeBecause(): string | undefined
    stop(): Promise<void>
  }>

// A slow fsync must not send every batch to Postgres on the same disk as well.
const commitDeadlineMs = 2_000
const probeDeadlineMs = 1_000
// It opens a connection of its own.
const fitnessDeadlineMs = 3_000
const reopenPauseMs = 500
// Somebody has to change its settings or rights first.
const unfitPauseMsMax = 10_000
// Longer than a commit to Postgres can take: who asks for what was committed meanwhile misses none.
const directSlackMs = 15_000
// How much later than their ids say batches can have reached Redis, also from machines whose clocks differ a little.
const orderSlackMs = 10_000

/**
 * The way through Redis: one MULTI adds the batch's job and takes its claims, fsync'd before the reply.
 * Its gate is open while Redis is reachable, safe and knows the claims of the window.
 */
export function createRedisIntake(options: RedisIntakeOptions): RedisIntake {
  const { redis, log, dedupWindowMs } = options
  redis.defineCommand('claimBatch', { numberOfKeys: 2, lua: claimScript })
  let queue: Queue | undefined
  let open = false
  let reason: string | undefined = 'not connected yet'
  let fitness: Fitness = {}
  let stopped = false
  let shut = () => {}
  let settle = () => {}
  const settledOnce = new Promise<void>((resolve) => {
    settle = resolve
  })

  function close(because: string): void {
    if (open && !stopped) log.warn('redis.closed', { because })
    open = false
    reason = because
    shut()
  }

  /** Keeps the gate: opens it when Redis is fit, waits until something closes it, and begins again. */
  async function keepGate(): Promise<void> {
    const pause = growingPause(reopenPauseMs, unfitPauseMsMax)
    redis.on('close', () => close('connection lost'))
    redis.connect().catch(() => {})
    while (!stopped) {
      const closed = new Promise<void>((resolve) => {
        shut = resolve
      })
      try {
        await prepare()
        let seeded = await seed()
        open = true
        reason = undefined
        settle()
        log.info('redis.open')
        // Once more for what was on its way to Postgres meanwhile, and until Postgres could be asked.
        do {
          await Promise.race([closed, Bun.sleep(commitDeadlineMs)])
          if (open) seeded = await seed()
        } while (open && !seeded)
        await closed
        if (!stopped) await Bun.sleep(reopenPauseMs)
      } catch (error) {
        close((error as Error).message)
        if (error instanceof TooLate || isRefusal(error)) renew(redis, error)
        const isUnfit = fitness.unable || (fitness.unsafe && options.refuseUnsafe)
        if (isUnfit) settle()
        else pause.reset()
        await Bun.sleep(isUnfit ? pause.next() : reopenPauseMs)
      }
    }
  }

  async function prepare(): Promise<void> {
    if (redis.status !== 'ready') throw new Error(reason ?? 'not connected')
    const before = fitness
    const trying = fitnessOf(redis, options.refuseUnsafe)
    fitness = await withDeadline(trying, fitnessDeadlineMs, 'trying what Redis may do')
    const { unable, unsafe } = fitness
    if (unable && unable !== before.unable) log.error('redis.unable', { because: unable })
    if (unsafe && unsafe !== before.unsafe) log.warn('redis.unsafe', { because: unsafe })
    if (unable) throw new Error(unable)
    if (unsafe && options.refuseUnsafe) throw new Error(unsafe)
    queue ??= openBatchQueue(leadsQueue, redis, log)
    await withDeadline(queue.waitUntilReady(), probeDeadlineMs, 'preparing the queue')
    offerOnly(redis, ['addStandardJob', 'claimBatch'])
  }

  /**
   * Redis is told of the claims it may not know: those that Postgres took since it was last told, and those that it took
   * itself and lost. Its file loses only its end, and so does a replica, so that those came after the last batch that it
   * still knows of. One that knows of nothing is told of the whole window.
   * Resolves with false when Postgres cannot say: taking leads matters more than knowing every duplicate, and the
   * claims in Postgres still decide later.
   */
  async function seed(): Promise<boolean> {
    const nowMs = Date.now()
    const runId = await withDeadline(runOf(redis), probeDeadlineMs, 'asking Redis who it is')
    const reading = redis.hmget(knownKey, 'told', 'run', 'latest', 'lost')
    const [told, run, latest, lost] = await withDeadline(reading, probeDeadlineMs, 'reading from Redis')
    let lostSinceMs: number | undefined
    if (told && run !== runId) {
      const lastMs = Math.max(Number(told), latest ? acceptedAtMs(latest) : 0)
      lostSinceMs = lost ? Number(lost) : Math.min(nowMs, lastMs) - orderSlackMs
      // Kept until it was told: should Redis open untold, its next batch is the latest.
      await withDeadline(redis.hset(knownKey, 'lost', lostSinceMs), probeDeadlineMs, 'writing to Redis')
    }
    try {
      if (told) await tell(Math.min(nowMs, Number(told)) - directSlackMs, true)
      else await tell(nowMs - dedupWindowMs, false)
      if (lostSinceMs !== undefined) await tell(lostSinceMs, false)
    } catch (error) {
      if (redis.status !== 'ready') throw error
      log.warn('redis.claims_not_seeded', errorFields(error))
      return false
    }
    // Also the proof that Redis takes writes: out of memory or read-only, this fails and the gate stays closed.
    const noting = redis.multi().hset(knownKey, { told: nowMs, run: runId }).hdel(knownKey, 'lost').exec()
    for (const [error] of (await withDeadline(noting, probeDeadlineMs, 'writing to Redis')) ?? [])
      if (error) throw error
    return true
  }

  async function tell(sinceMs: number, directOnly: boolean): Promise<void> {
    const since = new Date(Math.max(sinceMs, Date.now() - dedupWindowMs))
    let looked = 0
    let unknown = 0
    for await (const claims of options.claimsSince(since, directOnly)) {
      unknown += await seedClaims(redis, claims, dedupWindowMs, Date.now())
      looked += claims.length
    }
    if (unknown > 0)
      log.info('redis.claims_seeded', { since: since.toISOString(), directOnly, looked, unknown })
  }

  async function commit(batch: Batch): Promise<readonly Verdict[]> {
    const job = new Job<LeadJobData>(queue!, persistJob, toJobData(batch), batchJobOptions, batch.id)
    const multi = (await queue!.getBackend().client).multi()
    job.addJob(multi)
    multi.runCommand('claimBatch', [
      jobKey(batch.id),
      knownKey,
      batch.id,
      dedupWindowMs,
      claimTtlMs(dedupWindowMs),
      claimPrefix,
    ])
    let replies: [Error | null, unknown][] | null
    try {
      replies = (await withDeadline(multi.exec(), commitDeadlineMs, 'a commit to Redis')) as typeof replies
    } catch (error) {
      close((error as Error).message)
      throw error
    }
    // EXEC does not roll back, so each of its replies is looked at.
    const failed = replies?.find(([error]) => error)?.[0]
    if (replies?.length !== 2 || failed) {
      close(failed?.message ?? 'the transaction was not executed')
      // A script that Redis forgot stays forgotten inside a MULTI until the connection is a new one.
      renew(redis, failed)
      throw failed ?? new Error('Redis did not execute the transaction')
    }
    return readVerdicts(batch, replies[1]![1])
  }

  return {
    commit,
    isOpen: () => open,
    closedBecause: () => (open ? undefined : (refusedBecause(redis) ?? reason ?? 'closed')),
    unsafeBecause: () => fitness.unsafe,
    async find(leadId) {
      const reading = redis.hmget(jobKey(batchIdOf(leadId)), 'name', 'verdict', 'finishedOn')
      const [name, verdict, finishedOn] = await withDeadline(reading, probeDeadlineMs, 'reading from Redis')
      return stateInJob(indexInBatch(leadId), {
        data: name != null,
        verdict: verdict ?? null,
        finished: finishedOn != null,
        keepsDuplicates: options.keepsDuplicates,
      })
    },
    start() {
      void keepGate()
    },
    async settled(deadlineMs) {
      await withDeadline(settledOnce, deadlineMs, 'opening Redis').catch(() => {})
    },
    async stop() {
      stopped = true
      close('stopped')
      await queue?.close().catch(() => {})
      redis.disconnect()
    },
  }
}

/**
 * Every MULTI copies all the scripts that its connection offers, and BullMQ brings sixty: a fifth of what a commit cost
 * the API. Only these are ever put into one here; the others can still be called on the connection itself.
 */
function offerOnly(redis: Redis, names: readonly string[]): void {
  const offering = redis as unknown as { scriptsSet: Record<string, unknown> }
  // BullMQ adds its version to a name: `addStandardJob:6.7.0`.
  const kept = Object.entries(offering.scriptsSet).filter(([name]) => names.includes(name.split(':', 1)[0]!))
  offering.scriptsSet = Object.fromEntries(kept)
}
