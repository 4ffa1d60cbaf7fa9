import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { checkPhone } from '../../../frontend/landing/form/phone.ts'
import { formatPhone } from '../../../frontend/landing/form/phone-field.ts'
import { planToldBy } from '../../../frontend/landing/form/phone-plan.ts'
import { normalisePhone } from '../../leads/phone.ts'
import { pagePhonePlan } from '../../leads/phone-plan.ts'

/** What the API makes of a text: the phone it keeps, or nothing. */
function kept(typed: string, defaultRegion?: string): string | undefined {
  try {
    return normalisePhone(typed, { defaultRegion })
  } catch {
    return undefined
  }
}

const keys = fc.constantFrom(...'0123456789۰۱۲۳۹٠١٩९৭𞥒４+＋ -().ー—#,;xآ\u200f\u202a\u00a0\ufe0f\u20e3\u0640')
// Numbers as people write or copy them, with all that may surround a country code.
const written = fc
  .tuple(
    fc.constantFrom('', 'tel:', 'TEL:', '(', '\u202b'),
    fc.constantFrom('', '+', '＋', '00', '(+', '+('),
    fc.constantFrom('44', '39', '۹۸', '٣٩', '1', '353', '４４', '4', '0'),
    fc.constantFrom('', ')', ' ', ') '),
    fc.constantFrom('', '(0)', '(۰)', '( 0 )', '(0', '0)', '()', '(0)(0)'),
    fc.constantFrom('20 7946 0018', '9121234567', '۹۱۲۱۲۳۴۵۶۷', '(415) 555-2671', '2079460018('),
    fc.constantFrom('', '+', '＋', ' +', '+)', '\u200e', ' x12', ';ext=1', ' داخلی ۱۲', ',,5#'),
  )
  .map((parts) => parts.join(''))
const typed = fc.oneof(fc.string({ unit: keys, maxLength: 30 }), fc.string({ maxLength: 30 }), written)

const regions = ['GB', 'IR', 'ES', 'MX', 'BR', 'CI', 'NU', 'US', 'IT', 'DE']

test('page and API take the same away from around a number: each has the same file', () => {
  const [ours, theirs] = ['backend/leads', 'frontend/landing/form'].map((folder) =>
    readFileSync(`${folder}/phone-text.ts`, 'utf8'),
  )
  expect(theirs).toBe(ours!)
})

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

test('with a region what the API takes goes through the page as the same number', () => {
  fc.assert(
    fc.property(typed, fc.constantFrom(...regions), (text, region) => {
      const phone = kept(text, region)
      if (phone === undefined) return
      const check = checkPhone(formatPhone(text), planToldBy({ phone: pagePhonePlan(region) }))
      expect(check.ok && kept(check.phone, region)).toBe(phone)
    }),
    { numRuns: 2_000 },
  )
})

test('a page that nobody told of a region leaves it to the API', () => {
  const [unknown, none] = [planToldBy({}), planToldBy({ phone: null })]
  expect(checkPhone('612 34 56 78', unknown)).toEqual({ ok: true, phone: '612345678' })
  expect(checkPhone('612 34 56 78', none)).toEqual({ ok: false, problem: 'invalid_phone' })
  expect(checkPhone('12', unknown)).toEqual({ ok: false, problem: 'invalid_phone' })
})
