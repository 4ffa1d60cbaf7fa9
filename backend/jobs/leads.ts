import type { Lead } from '../leads/lead.ts'
import { type PersistDeps, persist } from '../leads/persist.ts'
import { errorFields, type Log } from '../log.ts'
import type { WorkerMetrics } from '../prometheus/metrics.ts'
import { untilStored } from './until-stored.ts'

export type LeadJobDeps = PersistDeps & Readonly<{ metrics: Pick<WorkerMetrics, 'waiting'>; log: Log }>

/**
 * Stores one batch, and does not give up: while Postgres is away the batch waits here, its lock renewed, so that an
 * outage of any length never uses up a job. Only a stopping worker puts it back.
 */
export function persistBatch(
  deps: LeadJobDeps,
  job: Readonly<{ batchId: string; leads: readonly Lead[]; signal: AbortSignal }>,
): Promise<void> {
  return untilStored(() => persist(deps, job.leads), {
    signal: job.signal,
    onWait(error, pauseMs) {
      deps.metrics.waiting()
      deps.log.warn('lead.store_waits', { batch: job.batchId, pauseMs, ...errorFields(error) })
    },
  })
}
