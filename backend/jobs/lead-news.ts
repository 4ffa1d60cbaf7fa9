import { acceptedAtMs } from '../batching/ids.ts'
import type { Lead } from '../leads/lead.ts'
import type { LeadNews } from '../leads/news.ts'
import { campaignToLog, type RequestLog } from '../leads/request-log.ts'
import { maskPhone } from '../leads/written-phones.ts'
import type { Log } from '../log.ts'
import type { LeadNewsMetrics } from '../prometheus/metrics.ts'

export type LeadNewsDeps = Readonly<{
  metrics: LeadNewsMetrics
  /** Absent where no MongoDB is configured. */
  requestLog?: RequestLog
  log: Log
}>

/** Counts what becomes of leads, and writes it to the request log. */
export function createLeadNews({ metrics, requestLog, log }: LeadNewsDeps): LeadNews {
  return {
    stored(leads) {
      metrics.stored(leads.length)
      logAccepted(requestLog, leads, 'stored')
    },
    // Who stored them may have died before it could log them; an entry is kept once.
    storedBefore: (leads) => logAccepted(requestLog, leads, 'stored'),
    quarantined(lead) {
      metrics.quarantined()
      log.error('lead.quarantined', { id: lead.id })
      logAccepted(requestLog, [lead], 'quarantined')
    },
  }
}

function logAccepted(
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
