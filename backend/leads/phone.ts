import { InvalidFields } from '../problem.ts'
import { e164Of, isInUse, isPossible } from './phone-readings.ts'
import { readPhoneText } from './phone-text.ts'

/** Without a region a phone is this; with one it is E.164. */
const canonical = /^\+?[0-9]{10,15}$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the point
const controlCharacter = /[\u0000-\u0008\u000a-\u001f\u007f]/
// With fewer it is hardly anybody's alone.
const aloneFromDigits = 8
/** Long enough for a number with a mark around each of its digits, and for a whole `tel:` address. */
export const typedLengthMax = 128

export type PhoneRules = Readonly<{
  /** Where numbers without a country code are from, such as `GB`. */
  defaultRegion?: string
  /** Takes a leading 00 for a plus where there is no region. */
  plusFor00?: boolean
  /** The body was form-encoded: whoever sent it may have written a plus that was read as a space. */
  plusForSpace?: boolean
}>

/**
 * Turns what a visitor typed into the form that is kept and compared: digits with an optional leading `+`,
 * or E.164 when `defaultRegion` is set. Without a region a leading 00 is refused unless `plusFor00`.
 * @throws InvalidFields with `required`, `use_plus_prefix` or `invalid_phone`.
 */
export function normalisePhone(typed: unknown, rules: PhoneRules = {}): string {
  if (typed === undefined || typed === null || typed === '') throw refused('required')
  if (typeof typed !== 'string' || typed.length > typedLengthMax || controlCharacter.test(typed))
    throw refused('invalid_phone')
  const { defaultRegion } = rules
  let text = typed
  // Nearly all come as the page sends them.
  if (!canonical.test(typed) || /^(?:00|\+0[1-9])/.test(typed)) text = textOf(typed, rules)
  if (text === '') throw refused('required')
  if (text.length > typedLengthMax) throw refused('invalid_phone')
  if (defaultRegion !== undefined) return e164Of(text, defaultRegion) ?? refuse('invalid_phone')
  if (text.startsWith('00')) throw refused('use_plus_prefix')
  return canonical.test(text) ? text : refuse('invalid_phone')
}

/** By what phones are compared, in every store and in the request log: a keyed hash in hex. */
export function phoneKeyOf(keyedHash: (text: string) => string, phone: string): string {
  return keyedHash(`phone:${phone}`)
}

/** The same of a phone as anybody might have typed it; undefined where it is none. */
export function keyOfTyped(
  keyedHash: (text: string) => string,
  typed: string,
  defaultRegion: string | undefined,
): string | undefined {
  try {
    return phoneKeyOf(keyedHash, normalisePhone(typed, { defaultRegion, plusFor00: true }))
  } catch (error) {
    if (error instanceof InvalidFields) return undefined
    throw error
  }
}

/**
 * How the leads of a whole phone are found, as anybody might have typed it. Without its country's code, where no region says
 * which that is, they are those that end with it; undefined where it is none.
 */
export function soughtPhone(
  keyedHash: (text: string) => string,
  typed: string,
  defaultRegion: string | undefined,
): Readonly<{ phoneKey: string } | { lastDigits: string }> | undefined {
  const phoneKey = keyOfTyped(keyedHash, typed, defaultRegion)
  if (phoneKey === undefined || defaultRegion !== undefined)
    return phoneKey === undefined ? undefined : { phoneKey }
  const { phone } = readPhoneText(typed, { plusFor00: true })
  const lastDigits = phone.replace(/^0+/, '')
  return phone.startsWith('+') || lastDigits.length < aloneFromDigits ? { phoneKey } : { lastDigits }
}

/** By what Idempotency-Keys are compared; '' stays ''. */
export function idempotencyKeyOf(keyedHash: (text: string) => string, key: string): string {
  return key && keyedHash(`idempotency:${key}`)
}

function textOf(typed: string, { defaultRegion, plusFor00, plusForSpace }: PhoneRules): string {
  const { phone } = readPhoneText(typed, { plusFor00: plusFor00 === true && defaultRegion === undefined })
  if (!plusForSpace || !/^ [1-9]/.test(typed)) return phone
  const withPlus = `+${phone}`
  if (isInUse(withPlus)) return withPlus
  const asTyped = defaultRegion === undefined ? undefined : e164Of(phone, defaultRegion)
  return asTyped === undefined && isPossible(withPlus) ? withPlus : phone
}

const refused = (code: string) => new InvalidFields({ phone: [code] })

function refuse(code: string): never {
  throw refused(code)
}
