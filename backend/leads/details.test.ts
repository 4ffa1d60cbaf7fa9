import { describe, expect, test } from 'bun:test'
import { fastBelowMs, readDetails } from './details.ts'

test('a submission that tells nothing beside its phone has no details at all', () => {
  for (const fields of [
    {},
    { phone: '09121234567', website: '', elapsed_ms: '', language: '', consent: '' },
    { website: null, elapsed_ms: null, first_touch: null },
    { website: '  ', elapsed_ms: 60_000, first_touch: {} },
  ])
    expect(readDetails(fields)).toBeUndefined()
})

test('language and consent are kept, the language in one spelling', () => {
  expect(readDetails({ language: 'fa', consent: '2026-11.v2' })).toEqual({
    language: 'fa',
    consent: '2026-11.v2',
  })
  expect(readDetails({ language: 'zh-Hant-TW' })).toEqual({ language: 'zh-hant-tw' })
})

test('where the visitor came from the first time is kept by the rules of attribution', () => {
  const first_touch = { utm_source: ' tv ', utm_term: 'x'.repeat(999), other: 'no', gclid: 5 }
  expect(readDetails({ first_touch })).toEqual({
    firstTouch: { utm_source: 'tv', utm_term: 'x'.repeat(256) },
  })
})

describe('of where the visitor came from, what is more than a lead carries is left out', () => {
  const letters = (count: number) => 'ف'.repeat(count)
  const campaign = { utm_source: letters(256), utm_medium: letters(256), utm_campaign: letters(256) }

  test('the first visit before the last', () => {
    expect(readDetails({ ...campaign, first_touch: campaign })).toEqual({
      attribution: campaign,
      firstTouch: campaign,
    })
    const more = { ...campaign, utm_term: letters(256), utm_content: letters(256) }
    expect(readDetails({ ...more, first_touch: more })).toEqual({ attribution: more, firstTouch: undefined })
  })

  test('all of it where even the last is more, and never the rest', () => {
    const ids = Object.fromEntries(
      ['gclid', 'fbclid', 'ttclid', 'twclid', 'yclid'].map((id) => [id, letters(500)]),
    )
    expect(readDetails({ ...ids, language: 'fa', first_touch: campaign })).toEqual({
      language: 'fa',
      firstTouch: campaign,
    })
  })
})

describe('what people do not do makes a submission suspect', () => {
  test.each([['https://spam.example'], ['0'], [5], [true], [['x']], [{ $ne: 1 }]])(
    'a filled honeypot: %p, which is not kept itself',
    (website) => {
      expect(readDetails({ website })).toEqual({ suspect: ['honeypot'] })
    },
  )

  test.each([[0], [fastBelowMs - 1], ['0'], ['1499'], [12.5]])('a form sent after %p ms', (elapsed_ms) => {
    expect(readDetails({ elapsed_ms })).toEqual({ suspect: ['fast'] })
  })

  test.each([[fastBelowMs], ['1500'], [86_400_000]])('but not one sent after %p ms', (elapsed_ms) => {
    expect(readDetails({ elapsed_ms })).toBeUndefined()
  })

  test('both at once', () => {
    expect(readDetails({ website: 'x', elapsed_ms: 3 })).toEqual({ suspect: ['honeypot', 'fast'] })
  })
})

describe('junk is left out', () => {
  test.each([
    [{ elapsed_ms: -1 }],
    [{ elapsed_ms: '-1' }],
    [{ elapsed_ms: 'soon' }],
    [{ elapsed_ms: Number.NaN }],
    [{ elapsed_ms: [5] }],
    [{ elapsed_ms: '1'.repeat(400) }],
    [{ language: 5 }],
    [{ language: 'english please' }],
    [{ language: 'x'.repeat(999) }],
    [{ language: 'f\u0000' }],
    [{ consent: true }],
    [{ consent: 'c'.repeat(65) }],
    [{ consent: '<b>' }],
    [{ consent: { version: '1' } }],
    [{ first_touch: 'utm_source=tv' }],
    [{ first_touch: [{ utm_source: 'tv' }] }],
    [{ first_touch: { utm_source: { $ne: 1 } } }],
  ])('%p', (fields) => {
    expect(readDetails(fields)).toBeUndefined()
  })
})
