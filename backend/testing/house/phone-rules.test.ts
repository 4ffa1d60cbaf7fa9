import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { checkPhone } from '../../../frontend/landing/form/phone.ts'
import { formatPhone } from '../../../frontend/landing/form/phone-field.ts'
import { normalisePhone } from '../../leads/phone.ts'

/** What the API makes of a text: the phone it keeps, or nothing. */
function kept(typed: string): string | undefined {
  try {
    return normalisePhone(typed)
  } catch {
    return undefined
  }
}

const keys = fc.constantFrom(...'0123456789۰۱۲۳۹٠١٩+ -().\u200f\u202a\u00a0')
// Numbers as people write or copy them, with all that may surround a country code.
const written = fc
  .tuple(
    fc.constantFrom('', 'tel:', 'TEL:', '(', '\u202b'),
    fc.constantFrom('', '+', '＋', '00', '(+', '+('),
    fc.constantFrom('44', '39', '۹۸', '٣٩', '1', '353', '４４', '4', '0'),
    fc.constantFrom('', ')', ' ', ') '),
    fc.constantFrom('', '(0)', '(۰)', '( 0 )', '(0', '0)', '()', '(0)(0)'),
    fc.constantFrom('20 7946 0018', '9121234567', '۹۱۲۱۲۳۴۵۶۷', '(415) 555-2671', '2079460018('),
    fc.constantFrom('', '+', '＋', ' +', '+)', '\u200e'),
  )
  .map((parts) => parts.join(''))
const typed = fc.oneof(fc.string({ unit: keys, maxLength: 30 }), fc.string({ maxLength: 30 }), written)

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
