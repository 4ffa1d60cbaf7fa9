import { describe, expect, test } from 'bun:test'
import { createLog, errorFields, type LogLevel, maskPhones, maskWrittenPhones } from './log.ts'

function lines(level: LogLevel = 'debug') {
  const written: string[] = []
  return { written, log: createLog({ level, process: 'api', write: (line) => written.push(line) }) }
}

describe('a line', () => {
  test('is one JSON object with time, level, process and event', () => {
    const { written, log } = lines()
    log.info('lead.accepted', { count: 3 })
    expect(JSON.parse(written[0]!)).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      level: 'info',
      process: 'api',
      event: 'lead.accepted',
      count: 3,
    })
  })

  test('stays one line, whatever a client sends', () => {
    const { written, log } = lines()
    log.warn('submission.refused', { agent: 'a\r\nb\n{"level":"error"}\u2028c\u0000d\u0085e', '\n': '\n' })
    expect(written.length).toBe(1)
    for (const byte of ['\r', '\n', '\0']) expect(written[0]).not.toContain(byte)
    expect(JSON.parse(written[0]!)).toMatchObject({ event: 'submission.refused', level: 'warn' })
  })

  test('is written at its level and above, and not below', () => {
    const { written, log } = lines('warn')
    log.debug('a')
    log.info('b')
    log.warn('c')
    log.error('d')
    expect(written.map((line) => JSON.parse(line).event)).toEqual(['c', 'd'])
  })
})

describe('a phone number is never written', () => {
  for (const phone of [
    '09121234567',
    '+989121234567',
    '989121234567',
    '۰۹۱۲۱۲۳۴۵۶۷',
    '+۹۸۹۱۲۱۲۳۴۵۶۷',
    '٠٩١٢١٢٣٤٥٦٧',
    '123456789012345',
  ])
    test(`${phone} is masked wherever it stands`, () => {
      const { written, log } = lines()
      log.error('something', {
        phone,
        text: `before ${phone}, after`,
        deep: { list: [{ value: phone }] },
        url: `/api/leads?phone=${phone}&x=1`,
      })
      expect(written[0]).not.toContain(phone)
      expect(written[0]).toContain('***')
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
    expect(maskPhones('a=%2B989121234567')).toBe('a=%2B***567')
    expect(maskPhones('+989121234567')).toBe('***567')
    expect(maskPhones('09121234567')).toBe('***567')
  })

  test('two phones in one text are both masked', () => {
    expect(maskPhones('09121234567,09351234567')).toBe('***567,***567')
  })

  test('the message of an error is masked, and its stack is not written', () => {
    const fields = errorFields(Object.assign(new Error('duplicate key (09121234567)'), { code: '23505' }))
    expect(fields).toEqual({ error: 'duplicate key (***567)', name: 'Error', code: '23505' })
  })

  test('what is thrown without being an error is masked, too', () => {
    expect(errorFields('no 09121234567')).toEqual({ error: 'no ***567' })
  })
})

describe('in what names a campaign', () => {
  test.each(['+989121234567', '09121234567', '0912 123 4567', '+29912345', '۹۱۲۱۲۳۴۵۶۷۸'])(
    '%s is masked',
    (phone) => {
      expect(maskWrittenPhones(`spring ${phone} tv`)).toMatch(/^spring \*{3}\S{3} tv$/)
    },
  )

  test.each(['20481936542', 'spring-2026', '120211234567890', 'a1b2c3d4e5f6a7b8'])(
    '%s is left',
    (campaign) => {
      expect(maskWrittenPhones(campaign)).toBe(campaign)
    },
  )
})

test('a phone of seven digits behind its plus is masked, too', () => {
  expect(maskPhones('no row for +29912345')).toBe('no row for ***345')
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
    'ports 5432, 6379, 27017 and 9000',
    'leads_2026_11, leads_2026_12',
  ])
    test(text, () => {
      expect(maskPhones(text)).toBe(text)
    })

  test('numbers stay numbers', () => {
    const { written, log } = lines()
    log.info('lead.stored', { tookMs: 12, acceptedAt: 1_763_714_400_000 })
    expect(JSON.parse(written[0]!)).toMatchObject({ tookMs: 12, acceptedAt: 1_763_714_400_000 })
  })
})
