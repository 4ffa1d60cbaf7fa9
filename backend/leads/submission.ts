import { InvalidFields } from '../problem.ts'
import { normalisePhone } from './phone.ts'

/** Where a visitor came from: campaign parameters, click ids and referrer, each at most 256 characters. */
export type Attribution = Readonly<Record<string, string>>

/** What a visitor sent, once it has passed every rule. */
export type Submission = Readonly<{
  phone: string
  /** The client's Idempotency-Key, or '' when it sent none. */
  idempotencyKey: string
  attribution?: Attribution
  variant?: string
}>

/** What is kept of where a visitor came from; anything else in a body is left out. */
export const attributionFields = [
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
  'gclid',
  'fbclid',
  'msclkid',
  'ttclid',
  'referrer',
] as const

export const attributionLengthMax = 256
const printableKey = /^[\x20-\x7e]{1,128}$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are removed so that no store chokes on them
const controlCharacters = /[\u0000-\u001f\u007f]/g
const variantName = /^[A-Za-z0-9_-]{1,64}$/

/**
 * Reads a submission out of a parsed body. Attribution never costs a lead: what is not a usable text is left out.
 * @throws InvalidFields naming `phone` or `idempotency_key`.
 */
export function readSubmission(
  body: unknown,
  options: { idempotencyKey?: string | null; defaultRegion?: string },
): Submission {
  const fields: Record<string, unknown> = isRecord(body) ? body : {}
  const phone = normalisePhone(fields.phone, options.defaultRegion)
  const attribution = readAttribution(fields)
  const variant = fields.variant
  return {
    phone,
    idempotencyKey: readIdempotencyKey(options.idempotencyKey),
    ...(attribution && { attribution }),
    ...(typeof variant === 'string' && variantName.test(variant) && { variant }),
  }
}

/** A text without control characters or lone surrogates, cut to `lengthMax` characters. */
export function cleanText(text: string, lengthMax: number): string {
  return text.slice(0, lengthMax).toWellFormed().replace(controlCharacters, ' ').trim()
}

function readAttribution(fields: Record<string, unknown>): Attribution | undefined {
  let found: Record<string, string> | undefined
  for (const name of attributionFields) {
    const value = fields[name]
    if (typeof value !== 'string' || value === '') continue
    const text = cleanText(value, attributionLengthMax)
    if (text === '') continue
    found ??= {}
    found[name] = text
  }
  return found
}

function readIdempotencyKey(key: string | null | undefined): string {
  if (!key) return ''
  if (!printableKey.test(key)) throw new InvalidFields({ idempotency_key: ['invalid_idempotency_key'] })
  return key
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
