import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { LeadEvent, StoredLead } from './lead.ts'

/**
 * What is told, before a target gives it the shape of its own. `id` is the same for every attempt, every replay and every
 * endpoint, and so is all the rest as long as the lead is the same: who keeps what they got by `id` has it once.
 */
export type Message = Readonly<{
  id: string
  type: LeadEvent | 'delivery.test'
  timestamp: string
  data: Readonly<Record<string, unknown>>
  /** Its phone and where it came from left out, with an address in their place. */
  thin: Readonly<Record<string, unknown>>
}>

/** `writtenAt` is the moment of the transaction that this follows from. */
export function leadMessage(
  event: LeadEvent,
  lead: StoredLead,
  { writtenAt, publicUrl }: Readonly<{ writtenAt: Date; publicUrl: string }>,
): Message {
  const thin = { id: lead.id, state: lead.state, status_url: `${publicUrl}/api/leads/${lead.id}/status` }
  return {
    id: messageId(event, lead.id),
    type: event,
    timestamp: writtenAt.toISOString(),
    data: event === 'lead.stored' ? storedData(lead) : updatedData(lead),
    thin: event === 'lead.stored' ? thin : { ...thin, ...updatedData(lead) },
  }
}

/** A message that says nothing of anybody. */
export function testMessage(endpoint: string, id: string, now: Date): Message {
  const data = { endpoint, says: 'This is a test of Landfast. سلام 👋' }
  return { id: `delivery_test_${id}`, type: 'delivery.test', timestamp: now.toISOString(), data, thin: data }
}

/** Ids of messages hold no dot: signatures are made of parts with dots between them. */
export const messageId = (event: LeadEvent, leadId: string) => `${event.replace('.', '_')}_${leadId}`

function storedData(lead: StoredLead) {
  return {
    id: lead.id,
    accepted_at: lead.acceptedAt.toISOString(),
    state: lead.state,
    phone: phoneForms(lead.phone),
    variant: lead.variant ?? null,
    language: lead.language ?? null,
    consent: lead.consent ?? null,
    suspect: lead.suspect ?? [],
    last_touch: lead.attribution ?? {},
    first_touch: lead.firstTouch ?? {},
  }
}

const updatedData = (lead: StoredLead) => ({
  id: lead.id,
  state: lead.state,
  corrected_by: lead.correctedBy ?? null,
})

/** A number without a country's code is kept as it was typed; then that is all that can be said of it. */
function phoneForms(phone: string) {
  const parsed = phone.startsWith('+') ? parsePhoneNumberFromString(phone) : undefined
  return {
    kept: phone,
    e164: parsed ? phone : null,
    national: parsed?.formatNational() ?? phone,
    tel: `tel:${phone}`,
    country: parsed?.country ?? null,
  }
}
