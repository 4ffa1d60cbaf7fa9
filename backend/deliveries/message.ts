import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { type DeliveryEvent, isSuspicious, type LeadHappening, type StoredLead } from './lead.ts'
import { noticeText } from './notice.ts'

/**
 * What is told, before a target gives it the shape of its own. `id` is the same for every attempt, every replay and every
 * endpoint, and so is all the rest as long as the lead is the same: who keeps what they got by `id` has it once.
 */
export type Message = Readonly<{
  id: string
  type: DeliveryEvent | 'delivery.test'
  timestamp: string
  /** The time of the lead, as people read it. */
  localTime: string
  data: Readonly<Record<string, unknown>>
  /** Its phone and where it came from left out, with an address in their place. */
  thin: Readonly<Record<string, unknown>>
}>

/** What messages need to know of this installation. */
export type House = Readonly<{ publicUrl: string; timeZone: string }>

/**
 * What is told of something that became of a lead. Nothing in it changes with the lead afterwards: who is sent it once more gets
 * the same.
 * @throws Error where the row is gone that it tells of.
 */
export function leadMessage(happening: LeadHappening, { publicUrl, timeZone }: House): Message {
  const { event, leadId, lead, writtenAt } = happening
  return {
    id: messageId(happening),
    type: event,
    timestamp: writtenAt.toISOString(),
    localTime: localTime(lead?.acceptedAt ?? writtenAt, timeZone),
    ...dataOf(happening, `${publicUrl}/api/leads/${leadId}/status`),
  }
}

function dataOf(
  { event, leadId, lead, told }: LeadHappening,
  status_url: string,
): Pick<Message, 'data' | 'thin'> {
  if (event === 'lead.erased') {
    const data = { id: leadId, phone_hash: told?.phone_hash ?? null }
    return { data, thin: data }
  }
  if (event === 'operator.notice') {
    const notice = told?.notice ?? { endpoint: '', trouble: null, because: null }
    const data = { ...notice, says: noticeText(notice) }
    return { data, thin: data }
  }
  if (event === 'report.daily') {
    const data = { ...told?.report }
    return { data, thin: data }
  }
  if (!lead) throw new Error('the lead is erased')
  if (event === 'lead.updated') {
    const data = {
      id: lead.id,
      state: told?.state ?? lead.state,
      corrected_by: (told ? told.corrected_by : lead.correctedBy) ?? null,
    }
    return { data, thin: { ...data, status_url } }
  }
  const state = event === 'lead.stored' && isSuspicious(lead) ? 'suspect' : 'new'
  return { data: leadData(lead, state), thin: { id: lead.id, state, status_url } }
}

/** A message that says nothing of anybody. */
export function testMessage(endpoint: string, id: string, now: Date, timeZone: string): Message {
  const data = { endpoint, says: 'This is a test of Landfast. سلام 👋' }
  return {
    id: `delivery_test_${id}`,
    type: 'delivery.test',
    timestamp: now.toISOString(),
    localTime: localTime(now, timeZone),
    data,
    thin: data,
  }
}

/** Ids of messages hold no dot: signatures are made of parts with dots between them. */
export const messageId = ({
  event,
  leadId,
  change,
}: Pick<LeadHappening, 'event' | 'leadId' | 'change'>): string =>
  `${event.replace('.', '_')}_${leadId}${change === 0 ? '' : `_${change}`}`

const formats = new Map<string, Intl.DateTimeFormat>()

function localTime(time: Date, timeZone: string): string {
  const known = formats.get(timeZone)
  const format =
    known ??
    new Intl.DateTimeFormat('en-GB', {
      ...{ timeZone, day: 'numeric', month: 'short' },
      ...{ hour: '2-digit', minute: '2-digit', timeZoneName: 'short' },
    })
  // To make one takes longer than to write a message.
  if (!known) formats.set(timeZone, format)
  return format.format(time)
}

function leadData(lead: StoredLead, state: string) {
  return {
    id: lead.id,
    accepted_at: lead.acceptedAt.toISOString(),
    state,
    phone: phoneForms(lead.phone),
    variant: lead.variant ?? null,
    language: lead.language ?? null,
    consent: lead.consent ?? null,
    suspect: lead.suspect ?? [],
    last_touch: lead.attribution ?? {},
    first_touch: lead.firstTouch ?? {},
  }
}

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
