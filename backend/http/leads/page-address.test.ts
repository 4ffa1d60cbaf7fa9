import { expect, test } from 'bun:test'
import { withoutClickIds } from '../request/privacy.ts'
import { campaignOfPage, isPreview, pageAddress } from './page-address.ts'

const host = 'example.com'

test.each([
  [{ referer: 'https://example.com/fa?utm_source=tv', host }, '/fa'],
  [{ referer: 'https://example.com/fa', host, language: 'en' }, '/fa'],
  [{ referer: 'https://example.com/?thanks=1', host, language: 'fa' }, '/'],
  [{ referer: null, host, language: 'fa' }, '/fa'],
  [{ referer: 'https://example.com/spring?utm_source=tv', host, language: 'fa' }, '/spring'],
  [{ referer: 'https://example.com/spring/../api', host }, '/'],
  [{ referer: 'https://promo.example.net/', host, language: 'fa' }, '/fa'],
  [{ referer: 'https://evil.example/fa', host }, '/'],
  [{ referer: 'https://example.com//evil.example', host }, '/'],
  [{ referer: 'https://example.com/admin/leads', host }, '/'],
  [{ referer: 'not an address', host, language: '/evil.example' }, '/'],
  [{ referer: 'https://example.com/fa', host: null, language: '//evil.example/x' }, '/'],
])('a form sent from %p goes back to %p', (sent, path) => {
  expect(pageAddress(sent)).toBe(path)
})

test('the campaign of the page is that of its address on this host, and nothing else of it', () => {
  const query = 'utm_source=tv&gclid=abc&utm_term=&referrer=x&phone=09121234567'
  expect(campaignOfPage({ referer: `https://example.com/fa?${query}`, host })).toEqual({
    utm_source: 'tv',
    gclid: 'abc',
  })
  for (const referer of [null, 'not an address', `https://evil.example/?${query}`])
    expect(campaignOfPage({ referer, host })).toEqual({})
})

test('names are known in any case, and behind an & that was escaped twice', () => {
  const referer = 'https://example.com/fa?UTM_Source=tv&amp;utm_campaign=spring&amp;amp;GCLID=AbC'
  expect(campaignOfPage({ referer, host })).toEqual({
    utm_source: 'tv',
    utm_campaign: 'spring',
    gclid: 'AbC',
  })
  expect(withoutClickIds(referer)).not.toMatch(/AbC/)
})

test('a path of the campaign names it, where the query does not', () => {
  const of = (address: string) => campaignOfPage({ referer: `https://example.com${address}`, host })
  expect(of('/spring?gclid=abc')).toEqual({ utm_campaign: 'spring', gclid: 'abc' })
  expect(of('/spring?utm_campaign=summer')).toEqual({ utm_campaign: 'summer' })
  expect(of('/fa')).toEqual({})
})

test('an operator who looks at a variant is known by its address', () => {
  expect(isPreview({ referer: 'https://example.com/?variant=hero.b', host })).toBe(true)
  expect(isPreview({ referer: 'https://example.com/?utm_source=variant', host })).toBe(false)
  expect(isPreview({ referer: null, host })).toBe(false)
})
