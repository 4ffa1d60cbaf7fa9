import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { InvalidFields } from '../problem.ts'

const canonical = /^\+?[0-9]{10,15}$/
// What people type between digits: spaces, dashes, dots, slashes, and the direction marks that right-to-left keyboards
// leave behind. Parentheses go last, because of the zero that some hold.
const separators = /[\p{Zs}\t\-‐-―−.[\]/\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu
const parentheses = /[()]/g
const scheme = /^tel:/i
// Copied out of right-to-left text, the plus comes last.
const plusAtEnd = /^([1-9(][0-9()]*)\+$/
// +44 (0)20: the zero is dialled within the country only. Italy's belongs to the number.
const zeroOfHome = /^(\(?\+\(?(?!39)[0-9]{1,3}\)?)\(0\)/
const foreignDigit = /[۰-۹٠-٩０-９]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the point
const controlCharacter = /[\u0000-\u0008\u000a-\u001f\u007f]/

export type PhoneRules = Readonly<{ defaultRegion?: string; plusFor00?: boolean }>

/**
 * Turns what a visitor typed into the form that is kept and compared: digits with an optional leading `+`,
 * or E.164 when `defaultRegion` is set. A leading 00 is refused unless `plusFor00` asks for a plus in its place.
 * @throws InvalidFields with `required`, `use_plus_prefix` or `invalid_phone`.
 */
export function normalisePhone(typed: unknown, { defaultRegion, plusFor00 }: PhoneRules = {}): string {
  if (typed === undefined || typed === null || typed === '') throw refused('required')
  if (typeof typed !== 'string' || typed.length > 64 || controlCharacter.test(typed))
    throw refused('invalid_phone')
  let digits = typed
  // Nearly all come as the page sends them.
  if (!canonical.test(typed) || typed.startsWith('00')) digits = bare(typed, plusFor00)
  if (digits === '') throw refused('required')
  if (digits.startsWith('00')) throw refused('use_plus_prefix')
  if (!canonical.test(digits)) throw refused('invalid_phone')
  return defaultRegion ? toE164(digits, defaultRegion) : digits
}

/** By what phones are compared, in every store and in the request log: a keyed hash in hex. */
export function phoneKeyOf(keyedHash: (text: string) => string, phone: string): string {
  return keyedHash(`phone:${phone}`)
}

/** By what Idempotency-Keys are compared; '' stays ''. */
export function idempotencyKeyOf(keyedHash: (text: string) => string, key: string): string {
  return key && keyedHash(`idempotency:${key}`)
}

function bare(typed: string, plusFor00 = false): string {
  const text = typed
    .replace(foreignDigit, (digit) => String(digit.charCodeAt(0) & 0xf))
    .replaceAll('＋', '+')
    .replace(separators, '')
    .replace(scheme, '')
    .replace(plusAtEnd, '+$1')
  return (plusFor00 ? text.replace(/^00/, '+') : text).replace(zeroOfHome, '$1').replace(parentheses, '')
}

function toE164(digits: string, defaultRegion: string): string {
  const parsed = parsePhoneNumberFromString(digits, defaultRegion as CountryCode)
  // Possible, not valid: number plans grow faster than any table of them.
  if (!parsed?.isPossible()) throw refused('invalid_phone')
  return parsed.number
}

const refused = (code: string) => new InvalidFields({ phone: [code] })
