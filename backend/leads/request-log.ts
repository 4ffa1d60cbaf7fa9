import type { SuspectReason } from './details.ts'
import type { Lead, RequestContext } from './lead.ts'
import type { SubmissionOutcome } from './outcome.ts'

/** One submission as the request log keeps it: the phone only as its keyed hash and masked. */
export type RequestEntry = Readonly<{
  id: string
  time: Date
  outcome: SubmissionOutcome
  /** What the worker made of it; `none` where there was no work. */
  taskState: 'none' | 'stored' | 'quarantined'
  phoneHash?: string
  phoneMask?: string
  campaign?: string
  suspect?: readonly SuspectReason[]
  request: RequestContext
}>

/** A log of submissions, best effort: writing never throws and never waits; what cannot be kept is counted. */
export interface RequestLog {
  write(entry: RequestEntry): void
}

const ownDigits = 9

/** The campaign that a submission names, unless its own phone stands in it: the log must not know that one. */
export function campaignToLog({ phone, details }: Pick<Lead, 'phone' | 'details'>): string | undefined {
  const campaign = details?.attribution?.utm_campaign
  if (campaign === undefined) return undefined
  const own = phone.replace(/\D/g, '').slice(-ownDigits)
  return campaign.replace(/\D/g, '').includes(own) ? undefined : campaign
}
