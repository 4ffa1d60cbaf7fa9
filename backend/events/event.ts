import { type FieldErrors, InvalidFields, InvalidInput } from '../problem.ts'
import type { Device } from '../words/device.ts'
import type { WordReader } from '../words/reader.ts'
import { isVisitorId } from '../words/visitor-id.ts'

/** What every site counts. Others have to be listed in EVENT_TYPES. */
export const ownEventTypes = [
  'page_view',
  'cta_click',
  'form_submit',
  'web_vital_lcp',
  'web_vital_inp',
  'web_vital_cls',
] as const
const visitType: (typeof ownEventTypes)[number] = 'page_view'
/** Recorded by the server alone, when it gives a visitor a variant. */
const exposureType = 'exposure'

export type EventRules = Readonly<{
  /** The types a client may send. */
  types: ReadonlySet<string>
  words: WordReader
  /** The usable texts of where a visitor came from. */
  attribution(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> | undefined
  withoutPhones: WithoutPhones
  /** Where the page stands. */
  pagePaths(): ReadonlySet<string>
}>

/** What stands for what a client may have written a phone number in. */
export type WithoutPhones = Readonly<{
  /** The beginning of a text. */
  text(text: string, lengthMax: number): string
  value(value: number): number
  visitorId(id: string): string
}>

/** What the request itself says of its sender; the fields of an event go before. */
export type EventSender = Readonly<{
  /** From the visitor's cookie, or ''. */
  visitorId: string
  /** From the page's cookie, as it came, or ''. */
  word: string
  bot: boolean
  device?: Device
}>

/**
 * Events as they travel to the store: a record each, made once and never read again before they are there. Its fields,
 * between tabs: visitor, word, type, value or nothing, 1 for a robot, details as JSON or nothing. A visit and an exposure tell
 * the device as well, and a visit then 1 where its address is one of the page.
 */
export type EventRecords = Readonly<{ records: string; count: number }>

export const eventsPerRequestMax = 50
const typePattern = /^[a-z0-9_]{1,32}$/
const vital = 'web_vital_'
export const valueMax = 1e12
const vitalMax = 1e7
const urlLengthMax = 512

/**
 * Reads one event, or the list in `events`, out of a parsed body. One that is wrong spoils all, so nothing is half kept.
 * @throws InvalidFields for one event and for the list itself, InvalidInput for events of a list, by their places.
 */
export function readEvents(body: unknown, sender: EventSender, rules: EventRules): EventRecords {
  if (!isRecord(body) || body.events === undefined)
    return { records: readEvent(isRecord(body) ? body : {}, sender, rules), count: 1 }
  const { events } = body
  if (!Array.isArray(events)) throw new InvalidFields({ events: ['not_a_list'] })
  if (events.length === 0) throw new InvalidFields({ events: ['required'] })
  if (events.length > eventsPerRequestMax) throw new InvalidFields({ events: ['too_many'] })
  const records: string[] = []
  const faults: Record<number, FieldErrors> = {}
  for (const [index, event] of (events as unknown[]).entries()) {
    try {
      records.push(readEvent(isRecord(event) ? event : {}, sender, rules))
    } catch (error) {
      if (!(error instanceof InvalidFields)) throw error
      faults[index] = error.fields
    }
  }
  if (records.length < events.length) throw new InvalidInput({ events: faults })
  return { records: records.join('\n'), count: records.length }
}

/** What came with an event beside its value. */
export type EventDetails = Readonly<{ attribution?: Readonly<Record<string, string>>; url?: string }>

/** The record of an exposure, which the server makes itself. All of it has been read before. */
export function exposureRecord(
  event: Readonly<{ visitorId: string; word: string; bot: boolean; device?: Device; details: EventDetails }>,
): string {
  const { visitorId, word, bot, device, details } = event
  return `${visitorId}\t${word}\t${exposureType}\t\t${bot ? '1' : ''}\t${detailsOf(details.attribution, details.url)}\t${device ?? ''}`
}

type Fields = Readonly<Record<string, unknown>>

function readEvent(fields: Fields, sender: EventSender, rules: EventRules): string {
  const visitorId = fields.visitor_id ?? sender.visitorId
  const type = fields.event_type
  const { value } = fields
  const { variant, experiment } = fields
  // The page names the word of its own cookie. While it stood open a part of it may have gone, which is no mistake.
  const isOfCookie = experiment === undefined && (variant === undefined || variant === sender.word)
  const word = isOfCookie ? rules.words.known(sender.word) : rules.words.read(variant, experiment)
  if (
    isVisitorId(visitorId) &&
    typeof type === 'string' &&
    rules.types.has(type) &&
    isValueOf(type, value) &&
    typeof word === 'string'
  )
    return `${rules.withoutPhones.visitorId(visitorId)}\t${word}\t${type}\t${typeof value === 'number' ? rules.withoutPhones.value(value) : ''}\t${sender.bot ? '1' : ''}\t${detailsIn(fields, rules)}${type === visitType ? visitIn(fields, sender, rules) : ''}`
  throw new InvalidFields({
    ...faultOf('visitor_id', visitorId, isVisitorId),
    ...(typeof type === 'string' && typePattern.test(type)
      ? rules.types.has(type)
        ? {}
        : { event_type: ['unknown'] }
      : faultOf('event_type', type, () => false)),
    ...(typeof type === 'string' && !isValueOf(type, value)
      ? { value: [value === undefined ? 'required' : 'invalid'] }
      : {}),
    ...(typeof word === 'string' ? {} : word),
  })
}

function faultOf(name: string, value: unknown, isRight: (text: string) => boolean): FieldErrors {
  if (value === undefined || value === null || value === '') return { [name]: ['required'] }
  return typeof value === 'string' && isRight(value) ? {} : { [name]: ['invalid'] }
}

function isValueOf(type: string, value: unknown): boolean {
  if (type.startsWith(vital)) return typeof value === 'number' && value >= 0 && value <= vitalMax
  return value === undefined || (typeof value === 'number' && Math.abs(value) <= valueMax)
}

function detailsIn({ attribution, url }: Fields, rules: EventRules): string {
  if (attribution === undefined && url === undefined) return ''
  const kept = isRecord(attribution) ? rules.attribution(attribution) : undefined
  return detailsOf(kept, typeof url === 'string' ? placeOf(url, rules.withoutPhones) : undefined)
}

function visitIn({ url }: Fields, { device }: EventSender, rules: EventRules): string {
  const isOfPage = typeof url === 'string' && rules.pagePaths().has(url)
  return `\t${device ?? ''}\t${isOfPage ? '1' : ''}`
}

function detailsOf(attribution: EventDetails['attribution'], path = ''): string {
  if (!attribution && plainPath.test(path)) return `{"url":"${path}"}`
  if (!attribution && path === '') return ''
  return JSON.stringify({ ...(attribution && { attribution }), ...(path !== '' && { url: path }) })
}

// Nothing in it to take away, and nothing that JSON would write in another way: nearly every address of a page.
const plainPath = /^[\w/.:%~@+*-]{1,512}$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are removed so that no store chokes on them
const controlCharacters = /[\u0000-\u001f\u007f]/g

/** Where an event happened, as it is kept. A query can hold anything, a phone number included. */
export function placeOf(url: string, withoutPhones: WithoutPhones): string {
  if (plainPath.test(url)) return withoutPhones.text(url, urlLengthMax)
  const masked = withoutPhones.text(url.split(/[?#]/, 1)[0]!, urlLengthMax)
  return masked.toWellFormed().replace(controlCharacters, '').trim()
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
