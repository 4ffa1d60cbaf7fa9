import { describe, expect, test } from 'bun:test'
import { InvalidInput } from '../problem.ts'
import { iranAside } from '../testing/stage/phones-aside.ts'
import { createWordReader } from '../words/reader.ts'
import { type EventSender, exposureRecord, readEvents } from './event.ts'

const names = {
  first: 'hero',
  parts: new Set(['hero.a', 'hero.b', 'price.low', 'consent_checkbox.on']),
  stopped: new Set<string>(),
  unread: new Set<string>(),
}
const rules = {
  types: new Set(['page_view', 'web_vital_lcp', 'web_vital_cls', 'video_play']),
  words: createWordReader(() => names),
  withoutPhones: iranAside,
  pagePaths: () => new Set(['/', '/fa']),
  attribution: (fields: Readonly<Record<string, unknown>>) =>
    typeof fields.utm_source === 'string' ? { utm_source: fields.utm_source } : undefined,
}
const stranger: EventSender = { visitorId: '', word: '', bot: false }
const visitor: EventSender = { visitorId: 'cookie-visitor', word: 'hero.b-gone.x', bot: false }
const read = (body: unknown, sender = stranger) => readEvents(body, sender, rules)
const fieldsOf = (records: string) => records.split('\t')

function faultsOf(body: unknown, sender = stranger): unknown {
  try {
    read(body, sender)
  } catch (error) {
    if (error instanceof InvalidInput) return error.faults
    throw error
  }
  return undefined
}

describe('an event', () => {
  test('is one record of its visitor, word, type, value, robot and details', () => {
    const event = {
      visitor_id: 'v-1',
      variant: 'hero.a',
      event_type: 'web_vital_lcp',
      value: 1234.5,
      url: '/en?phone=0912#form',
      attribution: { utm_source: 'tv', phone: '0912' },
    }
    const { records, count } = read(event)
    expect(count).toBe(1)
    expect(fieldsOf(records)).toEqual([
      'v-1',
      'hero.a',
      'web_vital_lcp',
      '1234.5',
      '',
      '{"attribution":{"utm_source":"tv"},"url":"/en"}',
    ])
  })

  test('has the visitor and the word of the cookies where it names none, without what is gone', () => {
    expect(fieldsOf(read({ event_type: 'page_view' }, visitor).records)).toEqual([
      'cookie-visitor',
      'hero.b',
      'page_view',
      ...['', '', '', '', ''],
    ])
  })

  test('of a page that stood open while a variant went is kept without it', () => {
    const event = { event_type: 'page_view', variant: 'hero.b-gone.x' }
    expect(fieldsOf(read(event, visitor).records)[1]).toBe('hero.b')
    expect(faultsOf(event, { ...visitor, word: 'hero.a' })).toEqual({ variant: ['unknown'] })
  })

  test('names its own visitor and variant before those of the cookies', () => {
    const [visitorId, word] = fieldsOf(
      read({ event_type: 'page_view', visitor_id: 'own', variant: 'a' }, visitor).records,
    )
    expect([visitorId, word]).toEqual(['own', 'hero.a'])
  })

  test('of a robot is kept and marked', () => {
    expect(fieldsOf(read({ event_type: 'page_view' }, { ...visitor, bot: true }).records)[4]).toBe('1')
  })

  test.each([
    ['/thanks/09121234567', '/thanks/***567'],
    ['/thanks/0912 123 4567?x=1', '/thanks/***567'],
    ['/a/2026-11-21/b', '/a/2026-11-21/b'],
  ])('at %p is kept without the phone in it', (url, kept) => {
    const { records } = read({ event_type: 'page_view', url }, visitor)
    expect(JSON.parse(fieldsOf(records)[5]!)).toEqual({ url: kept })
  })

  test('can never break out of its record', () => {
    const { records } = read(
      {
        event_type: 'page_view',
        url: '/a\tb\nc\u0000\ud800',
        attribution: { utm_source: 'x\ty\nz' },
      },
      visitor,
    )
    expect(records).not.toContain('\n')
    expect(fieldsOf(records)).toHaveLength(8)
    expect(JSON.parse(fieldsOf(records)[5]!)).toEqual({
      attribution: { utm_source: 'x\ty\nz' },
      url: '/abc\ufffd',
    })
  })
})

test.each([
  [{}, { visitor_id: ['required'], event_type: ['required'] }],
  ['text', { visitor_id: ['required'], event_type: ['required'] }],
  [{ visitor_id: 'a b', event_type: 'page_view' }, { visitor_id: ['invalid'] }],
  [{ visitor_id: 7, event_type: 'page_view' }, { visitor_id: ['invalid'] }],
  [{ visitor_id: 'v\t', event_type: 'page_view' }, { visitor_id: ['invalid'] }],
  [{ visitor_id: 'v', event_type: 'nonsense' }, { event_type: ['unknown'] }],
  [{ visitor_id: 'v', event_type: 'exposure' }, { event_type: ['unknown'] }],
  [{ visitor_id: 'v', event_type: 'Page View' }, { event_type: ['invalid'] }],
  [{ visitor_id: 'v', event_type: 'web_vital_lcp' }, { value: ['required'] }],
  [{ visitor_id: 'v', event_type: 'web_vital_cls', value: -1 }, { value: ['invalid'] }],
  [{ visitor_id: 'v', event_type: 'page_view', value: '1' }, { value: ['invalid'] }],
  [{ visitor_id: 'v', event_type: 'page_view', variant: 'z' }, { variant: ['unknown'] }],
  [{ visitor_id: 'v', event_type: 'page_view', variant: 'hero.zzz' }, { variant: ['unknown'] }],
  [{ visitor_id: 'v', event_type: 'page_view', variant: 'hero.a-hero.b' }, { variant: ['duplicate'] }],
  [{ visitor_id: 'v', event_type: 'page_view', variant: 'a;b' }, { variant: ['invalid'] }],
  [{ visitor_id: 'v', event_type: 'page_view', experiment: 'price' }, { variant: ['required'] }],
  [{ events: 'x' }, { events: ['not_a_list'] }],
  [{ events: [] }, { events: ['required'] }],
  [{ events: Array(51).fill({}) }, { events: ['too_many'] }],
])('%j is refused and told why', (body, faults) => {
  expect(faultsOf(body)).toEqual(faults)
})

describe('a list', () => {
  const good = { event_type: 'video_play' }

  test('is a record an event, in order', () => {
    const { records, count } = read({ events: [good, { event_type: 'page_view' }] }, visitor)
    expect(count).toBe(2)
    expect(records.split('\n').map((record) => fieldsOf(record)[2])).toEqual(['video_play', 'page_view'])
  })

  test('with wrong events names each by its place', () => {
    expect(faultsOf({ events: [good, { event_type: 'x' }, good, 'no event'] }, visitor)).toEqual({
      events: { 1: { event_type: ['unknown'] }, 3: { event_type: ['required'] } },
    })
  })
})

test('an exposure is a record as any other', () => {
  const shown = { visitorId: 'v', word: 'hero.a', bot: false, details: { url: '/en' } }
  expect(fieldsOf(exposureRecord(shown))).toEqual(['v', 'hero.a', 'exposure', '', '', '{"url":"/en"}', ''])
  expect(fieldsOf(exposureRecord({ ...shown, device: 'phone' })).at(-1)).toBe('phone')
})

test('a visit tells its device and whether it is of a page that there is, and nothing else does', () => {
  const sender: EventSender = { ...visitor, device: 'tablet' }
  const signsOf = (fields: object, by = sender) => fieldsOf(read(fields, by).records).slice(6)
  const visit = { event_type: 'page_view' }
  expect(signsOf({ ...visit, url: '/fa' })).toEqual(['tablet', '1'])
  expect(signsOf({ ...visit, url: '/made-up' })).toEqual(['tablet', ''])
  expect(signsOf(visit, visitor)).toEqual(['', ''])
  expect(signsOf({ event_type: 'video_play', url: '/fa' })).toEqual([])
})

describe('a phone', () => {
  const withPhone = (fields: object) =>
    fieldsOf(read({ event_type: 'video_play', visitor_id: 'v', ...fields }).records)

  test.each([989127773157, 9127773157, 447700900123, -989127773157, 9127.773157, 912.7773157])(
    '%d is no value that is kept',
    (value) => {
      expect(withPhone({ value })[3]!.replace(/\D/g, '')).toMatch(/^\d{3,6}0*$/)
    },
  )

  test.each([0, 1, -3.5, 1234.5, 0.0123456789, 999_999_999, 1_500_000_000, 1e12])(
    '%d is a value as any other',
    (value) => {
      expect(withPhone({ value })[3]).toBe(String(value))
    },
  )

  test.each([
    '989127773157',
    '9127773157',
    '2025550123',
    'user2079460123',
    '+989127773157',
    'u-09127773157',
    '0912_777_3157',
    'tel:0912-777-3157',
  ])('%s is no name of a visitor that is kept, and gives two visitors two names', (id) => {
    const [kept] = withPhone({ visitor_id: id })
    expect(kept).toMatch(/^[0-9a-f]{32}$/)
    expect(withPhone({ visitor_id: id })[0]).toBe(kept!)
    expect(withPhone({ visitor_id: `${id.slice(0, -1)}8` })[0]).not.toBe(kept!)
  })

  test.each(['v-1', '1763714400000', 'abcdefghijklmnopqrstuv', '0193b0f4-7d2a-7c31-9a4e-012345678901'])(
    '%s is a name as any other',
    (id) => expect(withPhone({ visitor_id: id })[0]).toBe(id),
  )

  test('is cut out of where it happened, also at the end of what is kept', () => {
    for (const length of [0, 500, 503, 506])
      expect(withPhone({ url: `/${'x'.repeat(length)}0912-777-3157` })[5]).not.toMatch(/[0-9]{4}/)
  })
})
