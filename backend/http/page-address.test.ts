import { expect, test } from 'bun:test'
import { pageAddress } from './page-address.ts'

const host = 'example.com'

test.each([
  [{ referer: 'https://example.com/fa?utm_source=tv', host }, '/fa'],
  [{ referer: 'https://example.com/fa', host, language: 'en' }, '/fa'],
  [{ referer: 'https://example.com/?thanks=1', host, language: 'fa' }, '/'],
  [{ referer: null, host, language: 'fa' }, '/fa'],
  [{ referer: 'https://promo.example.net/', host, language: 'fa' }, '/fa'],
  [{ referer: 'https://evil.example/fa', host }, '/'],
  [{ referer: 'https://example.com//evil.example', host }, '/'],
  [{ referer: 'https://example.com/admin/leads', host }, '/'],
  [{ referer: 'not an address', host, language: '/evil.example' }, '/'],
  [{ referer: 'https://example.com/fa', host: null, language: '//evil.example/x' }, '/'],
])('a form sent from %p goes back to %p', (sent, path) => {
  expect(pageAddress(sent)).toBe(path)
})
