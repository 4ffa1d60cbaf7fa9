import { acceptedAtMs } from '../batching/ids.ts'
import type { Lead } from '../leads/lead.ts'
import { type PersistDeps, persist } from '../leads/persist.ts'
import { campaignToLog, type RequestLog } from '../leads/request-log.ts'
import { errorFields, type Log, maskPhone } from '../log.ts'
import type { WorkerMetrics } from '../prometheus/metrics.ts'
import { untilStored } from './until-stored.ts'

export type LeadJobDeps = PersistDeps &
  Readonly<{ requestLog?: RequestLog; metrics: WorkerMetrics; log: Log }>

/**
 * Stores one batch, and does not give up: while Postgres is away the batch waits here, its lock renewed, so that an
 * outage of any length never uses up a job. Only a stopping worker puts it back.
 */
export async function persistBatch(
  deps: LeadJobDeps,
  job: Readonly<{ batchId: string; leads: readonly Lead[]; signal: AbortSignal }>,
): Promise<void> {
  const { stored, quarantined } = await untilStored(() => persist(deps, job.leads), {
    signal: job.signal,
    onWait(error, pauseMs) {
      deps.metrics.waiting()
      deps.log.warn('lead.store_waits', { batch: job.batchId, pauseMs, ...errorFields(error) })
    },
  })
  deps.metrics.stored(stored.length)
  if (quarantined.length > 0) {
    deps.metrics.quarantined(quarantined.length)
    deps.log.error('lead.quarantined', { ids: quarantined.map((lead) => lead.id) })
  }
  logAccepted(deps.requestLog, stored, 'stored')
  logAccepted(deps.requestLog, quarantined, 'quarantined')
}

/** Writes what became of accepted leads to the request log, where one is kept. */
export function logAccepted(
  requestLog: RequestLog | undefined,
  leads: readonly Lead[],
  taskState: 'stored' | 'quarantined',
): void {
  if (!requestLog) return
  for (const lead of leads) {
    if (!lead.request) continue
    requestLog.write({
      id: lead.id,
      time: new Date(acceptedAtMs(lead.id)),
      outcome: 'accepted',
      taskState,
      phoneHash: lead.phoneKey,
      phoneMask: maskPhone(lead.phone),
      campaign: campaignToLog(lead),
      ...(lead.details?.suspect && { suspect: lead.details.suspect }),
      request: lead.request,
    })
  }
}
