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

/**
 * What endpoints are told of: `lead.stored` that there is a lead, `lead.updated` that one they were told of is another now.
 * `delivery.test` tells that an operator has asked for it.
 */
export const leadEvents = ['lead.stored', 'lead.updated'] as const
export type LeadEvent = (typeof leadEvents)[number]

export const isLeadEvent = (text: string): text is LeadEvent => leadEvents.includes(text as LeadEvent)
