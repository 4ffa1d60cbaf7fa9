import { Job } from 'bullmq'
import type { Redis } from 'ioredis'
import { connectionFault } from '../connection-fault.ts'
import { withDeadline } from '../deadline.ts'
import type { SealInUse } from '../leads/id-seal.ts'
import type { Batch, Verdict } from '../leads/lead.ts'
import { ownClaimKey } from '../leads/own-claim.ts'
import type { BatchStore } from '../leads/ports.ts'
import type { Log } from '../log.ts'
import { batchJobOptions, createBatchQueue } from './batch-queue.ts'
import claimScript from './claim.lua' with { type: 'text' }
import { claimTtlMs } from './claims.ts'
import { renew } from './connection.ts'
import { keysOf, leadsQueue } from './keys.ts'
import { type LeadJobData, noKey, persistJob, readVerdicts, toJobData } from './lead-job.ts'
import { agreeOnSeal } from './seal-key.ts'
import { beginTransaction, tryReplicas } from './transaction.ts'

export type QueueCommitOptions = Readonly<{
  redis: Redis
  /** How many replicas have a batch before it counts. */
  ackReplicas: number
  dedupWindowMs: number
  /** Told which key all processes have agreed on. */
  seal: Pick<SealInUse, 'current' | 'use'>
  /** Told why, when a batch could not be committed: Redis has to be looked at before it gets another. */
  onFault(because: string): void
  log: Log
}>

export type QueueCommit = BatchStore &
  Readonly<{
    /** Makes the queue ready. Rejects when Redis does not answer in time. */
    prepare(): Promise<void>
    stop(): Promise<void>
  }>

// A slow fsync must not send every batch to Postgres on the same disk as well.
const commitDeadlineMs = 2_000
const prepareDeadlineMs = 1_000

/** One MULTI adds a batch's job and takes its claims, fsync'd before the reply, and on so many replicas as are wanted. */
export function createQueueCommit(options: QueueCommitOptions): QueueCommit {
  const { redis, ackReplicas, dedupWindowMs, seal, onFault, log } = options
  redis.defineCommand('claimBatch', { numberOfKeys: 2, lua: claimScript })
  const keys = keysOf(redis)
  const batches = createBatchQueue(leadsQueue, redis, log)

  async function commit(batch: Batch): Promise<readonly Verdict[]> {
    const queue = batches.current()
    const job = new Job<LeadJobData>(queue, persistJob, toJobData(batch), batchJobOptions, batch.id)
    const { multi, exec } = beginTransaction(await queue.getBackend().client, ackReplicas)
    job.addJob(multi)
    multi.runCommand('claimBatch', [
      keys.queue(batch.id),
      keys.known,
      batch.id,
      dedupWindowMs,
      claimTtlMs(dedupWindowMs),
      keys.claim,
      idsIn(batch),
      batch.sealKey ?? '',
      batch.keepsDuplicates ? batch.leads.map((lead) => ownClaimKey(lead) ?? noKey).join('') : '',
    ])
    let replies: Awaited<ReturnType<typeof exec>>
    try {
      replies = await withDeadline(exec(), commitDeadlineMs, 'a commit to Redis')
    } catch (error) {
      onFault(connectionFault(error) ?? (error as Error).message)
      // Those behind would each wait for the replicas once more.
      if (ackReplicas > 0) renew(redis, error)
      throw error
    }
    // EXEC does not roll back, so each of its replies is looked at.
    const failed = replies?.find(([error]) => error)?.[0]
    if (replies?.length !== 2 || failed) {
      onFault(failed?.message ?? 'the transaction was not executed')
      // A script that Redis forgot stays forgotten inside a MULTI until the connection is a new one.
      renew(redis, failed)
      throw failed ?? new Error('Redis did not execute the transaction')
    }
    return readVerdicts(batch, replies[1]![1])
  }

  return {
    commit,
    async prepare() {
      await batches.ready(prepareDeadlineMs)
      const agreeing = agreeOnSeal(redis, seal.current().key)
      seal.use(await withDeadline(agreeing, prepareDeadlineMs, 'agreeing on the key of ids'))
      const trying = tryReplicas(redis, ackReplicas, keys.known)
      await withDeadline(trying, prepareDeadlineMs, 'asking the replicas')
      offerOnly(redis, ['addStandardJob', 'claimBatch'])
    },
    stop: batches.close,
  }
}

function idsIn({ leads }: Batch): string {
  let ids = ''
  for (const { id } of leads) ids += id
  return ids
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
