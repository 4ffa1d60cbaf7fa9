import { describe, expect, test } from 'bun:test'
import { createLog, errorFields, type LogLevel } from './log.ts'

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

  test('the message of an error is masked, and its stack is not written', () => {
    const fields = errorFields(Object.assign(new Error('duplicate key (09121234567)'), { code: '23505' }))
    expect(fields).toEqual({ error: 'duplicate key (***567)', name: 'Error', code: '23505' })
  })

  test('what is thrown without being an error is masked, too', () => {
    expect(errorFields('no 09121234567')).toEqual({ error: 'no ***567' })
  })
})

test('numbers stay numbers', () => {
  const { written, log } = lines()
  log.info('lead.stored', { tookMs: 12, acceptedAt: 1_763_714_400_000 })
  expect(JSON.parse(written[0]!)).toMatchObject({ tookMs: 12, acceptedAt: 1_763_714_400_000 })
})
