import { describe, expect, test } from 'bun:test'
import { checkPhone } from './phone.ts'

describe('a phone number is accepted the way people type it', () => {
  const accepted = {
    '07700 900 123': '07700900123',
    ' +44 7700-900-123 ': '+447700900123',
    '(0113) 496.0142': '01134960142',
    '0044 7700 900123': '+447700900123',
    '۰۹۱۲ ۳۴۵ ۶۷۸۹': '09123456789',
    '٠٩١٢٣٤٥٦٧٨٩': '09123456789',
    '\u202A+98 912\u00A0345 6789\u202C': '+989123456789',
    '0113–496–0142': '01134960142',
    '[0113] 496−0142': '01134960142',
    '+44 (0)20 7946 0018': '+442079460018',
    '0044 (0) 20 7946 0018': '+442079460018',
    '+۹۸ (۰)۹۱۲ ۱۲۳ ۴۵۶۷': '+989121234567',
    '+39 (0)6 1234 5678': '+390612345678',
    '\u202B98 912 123 4567+': '+989121234567',
    '＋４４ ２０ ７９４６ ００１８': '+442079460018',
    'tel:+44-20-7946-0018': '+442079460018',
  }
  for (const [typed, phone] of Object.entries(accepted))
    test(JSON.stringify(typed), () => expect(checkPhone(typed)).toEqual({ ok: true, phone }))
})

describe('what cannot be a phone number is told apart from an empty field', () => {
  for (const typed of ['', '   ', '\u200F'])
    test(`${JSON.stringify(typed)} is missing`, () =>
      expect(checkPhone(typed)).toEqual({ ok: false, problem: 'required' }))

  for (const typed of [
    '123456789',
    '1234567890123456',
    'call me',
    '0770x900123',
    '+',
    '++447700900123',
    '077+00900123',
  ])
    test(`${JSON.stringify(typed)} is invalid`, () =>
      expect(checkPhone(typed)).toEqual({ ok: false, problem: 'invalid_phone' }))
})
