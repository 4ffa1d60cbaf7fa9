import type { PhonePlan } from './phone-plan.ts'
import { readPhoneText } from './phone-text.ts'

/** What can be wrong with a typed phone number. The API answers with the same words. */
export type PhoneProblem = 'required' | 'invalid_phone' | 'use_plus_prefix'

export type PhoneCheck =
  | Readonly<{ ok: true; phone: string }>
  | Readonly<{ ok: false; problem: 'required' | 'invalid_phone' }>

/** What the API takes where it knows no country. */
const ofAnyCountry = /^\+?[0-9]{10,15}$/
const digitsMax = 20

/**
 * Brings a typed number into the form that is sent: ASCII digits with an optional leading plus, and letters where a
 * plan lets the API make digits of them. Only a first look that spares the visitor a round trip, never narrower than
 * the API, which decides.
 */
export function checkPhone(typed: string, plan?: PhonePlan): PhoneCheck {
  const phone = plainPhone(typed)
  if (phone === '') return { ok: false, problem: 'required' }
  const isLikely = plan ? isLikelyIn(plan, phone) : ofAnyCountry.test(phone)
  return isLikely ? { ok: true, phone } : { ok: false, problem: 'invalid_phone' }
}

/** What was typed without what people put around its digits, and with a plus in front for a leading 00. */
export function plainPhone(typed: string): string {
  return readPhoneText(typed, { plusFor00: true }).phone
}

function isLikelyIn({ shortest }: PhonePlan, phone: string): boolean {
  const digits = phone.replace(/[^0-9]/g, '').length
  if (/[^0-9+\p{L}]/u.test(phone) || digits > digitsMax) return false
  // As in 0800 FLOWERS.
  return digits >= shortest || (digits >= 3 && phone.length >= 10)
}
