/** What can be wrong with a typed phone number. The API answers with the same words. */
export type PhoneProblem = 'required' | 'invalid_phone' | 'use_plus_prefix'

export type PhoneCheck =
  | Readonly<{ ok: true; phone: string }>
  | Readonly<{ ok: false; problem: 'required' | 'invalid_phone' }>

const foreignDigits = /[\u06F0-\u06F9\u0660-\u0669]/g
// Pasted numbers bring invisible direction marks along, so those count as separators too.
const separators = /[\s\-\u2010-\u2015.()/\u200B-\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/g

/**
 * Brings a typed number into the form that is sent: ASCII digits with an optional leading plus.
 * Only a first look that spares the visitor a round trip; the API decides.
 */
export function checkPhone(typed: string): PhoneCheck {
  const phone = typed
    .replace(foreignDigits, (digit) => String(digit.charCodeAt(0) & 0xf))
    .replace(separators, '')
    .replace(/^00/, '+')
  if (phone === '') return { ok: false, problem: 'required' }
  return /^\+?[0-9]{10,15}$/.test(phone) ? { ok: true, phone } : { ok: false, problem: 'invalid_phone' }
}
