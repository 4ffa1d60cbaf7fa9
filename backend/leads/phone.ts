import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { InvalidFields } from '../problem.ts'

const canonical = /^\+?[0-9]{10,15}$/
// What people type between digits: spaces, dashes, dots, brackets, slashes, and the direction marks that
// right-to-left keyboards leave behind.
const separators = /[\p{Zs}\t\-‐-―−.()[\]/\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu
const persianOrArabicDigit = /[۰-۹٠-٩]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the point
const controlCharacter = /[\u0000-\u0008\u000a-\u001f\u007f]/

/**
 * Turns what a visitor typed into the form that is kept and compared: digits with an optional leading `+`,
 * or E.164 when `defaultRegion` is set.
 * @throws InvalidFields with `required`, `use_plus_prefix` or `invalid_phone`.
 */
export function normalisePhone(typed: unknown, defaultRegion?: string): string {
  if (typed === undefined || typed === null || typed === '') throw refused('required')
  if (typeof typed !== 'string' || typed.length > 64 || controlCharacter.test(typed))
    throw refused('invalid_phone')
  const digits = canonical.test(typed) ? typed : foldDigits(typed).replace(separators, '')
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

function foldDigits(text: string): string {
  return text.replace(persianOrArabicDigit, (digit) => String(digit.charCodeAt(0) & 0xf))
}

function toE164(digits: string, defaultRegion: string): string {
  const parsed = parsePhoneNumberFromString(digits, defaultRegion as CountryCode)
  // Possible, not valid: number plans grow faster than any table of them.
  if (!parsed?.isPossible()) throw refused('invalid_phone')
  return parsed.number
}

const refused = (code: string) => new InvalidFields({ phone: [code] })
