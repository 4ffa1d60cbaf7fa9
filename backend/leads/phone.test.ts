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
    ['tel:+44-20-7946-0018;ext=12', '+442079460018'],
    ['tel:7946-0018;phone-context=+44-20', '+442079460018'],
    ['tel:%2B442079460018', '+442079460018'],
    ['０９０－１２３４－５６７８', '09012345678'],
    ['（03）1234〜5678', '0312345678'],
    ['090ー1234ー5678', '09012345678'],
    ['0912ـ123ـ4567', '09121234567'],
    ['९८७६५४३२१०', '9876543210'],
    ['০১৭১২৩৪৫৬৭৮', '01712345678'],
    ['𞥐𞥙𞥑𞥒𞥑𞥒𞥓𞥔𞥕𞥖𞥗', '09121234567'],
    ['0️⃣9️⃣1️⃣2️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣', '09121234567'],
    ['➕98 912 123 4567', '+989121234567'],
    ['☎ 020 7946 0018', '02079460018'],
    ['0912\u061c123\u2060\u034f4567', '09121234567'],
    ['"0912" ·123• 45_67', '09121234567'],
    ['020 7946 0018 ext. 12', '02079460018'],
    ['020 7946 0018 x12', '02079460018'],
    ['020 7946 0018#12', '02079460018'],
    ['020 7946 0018,,12', '02079460018'],
    ['۰۲۱ ۸۸۷۷ ۶۶۵۵ داخلی ۱۲', '02188776655'],
    ['+225 (0)7 08 09 10 11', '+2250708091011'],
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
    ['0912\u00001234567'],
    ['0912\r\n1234567'],
    ['09121234567\n'],
    [9121234567],
    [{ $gt: '' }],
    [['09121234567']],
    [true],
    ['9'.repeat(4000)],
    ['ﷺ'.repeat(128)],
    ['1800FLOWERS'],
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
    // Its zero is a prefix, without which it is too short.
    expect(codeOf('077009001', 'GB')).toBe('invalid_phone')
    expect(codeOf('0912123456a', 'IR')).toBe('invalid_phone')
  })
})

describe('with a default region', () => {
  const inRegion = (typed: string, region: string) => normalisePhone(typed, { defaultRegion: region })

  test.each([
    ['612 34 56 78', 'ES', '+34612345678'],
    ['20 12 34 56', 'DK', '+4520123456'],
    ['4002', 'NU', '+6834002'],
    ['202 345', 'GG', '+441481202345'],
    ['456-7890', 'AG', '+12684567890'],
  ])('%p of %p is %p, however few digits its country needs', (typed, region, kept) => {
    expect(inRegion(typed, region)).toBe(kept)
  })

  test.each([
    [
      'IR',
      '+989121234567',
      ['0098 912 123 4567', '+98 0 912 123 4567', '+98 (0)912 123 4567', '98 912 123 4567'],
    ],
    [
      'IR',
      '+989121234567',
      ['+98 98 912 123 4567', '+98 +98 9121234567', '98 98 9121234567', '0098 0912 1234567'],
    ],
    ['IR', '+989121234567', ['+0912 123 4567', '++98 912 123 4567', '98+9121234567', '+98 0098 9121234567']],
    [
      'GB',
      '+447911123456',
      ['+44 (0)7911 123456', '011 44 7911 123456', '0011 44 7911 123456', '8~10 44 7911123456'],
    ],
    ['US', '+447911123456', ['011 44 7911 123456', '00 44 7911 123456', '44 7911 123456']],
    ['RU', '+79161234567', ['8 (916) 123-45-67', '+7 8 916 123 45 67', '7 916 123 45 67', '916 123 45 67']],
    ['DE', '+4915112345678', ['4915112345678', '49 (0)151 12345678', '0049 151 12345678', '015112345678']],
    ['IT', '+390612345678', ['06 1234 5678', '+39 06 1234 5678', '+39 (0)6 1234 5678', '39 06 1234 5678']],
    [
      'MX',
      '+525512345678',
      ['+52 1 55 1234 5678', '044 55 1234 5678', '045 55 1234 5678', '01 55 1234 5678'],
    ],
    ['GB', '+525512345678', ['+52 1 55 1234 5678', '+52 044 55 1234 5678']],
    [
      'AR',
      '+5491123456789',
      ['011 15 2345 6789', '+54 11 15 2345 6789', '+54 9 011 15 2345 6789', '9 11 2345 6789'],
    ],
    [
      'BR',
      '+5511987654321',
      ['0 15 11 98765 4321', '0xx11 98765-4321', '+55 (0)11 98765 4321', '11 8765 4321'],
    ],
    ['CI', '+2250707080910', ['07 08 09 10', '+225 07 08 09 10', '00225 07 08 09 10']],
    ['CI', '+2252720304050', ['20 30 40 50']],
    ['BJ', '+2290197123456', ['97 12 34 56', '+229 97 12 34 56']],
    ['VN', '+84321234567', ['0162 123 4567', '+84 162 123 4567']],
    ['CO', '+576012345678', ['(1) 234 5678', '+57 1 234 5678']],
    ['US', '+18003569377', ['1 800 FLOWERS', '800-FLOWERS', '+1-800-flowers']],
    ['GB', '+447911123456', ['Tel. 07911 123456', 'O7911 l23456', '07911 123456 (Ann)']],
  ])('in %p it is %p in all of %p', (region, kept, spellings) => {
    expect(spellings.map((typed) => inRegion(typed, region))).toEqual(spellings.map(() => kept))
  })

  test('nothing is made of a number that may be right as it stands', () => {
    // Kept for fiction, so in no table; a plus means the country behind it.
    expect(inRegion('07700 900123', 'GB')).toBe('+447700900123')
    expect(inRegion('+1 555 123 4567', 'DE')).toBe('+15551234567')
    expect(inRegion('0770 090 012', 'GB')).toBe('+44770090012')
    // 011 is dialled for another country elsewhere, and begins numbers of Leeds here.
    expect(inRegion('0114 920 4595', 'GB')).toBe('+441149204595')
  })

  test('nothing longer than fifteen digits is kept', () => {
    expect(inRegion('+49 1234567890123', 'DE')).toBe('+491234567890123')
    expect(codeOf('+49 12345678901234', 'DE')).toBe('invalid_phone')
  })
})

describe('a plus that a form-encoded body left bare', () => {
  const inForm = (typed: string, defaultRegion?: string) =>
    normalisePhone(typed, { defaultRegion, plusForSpace: true })

  test('is a plus', () => {
    expect(inForm(' 989121234567')).toBe('+989121234567')
    expect(inForm(' 989121234567', 'GB')).toBe('+989121234567')
    expect(inForm(' 447700900123', 'IR')).toBe('+447700900123')
  })

  test('is the space that it looks like where no number has such a plus', () => {
    expect(inForm(' 09121234567')).toBe('09121234567')
    expect(inForm(' 9121234567', 'IR')).toBe('+989121234567')
  })
})
