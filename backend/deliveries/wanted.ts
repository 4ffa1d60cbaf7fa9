import { InvalidFields } from '../problem.ts'
import { isSuspicious, type LeadEvent, type LeadHappening, leadEvents, type StoredLead } from './lead.ts'

/** Which leads an endpoint is told of. A list that is absent lets every lead through, else one of its texts has to fit. */
export type Wanted = Readonly<{
  /** What to be told of. Absent: that there is a lead, that it is to be forgotten, and who is to be rung in its place. */
  events?: readonly LeadEvent[]
  /** `utm_campaign`. */
  campaign?: readonly string[]
  /** `utm_source`. */
  source?: readonly string[]
  /** Words of the page, such as `hero.b`, or parts of them. */
  variant?: readonly string[]
  /** `en` fits `en-gb` as well. */
  language?: readonly string[]
  /** Leads that look like a robot's, too. */
  suspect?: boolean
  /** What operators are told of other endpoints: beside leads, or nothing else. */
  notices?: 'also' | 'only'
}>

export const wantedLists = ['campaign', 'source', 'variant', 'language'] as const
const textsMax = 50
const textLengthMax = 256

/** Whether this endpoint is to be told of this lead. */
export function isWanted(lead: StoredLead, wanted: Wanted): boolean {
  return (
    fits(wanted.campaign, (text) => lead.attribution?.utm_campaign === text) &&
    fits(wanted.source, (text) => lead.attribution?.utm_source === text) &&
    fits(wanted.variant, (text) => lead.variant?.split('-').includes(text) || lead.variant === text) &&
    fits(wanted.language, (text) => lead.language === text || lead.language?.startsWith(`${text}-`))
  )
}

/**
 * Why nothing may be sent of a lead as it is now, or undefined. Absent: its row is gone, because somebody asked to be
 * forgotten.
 */
export function withheldBecause(
  { event, lead }: Pick<LeadHappening, 'event' | 'lead'>,
  wanted: Wanted,
): string | undefined {
  if (event === 'lead.erased' || event === 'operator.notice' || event === 'report.daily') return undefined
  if (!lead) return 'the lead is erased'
  if (lead.duplicateOf) return 'the lead is a duplicate'
  if (event !== 'lead.updated' && lead.correctedBy) return 'the lead was corrected before it was sent'
  // One that is released meanwhile is told of by that.
  const isHeld = event === 'lead.stored' ? isSuspicious(lead) : lead.state === 'suspect'
  return isHeld && !wanted.suspect ? 'the lead is suspect' : undefined
}

/** Whether it wants to be told when such a thing becomes of a lead. */
export function wantsEvent(
  { event, lead, told }: Pick<LeadHappening, 'event' | 'lead' | 'told'>,
  { events, notices }: Wanted,
): boolean {
  if (notices === 'only') return false
  if (events) return events.some((each) => each === event)
  if (event === 'report.daily') return false
  return event !== 'lead.updated' || (told?.corrected_by ?? lead?.correctedBy) != null
}

/** Reads what is wanted. @throws InvalidFields */
export function readWanted(given: Readonly<Record<string, unknown>>): Wanted {
  const wanted: { -readonly [Name in keyof Wanted]: Wanted[Name] } = {}
  for (const name of wantedLists) {
    const list = given[name]
    if (list === undefined) continue
    const isListOfTexts =
      Array.isArray(list) &&
      list.length <= textsMax &&
      list.every((text) => typeof text === 'string' && text !== '' && text.length <= textLengthMax)
    if (!isListOfTexts) throw new InvalidFields({ [name]: ['not_a_list_of_texts'] })
    if (list.length > 0)
      wanted[name] = list.map((text: string) => (name === 'language' ? text.toLowerCase() : text))
  }
  const { events } = given
  if (events !== undefined) {
    if (!Array.isArray(events) || !events.every((event) => leadEvents.includes(event)))
      throw new InvalidFields({ events: ['unknown'] })
    if (events.length > 0) wanted.events = leadEvents.filter((event) => events.includes(event))
  }
  if (given.suspect !== undefined && typeof given.suspect !== 'boolean')
    throw new InvalidFields({ suspect: ['not_a_boolean'] })
  if (given.suspect) wanted.suspect = true
  const { notices } = given
  if (notices !== undefined && notices !== 'also' && notices !== 'only')
    throw new InvalidFields({ notices: ['unknown'] })
  if (notices) wanted.notices = notices
  return wanted
}

const fits = (texts: readonly string[] | undefined, isIt: (text: string) => unknown) =>
  texts === undefined || texts.some(isIt)
