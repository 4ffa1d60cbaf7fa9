import { expect, test } from 'bun:test'
import { hostAllowed } from './allowed-hosts.ts'

test('with no list every host is answered', () => {
  expect(hostAllowed('anything.example', [])).toBe(true)
  expect(hostAllowed(null, [])).toBe(true)
})

test('a listed host is answered on any port and in any case', () => {
  for (const host of ['promo.example.com', 'PROMO.example.com:8000', 'promo.example.com.'])
    expect(hostAllowed(host, ['promo.example.com'])).toBe(true)
  expect(hostAllowed('[::1]:8000', ['[::1]'])).toBe(true)
  expect(hostAllowed('[::1]', ['[::1]'])).toBe(true)
})

test('any other host, or none, is not answered', () => {
  for (const host of ['evil.example', 'promo.example.com.evil.example', 'xpromo.example.com', '', null])
    expect(hostAllowed(host, ['promo.example.com', '*.shop.example', '.news.example'])).toBe(false)
})

test('a leading dot stands for a domain and all below it, a leading star only for those below', () => {
  expect(hostAllowed('a.news.example', ['.news.example'])).toBe(true)
  expect(hostAllowed('news.example', ['.news.example'])).toBe(true)
  expect(hostAllowed('badnews.example', ['.news.example'])).toBe(false)
  expect(hostAllowed('a.shop.example:443', ['*.shop.example'])).toBe(true)
  expect(hostAllowed('shop.example', ['*.shop.example'])).toBe(false)
  expect(hostAllowed('anything', ['*'])).toBe(true)
})
