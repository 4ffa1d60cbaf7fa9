import { expect, test } from 'bun:test'
import { readAttribution } from './attribution.ts'

const here = 'https://solar.example'

test('campaign names and click ids of the address are taken, nothing else', () => {
  const url = `${here}/?utm_source=radio&utm_campaign=spring&gclid=abc&phone=07700900123&thanks=1`
  expect(readAttribution({ url, referrer: '' })).toEqual({
    utm_source: 'radio',
    utm_campaign: 'spring',
    gclid: 'abc',
  })
})

test('a referrer is kept without its query, and only when it is another site', () => {
  expect(readAttribution({ url: `${here}/`, referrer: 'https://news.example/solar?q=private#x' })).toEqual({
    referrer: 'https://news.example/solar',
  })
  expect(readAttribution({ url: `${here}/`, referrer: `${here}/?utm_source=radio` })).toEqual({})
  expect(readAttribution({ url: `${here}/`, referrer: 'not an address' })).toEqual({})
})

test('a mangled link still gives values the API accepts', () => {
  const url = `${here}/?utm_source=%00ra%0D%0Adio&utm_term=${'a'.repeat(255)}%F0%9F%8C%9E&utm_medium=%20`
  expect(readAttribution({ url, referrer: '' })).toEqual({ utm_source: 'radio', utm_term: 'a'.repeat(255) })
})

test('the longest link leaves room for the phone in the 4 KB that the API takes', () => {
  const long = encodeURIComponent('خ'.repeat(300))
  const names = [
    'utm_source',
    'utm_medium',
    'utm_campaign',
    'utm_term',
    'utm_content',
    'gclid',
    'fbclid',
    'ttclid',
  ]
  const url = `${here}/?${names.map((name) => `${name}=${long}`).join('&')}`
  const found = readAttribution({ url, referrer: `https://news.example/${'a'.repeat(300)}` })
  expect(new TextEncoder().encode(JSON.stringify(found)).length).toBeLessThanOrEqual(3_000)
  expect(found.utm_source).toBe('خ'.repeat(256))
})
