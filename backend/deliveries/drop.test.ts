import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { InvalidFields } from '../problem.ts'
import { cellOf, csvHeader, csvOf } from './csv.ts'
import { csvDrop, ndjsonDrop } from './drop.ts'
import { readEndpoint } from './endpoint.ts'
import { leadMessage, testMessage } from './message.ts'
import { newSecret } from './signature.ts'

const nowMs = Date.parse('2026-12-01T08:30:00Z')
const made = { id: 'a', secret: newSecret() }
const given = {
  ...{ name: 'files', target: 'csv-drop', url: 'https://s3.example.com/crm/leads/' },
  ...{ keyid: 'AKIAEXAMPLE', keysecret: 'hush+/=' },
}
const settingsOf = (more: object = {}) => readEndpoint({ ...given, ...more }, made).settings
const told = (n: number, campaign = 'تابستان ☀️', atMs = nowMs) => {
  const leadId = `019ad2a5-0000-7000-8000-00000000000${n}`
  const lead = {
    ...{ id: leadId, phone: `+98912123456${n}`, state: 'new', acceptedAt: new Date(atMs) },
    attribution: { utm_campaign: campaign },
  }
  return leadMessage(
    { event: 'lead.stored', leadId, change: 0, writtenAt: new Date(atMs), lead },
    { publicUrl: 'https://lead.example.com', timeZone: 'UTC' },
  )
}

/** Cells as a reader of RFC 4180 has them. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end === '\r\n') rows.push([])
    else if (end === '') break
  }
  return rows.filter((row) => row.length > 1)
}

describe('a file', () => {
  test('is put by its name, which says when, how many and which, and is the same for the same leads', () => {
    const put = (held: readonly ReturnType<typeof told>[], atMs = nowMs) =>
      csvDrop.request(held, settingsOf(), atMs)
    const file = put([told(1), told(2, 'x', nowMs + 600_000)])
    expect(file.method).toBe('PUT')
    expect(file.url).toMatch(
      /^https:\/\/s3\.example\.com\/crm\/leads\/2026-12-01\/08h40-2-[0-9a-f]{16}\.csv$/,
    )
    const later = put([told(1), told(2, 'x', nowMs + 600_000)], nowMs + 86_400_000)
    expect([later.url, later.body]).toEqual([file.url, file.body])
    expect(put([told(1)]).url).not.toBe(file.url)
  })

  test('has each lead in a row of its own, phones as they are', () => {
    const rows = readCsv(csvDrop.request([told(1), told(2)], settingsOf(), nowMs).body)
    const of = (row: number, name: string) => rows[row]![csvHeader.indexOf(name)]
    expect(rows).toHaveLength(3)
    expect(rows.every((row) => row.length === csvHeader.length)).toBe(true)
    expect([of(1, 'phone'), of(2, 'phone_e164')]).toEqual(['+989121234561', '+989121234562'])
    expect([of(1, 'utm_campaign'), of(1, 'phone_national')]).toEqual(['تابستان ☀️', '0912 123 4561'])
    expect(of(1, 'message_id')).toBe(told(1).id)
  })

  test('begins with a mark for Excel where that is chosen, and only there', () => {
    const first = (more?: object) => csvDrop.request([told(1)], settingsOf(more), nowMs).body.charCodeAt(0)
    expect([first({ bom: 'yes' }), first({ bom: 'no' }), first()]).toEqual([0xfeff, 109, 109])
  })

  test('of lines holds what a webhook is told', () => {
    const settings = settingsOf({ target: 'ndjson-drop' })
    const { body, url } = ndjsonDrop.request([told(1), told(2)], settings, nowMs)
    expect(url).toEndWith('.ndjson')
    const lines = body.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [1, 2].map((n) => {
        const { id, type, timestamp, data } = told(n)
        return { id, type, timestamp, data }
      }),
    )
  })

  test.each([csvDrop, ndjsonDrop])('that is thin tells no phone and no campaign', (drop) => {
    const target = drop === csvDrop ? 'csv-drop' : 'ndjson-drop'
    const { body } = drop.request([told(1)], settingsOf({ target, thin: true }), nowMs)
    expect(body).not.toContain('9121234561')
    expect(body).not.toContain('تابستان')
    expect(body).toContain(told(1).thin.status_url as string)
  })

  test('of a test is none that a loader takes', () => {
    const { url, body } = csvDrop.request(
      [testMessage('files', 'x', new Date(nowMs), 'UTC')],
      settingsOf(),
      nowMs,
    )
    expect([url, body]).toEqual([
      'https://s3.example.com/crm/leads/landfast-test.txt',
      expect.stringContaining('سلام'),
    ])
  })

  test('is no longer than a storage takes in the time of an attempt', () => {
    const long = { ...told(1), data: { text: 'x'.repeat(3_000_000) } }
    expect(csvDrop.fits!([long, long, long], settingsOf())).toBe(1)
    expect(csvDrop.fits!([told(1), told(2)], settingsOf())).toBe(2)
  })

  test.each([
    [200, '', 'delivered'],
    [403, '<Error><Code>AccessDenied</Code></Error>', 'gone'],
    [404, '<Error><Code>NoSuchBucket</Code></Error>', 'gone'],
    [403, '<Error><Code>RequestTimeTooSkewed</Code></Error>', 'failed'],
    [503, '<Error><Code>SlowDown</Code></Error>', 'failed'],
    [0, '', 'failed'],
  ])('that is answered %d %s has %s', (status, body, kind) =>
    expect(csvDrop.judge({ status, body }, nowMs).kind).toBe(kind as never),
  )
})

describe('a cell', () => {
  test.each([
    ['+989121234567', '+989121234567'],
    ['09121234567', '09121234567'],
    ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
    ['+1-1', "'+1-1"],
    ['-2+3', "'-2+3"],
    ['@SUM(1)', "'@SUM(1)"],
    ['＝1+1', "'＝1+1"],
    ['  =1', "'  =1"],
    ['\u200e=1', "'\u200e=1"],
    ['\tx', "'\tx"],
    ['spring;=1+1', "spring;'=1+1"],
    ['x; @SUM(1);-1', "x; '@SUM(1);'-1"],
    ['x|＝1', "x|'＝1"],
    ['x;"=1', `"x;""'=1"`],
    ['a;b=1', 'a;b=1'],
    ['+98912123456789012', "'+98912123456789012"],
    ['a,b', '"a,b"'],
    ['a\r\nb', '"a\r\nb"'],
    [null, ''],
    ['سلام', 'سلام'],
  ])('%j is %j', (value, cell) => expect(cellOf(value)).toBe(cell))

  // Drawn from all that there is, two signs hardly ever stand side by side.
  const cells = fc
    .array(fc.constantFrom(...';|\t =+-@\'a1"'), { maxLength: 8 })
    .map((signs) => signs.join(''))

  test('comes back as it was, or with an apostrophe before what would be computed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), cells, (campaign, other) => {
        const rows = readCsv(csvOf([told(1, campaign), told(2, other)], { thin: false, bom: false }))
        const back = rows.slice(1).map((row) => row[csvHeader.indexOf('utm_campaign')]!)
        const bare = (text: string) => text.replaceAll("'", '')
        expect(back.map(bare)).toEqual([campaign, other].map(bare))
        expect(back.some((text) => /^[=+@＝＋－＠\t\r\n-]/.test(text) && !/^\+?\d{10,15}$/.test(text))).toBe(
          false,
        )
        expect(
          back
            .flatMap((text) => text.split(/[;\t|]/).slice(1))
            .filter((cell) => /^[=+@＝＋－＠-]/.test(cell)),
        ).toEqual([])
      }),
    )
  })
})

test.each([
  ['url', { url: 'https://s3.example.com/' }],
  ['url', { url: 'https://s3.example.com/crm?x=1' }],
  ['url', { url: 'https://s3.example.com/a b' }],
  ['keyid', { keyid: undefined }],
  ['keysecret', { keysecret: 'has space' }],
  ['region', { region: 'EU West' }],
  ['bom', { bom: 'maybe' }],
  ['bom', { target: 'ndjson-drop', bom: 'yes' }],
  ['every', { every: '0' }],
  ['headers', { headers: { 'X-Key': 'x' } }],
])('files whose %s is wrong are refused by that name: %j', (field, changed) => {
  try {
    settingsOf(changed)
    throw new Error('it was taken')
  } catch (error) {
    expect(Object.keys((error as InvalidFields).fields)).toEqual([field])
  }
})
