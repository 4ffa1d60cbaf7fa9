import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { checkPhone } from '../../frontend/landing/phone.ts'
import { formatPhone } from '../../frontend/landing/phone-field.ts'
import { normalisePhone } from '../leads/phone.ts'

/** What the API makes of a text: the phone it keeps, or nothing. */
function kept(typed: string): string | undefined {
  try {
    return normalisePhone(typed)
  } catch {
    return undefined
  }
}

const keys = fc.constantFrom(...'0123456789۰۱۲۳۹٠١٩+ -().\u200f\u202a\u00a0')
const typed = fc.oneof(fc.string({ unit: keys, maxLength: 30 }), fc.string({ maxLength: 30 }))

test('a number that the API takes is shown as the same number, and let through', () => {
  fc.assert(
    fc.property(typed, (text) => {
      const phone = kept(text)
      if (phone === undefined) return
      expect(kept(formatPhone(text))).toBe(phone)
      expect(checkPhone(text)).toEqual({ ok: true, phone })
    }),
    { numRuns: 2_000 },
  )
})

test('what the field lets through is taken by the API', () => {
  fc.assert(
    fc.property(typed, (text) => {
      const check = checkPhone(formatPhone(text))
      if (check.ok) expect(kept(check.phone)).toBe(check.phone)
    }),
    { numRuns: 2_000 },
  )
})
