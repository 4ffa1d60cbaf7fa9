/** What can be wrong with a typed phone number. The API answers with the same words. */
export type PhoneProblem = 'required' | 'invalid_phone' | 'use_plus_prefix'

export type PhoneCheck =
  | Readonly<{ ok: true; phone: string }>
  | Readonly<{ ok: false; problem: 'required' | 'invalid_phone' }>

const foreignDigits = /[\u06F0-\u06F9\u0660-\u0669\uFF10-\uFF19]/g
// What people type or paste between digits, invisible direction marks included. Never narrower than what the API
// accepts: a number it would have taken must not be stopped here.
const separators = /[\s\-‐-―−./[\]\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g

/**
 * Brings a typed number into the form that is sent: ASCII digits with an optional leading plus.
 * Only a first look that spares the visitor a round trip; the API decides.
 */
export function checkPhone(typed: string): PhoneCheck {
  const phone = asciiDigits(bare(typed))
  if (phone === '') return { ok: false, problem: 'required' }
  return /^\+?[0-9]{10,15}$/.test(phone) ? { ok: true, phone } : { ok: false, problem: 'invalid_phone' }
}

/** What was typed without what people put around its digits, and with a plus in front for a leading 00. */
export function bare(typed: string): string {
  return (
    typed
      .replace(separators, '')
      .replace(/^tel:/i, '')
      .replace('＋', '+')
      // Copied out of right-to-left text, the plus comes last.
      .replace(/^(?![0۰٠０])([\p{Nd}()]+)\+$/u, '+$1')
      .replace(/^[0۰٠０]{2}/, '+')
      // +44 (0)20: the zero is dialled within the country only. Italy's belongs to the number.
      .replace(/^(\(?\+\(?(?!39|۳۹|٣٩|３９)\p{Nd}{1,3}\)?)\([0۰٠０]\)/u, '$1')
      .replace(/[()]/g, '')
      // Once more for zeros that stood apart, as in 0)0.
      .replace(/^[0۰٠０]{2}/, '+')
  )
}

/** Persian, Arabic and full-width digits as the ones that are sent. */
export function asciiDigits(text: string): string {
  return text.replace(foreignDigits, (digit) => String(digit.charCodeAt(0) & 0xf))
}
