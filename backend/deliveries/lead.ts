import type { Notice } from './notice.ts'

/** A lead as it stands in its row, read when something is sent of it. */
export type StoredLead = Readonly<{
  id: string
  phone: string
  state: string
  acceptedAt: Date
  duplicateOf?: string
  correctedBy?: string
  attribution?: Readonly<Record<string, string>>
  firstTouch?: Readonly<Record<string, string>>
  variant?: string
  language?: string
  consent?: string
  suspect?: readonly string[]
}>

/** Whether it looked like a robot's when it was stored, whatever was made of it since. */
export const isSuspicious = (lead: StoredLead) => lead.state === 'suspect' || (lead.suspect?.length ?? 0) > 0

/**
 * What endpoints are told of: `lead.stored` that there is a lead, `lead.released` that a suspect one is taken for a person's,
 * `lead.updated` that one they were told of is another now, `lead.erased` that they have to forget one, `report.daily` how a
 * day went. `delivery.test` tells that an operator has asked for it.
 */
export const leadEvents = [
  ...(['lead.stored', 'lead.released', 'lead.updated', 'lead.erased'] as const),
  'report.daily',
] as const
export type LeadEvent = (typeof leadEvents)[number]
/** Beside those: that an endpoint is in trouble, or well again. */
export type DeliveryEvent = LeadEvent | 'operator.notice'

/** How many leads a day brought, in all and by source. */
export type LeadCounts = Readonly<{ leads: number; duplicates: number; suspects: number }>
export type DailyReport = LeadCounts &
  Readonly<{
    date: string
    time_zone: string
    by_source: readonly (LeadCounts & Readonly<{ source: string }>)[]
  }>

/** What an event tells that stands in no row, or not for long: how a lead has changed, or whose it was that is erased. */
export type LeadTold = Readonly<{
  state?: string
  corrected_by?: string | null
  phone_hash?: string
  notice?: Notice
  report?: DailyReport
}>

/** Something that became of one lead; a notice has an id of its own in the place of a lead's. */
export type LeadHappening = Readonly<{
  event: DeliveryEvent
  leadId: string
  /** Which change of this lead it is, where there are several: from 0. */
  change: number
  /** The moment of the transaction that it follows from. */
  writtenAt: Date
  told?: LeadTold
  /** Absent: its row is gone. */
  lead?: StoredLead
}>
