import { describe, expect, test } from 'bun:test'
import { InvalidFields } from '../problem.ts'
import { normalisePhone } from './phone.ts'

function codeOf(typed: unknown, region?: string): string | undefined {
  try {
    normalisePhone(typed, { defaultRegion: region })
    return undefined
  } catch (error) {
    if (!(error instanceof InvalidFields)) throw error
    return error.fields.phone?.[0]
  }
}

describe('a phone number', () => {
  test.each([
    ['09121234567', '09121234567'],
    ['+989121234567', '+989121234567'],
    ['  0912 123-45.67 ', '09121234567'],
    ['(0912) 123/4567', '09121234567'],
    ['۰۹۱۲۱۲۳۴۵۶۷', '09121234567'],
    ['٠٩١٢١٢٣٤٥٦٧', '09121234567'],
    ['\u200e+98\u00a0912\u2009123\u20114567\u200f', '+989121234567'],
    ['1234567890', '1234567890'],
    ['123456789012345', '123456789012345'],
    ['+44 (0)20 7946 0018', '+442079460018'],
    ['(+44) (0) 20 7946 0018', '+442079460018'],
    ['+۹۸ (۰)۹۱۲ ۱۲۳ ۴۵۶۷', '+989121234567'],
    ['+39 (0)6 1234 5678', '+390612345678'],
    ['(020) 7946 0018', '02079460018'],
    ['\u202b98 912 123 4567+', '+989121234567'],
    ['44 (0)20 7946 0018+', '+442079460018'],
    ['＋４４ ２０ ７９４６ ００１８', '+442079460018'],
    ['tel:+44-20-7946-0018', '+442079460018'],
  ])('%p is kept as %p', (typed, kept) => {
    expect(normalisePhone(typed)).toBe(kept)
  })

  test.each([[undefined], [null], [''], ['   '], ['-']])('%p is required', (typed) => {
    expect(codeOf(typed)).toBe('required')
  })

  test.each([['00989121234567'], ['۰۰۹۸۹۱۲۱۲۳۴۵۶۷'], ['0 0 98 912 123 4567']])(
    '%p has to begin with +',
    (typed) => {
      expect(codeOf(typed)).toBe('use_plus_prefix')
    },
  )

  test('00 is a plus where that is asked for', () => {
    for (const typed of ['00989121234567', '۰۰ ۹۸ (0) ۹۱۲۱۲۳۴۵۶۷'])
      expect(normalisePhone(typed, { plusFor00: true })).toBe('+989121234567')
  })

  test.each([
    ['123456789'],
    ['1234567890123456'],
    ['0912123456a'],
    ['++989121234567'],
    ['98+9121234567'],
    ['09121234567+'],
    ['+989121234567+'],
    ['tel:tel:09121234567'],
    ['०९१२१२३४५६७'],
    ['0912\u00001234567'],
    ['0912\r\n1234567'],
    ['09121234567\n'],
    [9121234567],
    [{ $gt: '' }],
    [['09121234567']],
    [true],
    ['9'.repeat(4000)],
  ])('%p is refused', (typed) => {
    expect(codeOf(typed)).toBe('invalid_phone')
  })

  test.each([['09121234567'], ['+989121234567'], ['989121234567'], ['9121234567'], ['۰۹۱۲ ۱۲۳ ۴۵۶۷']])(
    'with a default region %p is one phone in E.164',
    (typed) => {
      expect(normalisePhone(typed, { defaultRegion: 'IR' })).toBe('+989121234567')
    },
  )

  test('with a default region a number no plan has is refused', () => {
    expect(codeOf('+999123456789', 'IR')).toBe('invalid_phone')
  })
})
