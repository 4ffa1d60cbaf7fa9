import { describe, expect, test } from 'bun:test'
import { mayBePhone } from './phone-readings.ts'
import { readPhoneText } from './phone-text.ts'
import { holdsPhoneInUse, maskedStart, maskPhones, maskPhonesInUse } from './written-phones.ts'

const phone = '09127654321'
const areas = ['0912', '765', '4321']
const secret = '9127654'

/** Whether anybody could read the number out of a text, however it is escaped. */
function tells(text: string): boolean {
  const read = [text, ...[...'abcd'].map(() => (text = decoded(text)))]
  return read.some((each) => readPhoneText(each.replace(/\p{L}/gu, ' ')).phone.includes(secret))
}

function decoded(text: string): string {
  return text
    .replace(/(?:%[0-9a-f]{2})+/gi, (some) => Buffer.from(some.replaceAll('%', ''), 'hex').toString())
    .replace(/\\u([0-9a-f]{4})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/&#([0-9]+);/g, (_, code) => String.fromCodePoint(Number(code)))
}

const everyCharacter = Array.from({ length: 0x1_fb00 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
const separators = everyCharacter.filter(
  (character) => readPhoneText(areas.join(character)).phone === phone && !/\p{Nd}/u.test(character),
)
// What people have on their keyboards, and one of many others.
const someSeparators = separators.filter((each, at) => each < '\u0100' || each === '\u200c' || at % 61 === 0)
const digitsOfScripts = Map.groupBy(
  everyCharacter.filter((character) => /\p{Nd}/u.test(character)),
  (digit) => readPhoneText(digit).phone,
)
const escapes: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'in an address': encodeURIComponent,
  'in an address in an address': (text) => encodeURIComponent(encodeURIComponent(text)),
  'as bytes in a header': (text) => Buffer.from(text).toString('latin1'),
  'in JSON': (text) =>
    text.replace(/[^0-9]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  'in HTML': (text) => [...text].map((character) => `&#${character.codePointAt(0)};`).join(''),
}

describe('one reading', () => {
  test('knows all that a phone field takes for nothing', () => {
    expect(separators.length).toBeGreaterThan(5_000)
    for (const each of ['_', ':', ',', '*', '·', '\u200c', ' ', '-', '.', '/', '|', '\u00a0', '\u0640'])
      expect(separators).toContain(each)
  })

  for (const [how, escaped] of Object.entries(escapes)) {
    test(`masks a phone with any of it between its groups, ${how}`, () => {
      const told = (how === 'as it is' ? separators : someSeparators).filter((separator) =>
        tells(maskPhones(`x ${escaped(areas.join(separator))} y`)),
      )
      expect(told).toEqual([])
      const thrice = someSeparators.filter((separator) =>
        tells(maskPhones(`x ${escaped(areas.join(separator.repeat(3)))} y`)),
      )
      expect(thrice).toEqual([])
    })

    test(`masks a phone in the digits of any script, ${how}`, () => {
      const scripts = digitsOfScripts.get('0')!.length
      expect(scripts).toBeGreaterThan(30)
      for (let script = 0; script < scripts; script++) {
        const written = [...phone].map((digit) => digitsOfScripts.get(digit)![script]).join('')
        expect(tells(maskPhones(`x ${escaped(written)} y`))).toBe(false)
      }
    })
  }

  test.each([
    ...[
      'tel09127654321',
      'u-09127654321',
      '09127654321x',
      '-09127654321',
      '-0912-765-4321',
      'id_09127654321_b',
    ],
    ...[
      '0.9.1.2.7.6.5.4.3.2.1',
      '98.9127654321',
      '+98(0)912.765.4321',
      '0912&nbsp;765&nbsp;4321',
      '%09127654321',
    ],
    ...[
      '2026-09127654321',
      '1.2.3.4 0912 765 4321',
      '09127654321.5',
      '/09127654321.html',
      'a@09127654321.example',
    ],
    ...['%D8%A709127654321', '%2509127654321', '\\x0909127654321', 'O9127654321', '"0912","765","4321"'],
    ...['09127654321'.repeat(3), '0912\n765\n4321', 'x=0912&765&4321', '0912 +765 +4321', '+9891 27654321'],
  ])('masks %j', (text) => {
    expect(tells(maskPhones(text))).toBe(false)
    expect(maskPhones(text)).toContain('***')
  })

  test('leaves nothing of a phone that a cut would leave the most of', () => {
    const text = `${'x'.repeat(50)}${phone}`
    for (let lengthMax = 50; lengthMax < 62; lengthMax++)
      expect(maskedStart(text, lengthMax)).not.toMatch(/[0-9]{4}/)
    expect(
      maskedStart(`${'x'.repeat(50)}${escapes['in an address in an address']!('۰۹۱۲۷۶۵۴۳۲۱')}`, 110),
    ).toEndWith('x***321')
  })

  test('takes a moment for a long text', () => {
    for (const part of ['0', '0 ', '%25', '1.', 'a1:', '+', '2026-11-2', '&#4', '0912 765 43'])
      for (const text of [part.repeat(16_384 / part.length), `${part.repeat(16_384 / part.length)}!`]) {
        const begun = performance.now()
        maskPhones(text)
        expect(performance.now() - begun).toBeLessThan(1_000)
      }
  })

  for (const phone of [
    '0912 123 4567',
    '0912-123-4567',
    '0912.123.4567',
    '0912.1234567',
    '0912/123 45 67',
    '+98 912 123 4567',
    '+98-912-123-4567',
    '+98 (0)912 123 4567',
    '(0912) 123-4567',
    '(212) 555-0123',
    '+1 212 555 0123',
    '+44 7700 900123',
    '0912\u00a0123\u20094567',
    '0912 – 123 – 4567',
    '0 9 1 2 1 2 3 4 5 6 7',
    '۰۹۱۲ ۱۲۳ ۴۵۶۷',
    '٠٩١٢-١٢٣-٤٥٦٧',
    '0912%20123%204567',
    '%2B98%20912%20123%204567',
    '0912+123+4567',
  ])
    test(`nor in groups: ${phone}`, () => {
      const hidden = phone
        .replaceAll('%20', '')
        .replaceAll(/\P{Nd}/gu, '')
        .slice(4, -4)
      for (const text of [phone, `before ${phone}, after`, `(${phone})`, `phone=${phone}&x`, `-${phone}`]) {
        const masked = maskPhones(text)
        expect(masked).toContain('***')
        expect(masked.replaceAll('%20', '').replaceAll(/\P{Nd}/gu, '')).not.toContain(hidden)
      }
    })

  test('one in groups is masked beside a moment, an address and another one', () => {
    expect(maskPhones('2026-11-21 08:40:00 0912 123 4567')).toBe('2026-11-21 08:40:00 ***567')
    expect(maskPhones('2026-11-21 0912 123 4567')).toBe('2026-11-21 ***567')
    expect(maskPhones('10.20.30.40 0912 123 4567')).toBe('10.20.30.40 ***567')
    expect(maskPhones('09121234567 0935 123 4567')).not.toMatch(/123/)
    expect(maskPhones('0912 123 4567 0935 123 4567')).not.toMatch(/123/)
  })

  test('what is left is enough to recognise and too little to call', () => {
    expect(maskPhones('+4512345678')).toBe('***678')
    expect(maskPhones('a=%2B989121234567')).toBe('a=***567')
    expect(maskPhones('+989121234567')).toBe('***567')
    expect(maskPhones('09121234567')).toBe('***567')
  })

  test('two phones in one text are both masked', () => {
    expect(maskPhones('09121234567,09351234567')).toBe('***567,***567')
  })
})

describe('in what names a campaign, a visitor or an amount', () => {
  const inIran = (digits: string) => mayBePhone(digits, 'IR')

  test.each([
    '+989121234567',
    '09121234567',
    '0912 123 4567',
    '+29912345',
    '۹۱۲۱۲۳۴۵۶۷۸',
    '989127773157',
    '447700900123',
  ])('%s is masked', (written) => {
    expect(maskPhonesInUse(`spring ${written} tv`, inIran)).toMatch(/^spring \*{3}[0-9]{3} tv$/)
    expect(holdsPhoneInUse(written, inIran)).toBe(true)
  })

  test.each([
    '20481936542',
    'spring-2026',
    '120211234567890',
    'a1b2c3d4e5f6a7b8',
    '23843123456789012',
    'v-1',
    '1763714400000',
  ])('%s is left', (campaign) => {
    expect(maskPhonesInUse(campaign, inIran)).toBe(campaign)
    expect(holdsPhoneInUse(campaign, inIran)).toBe(false)
  })
})

describe('what is no phone stays readable', () => {
  for (const text of [
    '0193b0f4-7d2a-7c31-9a4e-012345678901',
    '01234567-0123-7123-8123-012345678901',
    'bull:leads:0193b0f47d2a7c319a4e012345678901',
    '2026-11-21T08:40:00.000Z',
    'took 123456789 ns',
    '12345678-1234-4234-8234-123456789012',
    'job 12345678-1234-4234-8234-123456789012 of queue 4',
    'landfast-12345678-1234-4234-8234-123456789012',
    '2026-11-21 08:40:00',
    '2026-11-21 08:40:00.123456+00',
    '2026-11-21T08:40:00+03:30',
    'at 21/11/2026 08:40:00, 2026/11/21 08:40',
    'Sat Nov 21 2026 08:40:00 GMT+0330',
    '[21/Nov/2026:08:40:00 +0330]',
    '192.168.100.200',
    '192.168.100.200:54321',
    'took 1034.56789012 ms',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.6478.122 Safari/537.36',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
    'ports 5432, 6379 and 9000',
    'leads_2026_11, leads_2026_12',
    'sale_20261130_1200',
    'sale-2026_11_30',
    '2001:db8:1234:5678:9012:3456:7890:abcd',
    'Instagram 312.0.0.34.111 Android (33/13; 420dpi; 1080x2220)',
    '30/Nov/2026:08:40:00 +0330',
    'Mon, 30 Nov 2026 08:40:00 GMT',
    '%D9%81%D8%A7%D8%B1%D8%B3%DB%8C',
    '{"took":12,"of":34}',
  ])
    test(text, () => {
      expect(maskPhones(text)).toBe(text)
    })
})
