import { InvalidFields } from '../problem.ts'
import type { LeadEvent, StoredLead } from './lead.ts'

/** Which leads an endpoint is told of. A list that is absent lets every lead through, else one of its texts has to fit. */
export type Wanted = Readonly<{
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
}>

export const wantedLists = ['campaign', 'source', 'variant', 'language'] as const
const textsMax = 50
const textLengthMax = 256

/** Whether this endpoint is to be told of this lead. */
export function isWanted(lead: StoredLead, wanted: Wanted): boolean {
  if (lead.state === 'suspect' && !wanted.suspect) return false
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
  event: LeadEvent,
  lead: StoredLead | undefined,
  wanted: Wanted,
): string | undefined {
  if (!lead) return 'the lead is erased'
  if (lead.duplicateOf) return 'the lead is a duplicate'
  if (event === 'lead.stored' && lead.correctedBy) return 'the lead was corrected before it was sent'
  if (lead.state === 'suspect' && !wanted.suspect) return 'the lead is suspect'
  return undefined
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
  if (given.suspect !== undefined && typeof given.suspect !== 'boolean')
    throw new InvalidFields({ suspect: ['not_a_boolean'] })
  if (given.suspect) wanted.suspect = true
  return wanted
}

const fits = (texts: readonly string[] | undefined, isIt: (text: string) => unknown) =>
  texts === undefined || texts.some(isIt)
