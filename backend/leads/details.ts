import type { Device } from '../words/device.ts'
import { isWordLike } from '../words/word.ts'
import { type Attribution, readAttribution } from './attribution.ts'

/** Every reason to suspect a submission. None of them refuses it: people with odd browsers look like this, too. */
export const suspectReasons = ['honeypot', 'fast'] as const
export type SuspectReason = (typeof suspectReasons)[number]

/** A field that people do not see and programs fill in. What stands in it is not kept. */
export const honeypotField = 'website'
/** A form that was sent sooner after it was shown than a person can type a phone number. */
export const fastBelowMs = 1_500
export const consentLengthMax = 64
export const languageLengthMax = 35

/**
 * What a submission tells beside its phone and its key. It travels whole, from the door through batch, job and quarantine to
 * the table: only this file, which reads it, and `store_leads`, which gives each of it a column, know what is in it.
 */
export type LeadDetails = Readonly<{
  /** Where the visitor came from. */
  attribution?: Attribution
  /** Where the visitor came from the first time. */
  firstTouch?: Attribution
  /** The word of the page that the visitor was shown, such as `hero.b`. */
  variant?: string
  /** A BCP 47 tag in lower case, such as `fa` or `en-gb`. */
  language?: string
  /** The version of the consent text that the visitor agreed to. */
  consent?: string
  suspect?: readonly SuspectReason[]
  device?: Device
  /** The path of the page that the visitor came to, such as `/spring`: one of those that there are. */
  landing?: string
}>

/** What the request itself tells of its visitor; nothing in its body can say otherwise. */
export type RequestSigns = Pick<LeadDetails, 'device' | 'landing'>

/** What a detail may be. No number: where details travel together, one stands for the place of a text, list or record. */
export type Detail = string | boolean | readonly string[] | Readonly<Record<string, string>>

/** So many bytes of where a visitor came from travel with a lead; of more, the first visit is left out, then the last. */
const touchesBytesMax = 4096

export const languagePattern = /^[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}$/i
export const consentPattern = new RegExp(`^[A-Za-z0-9._-]{1,${consentLengthMax}}$`)

/**
 * Reads the details out of a parsed body, or tells that there are none. They never cost a lead: what is not usable is left
 * out.
 */
export function readDetails(
  fields: Readonly<Record<string, unknown>>,
  { device, landing }: RequestSigns = {},
): LeadDetails | undefined {
  const last = readAttribution(fields)
  const first = fields.first_touch === undefined ? undefined : readFirstTouch(fields.first_touch)
  const attribution = last && fit(last) ? last : undefined
  const firstTouch = first && fit(attribution, first) ? first : undefined
  const variant = isWordLike(fields.variant) ? fields.variant : undefined
  const language = textLike(languagePattern, fields.language)?.toLowerCase()
  const consent = textLike(consentPattern, fields.consent)
  const suspect = readSuspicion(fields)
  if (!(attribution || firstTouch || variant || language || consent || suspect || device || landing))
    return undefined
  // In one shape, absent parts included: this runs for every submission.
  return { attribution, firstTouch, variant, language, consent, suspect, device, landing }
}

/** A rough size, for whoever packs leads together. */
export function detailsBytes(details: Readonly<Record<string, Detail | undefined>>): number {
  let bytes = 10
  for (const name in details) {
    const detail = details[name]
    if (detail === undefined) continue
    bytes += name.length + 6
    if (typeof detail === 'string') bytes += detail.length
    else if (typeof detail === 'object') bytes += detailsBytes(detail as Readonly<Record<string, string>>)
  }
  return bytes
}

/** Whether these may travel together. Nearly all are short, and are not measured. */
function fit(...touches: readonly (Attribution | undefined)[]): boolean {
  let characters = 0
  for (const touch of touches) if (touch) characters += detailsBytes(touch)
  return characters * 3 <= touchesBytesMax || Buffer.byteLength(JSON.stringify(touches)) <= touchesBytesMax
}

function readSuspicion(fields: Readonly<Record<string, unknown>>): SuspectReason[] | undefined {
  const honeypot = isFilled(fields[honeypotField])
  const fast = isFast(fields.elapsed_ms)
  if (!honeypot && !fast) return undefined
  return [...(honeypot ? ['honeypot' as const] : []), ...(fast ? ['fast' as const] : [])]
}

function isFilled(value: unknown): boolean {
  return typeof value === 'string' ? value.trim() !== '' : value !== undefined && value !== null
}

/** Forms send numbers as text. */
function isFast(value: unknown): boolean {
  if (typeof value === 'number') return value >= 0 && value < fastBelowMs
  return typeof value === 'string' && /^\d{1,9}$/.test(value) && Number(value) < fastBelowMs
}

function readFirstTouch(value: unknown): Attribution | undefined {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isRecord ? readAttribution(value as Record<string, unknown>) : undefined
}

function textLike(pattern: RegExp, value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && pattern.test(value) ? value : undefined
}
