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

/** What a submission says beside its phone and where it came from. Left out as a whole where there is nothing to say. */
export type Signals = Readonly<{
  /** A BCP 47 tag in lower case, such as `fa` or `en-gb`. */
  language?: string
  /** The version of the consent text that the visitor agreed to. */
  consent?: string
  suspect?: readonly SuspectReason[]
  /** Where the visitor came from the first time. */
  firstTouch?: Attribution
}>

const languageTag = /^[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}$/i
const consentVersion = new RegExp(`^[A-Za-z0-9._-]{1,${consentLengthMax}}$`)

/** Reads the signals out of a parsed body. They never cost a lead: what is not usable is left out. */
export function readSignals(fields: Readonly<Record<string, unknown>>): Signals | undefined {
  const language = textLike(languageTag, fields.language)?.toLowerCase()
  const consent = textLike(consentVersion, fields.consent)
  const suspect = readSuspicion(fields)
  const firstTouch = fields.first_touch === undefined ? undefined : readFirstTouch(fields.first_touch)
  if (!language && !consent && !suspect && !firstTouch) return undefined
  return {
    ...(language && { language }),
    ...(consent && { consent }),
    ...(suspect && { suspect }),
    ...(firstTouch && { firstTouch }),
  }
}

/** A rough size, for whoever packs leads together. */
export function signalsBytes(signals: Signals): number {
  let bytes = 100
  for (const name in signals.firstTouch) bytes += name.length + signals.firstTouch[name]!.length + 6
  return bytes
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
