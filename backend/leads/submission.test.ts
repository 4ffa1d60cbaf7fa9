import { expect, test } from 'bun:test'
import { InvalidFields } from '../problem.ts'
import { everyDetail, everySign, inSubmission } from '../testing/stage/details.ts'
import type { LeadDetails, RequestSigns } from './details.ts'
import { readSubmission } from './submission.ts'

test('a submission keeps the phone, the key, the variant and the campaign it came from', () => {
  const body = {
    phone: '0912 123 4567',
    utm_source: 'tv',
    utm_campaign: 'spring',
    variant: 'hero.b-film.on',
    other: 'ignored',
  }
  expect(readSubmission(body, { idempotencyKey: 'key-1' })).toEqual({
    phone: '09121234567',
    idempotencyKey: 'key-1',
    details: { attribution: { utm_source: 'tv', utm_campaign: 'spring' }, variant: 'hero.b-film.on' },
  })
})

test('attribution never costs a lead: what is unusable is left out, what is long is cut', () => {
  const body = {
    phone: '09121234567',
    utm_source: 5,
    utm_medium: { $ne: 1 },
    utm_term: 'x'.repeat(999),
    referrer: '',
    variant: '<b>',
  }
  expect(readSubmission(body, {})).toEqual({
    phone: '09121234567',
    idempotencyKey: '',
    details: { attribution: { utm_term: 'x'.repeat(256) } },
  })
})

test('a click id is kept whole or not at all, and every advertiser has one', () => {
  const ids = {
    gbraid: '0AAA',
    wbraid: 'x',
    dclid: 'd',
    twclid: 'w',
    li_fat_id: 'l',
    ttclid: 't'.repeat(327),
  }
  const read = (fields: object) =>
    readSubmission({ phone: '09121234567', ...fields }, {}).details?.attribution
  expect(read(ids)).toEqual(ids)
  expect(read({ gclid: 'g'.repeat(513), utm_source: 'ad' })).toEqual({ utm_source: 'ad' })
})

test('what a submission tells beside its phone stands together, and nothing of it can refuse the phone', () => {
  const told = { language: 'fa', elapsed_ms: 20, first_touch: { utm_source: 'sms' }, consent: ['junk'] }
  expect(readSubmission({ phone: '09121234567', ...told }, {})).toEqual({
    phone: '09121234567',
    idempotencyKey: '',
    details: { language: 'fa', suspect: ['fast'], firstTouch: { utm_source: 'sms' } },
  })
})

test('every detail that a lead can have is read out of a submission', () => {
  const body = Object.assign({ phone: '09121234567' }, ...Object.values(inSubmission))
  expect(readSubmission(body, { signs: everySign }).details).toEqual(everyDetail)
})

test.each(Object.entries(inSubmission))('%s is read where a submission tells nothing else', (name, part) => {
  const { details } = readSubmission({ phone: '09121234567', ...part }, {})
  expect(details).toEqual({ [name]: everyDetail[name as keyof LeadDetails] })
})

test('what the request tells of its visitor stands beside it, and nothing in a body can say otherwise', () => {
  const read = (signs?: RequestSigns) =>
    readSubmission({ phone: '09121234567', device: 'tablet', landing: '/elsewhere' }, { signs }).details
  expect(read(everySign)).toEqual({ ...everySign })
  expect(read({ device: 'phone' })).toEqual({ device: 'phone' })
  expect(read()).toBeUndefined()
})

test('texts that would break a store are made harmless', () => {
  const { details } = readSubmission({ phone: '09121234567', utm_source: 'a\u0000b\ud800c\nd' }, {})
  expect(details?.attribution).toEqual({ utm_source: 'a b\ufffdc d' })
})

test.each([[null], ['text'], [[]], [5], [{}]])('a body of %p has no phone', (body) => {
  expect(() => readSubmission(body, {})).toThrow(InvalidFields)
})

test.each([['\u0007'], ['ключ'], ['k'.repeat(129)]])(
  'the Idempotency-Key %p is refused',
  (idempotencyKey) => {
    expect(() => readSubmission({ phone: '09121234567' }, { idempotencyKey })).toThrow('idempotency_key')
  },
)
