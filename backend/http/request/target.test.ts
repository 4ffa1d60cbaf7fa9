import { expect, test } from 'bun:test'
import { pathOf, queryOf } from './target.ts'

test.each([
  ['http://promo.example/en?x=1', '/en', 'x=1'],
  ['http://a/en?x=1?y=2&x=3', '/en', 'x=1%3Fy%3D2&x=3'],
  ['http://[::1]:8000/', '/', ''],
  ['http://1.2.3.4.5/api/config?visitor_id=v', '/api/config', 'visitor_id=v'],
  ['http://h/a?next=http://x/y', '/a', 'next=http%3A%2F%2Fx%2Fy'],
  ['http://h/a#b?c=1', '/a', ''],
  ['http://h/a?b=1#c', '/a', 'b=1'],
  // As Bun gives the URL of a request whose Host no URL can hold.
  ['/a/b?c=1', '/a/b', 'c=1'],
])('%s is read without a fault', (url, path, query) => {
  expect([pathOf(url), queryOf(url).toString()]).toEqual([path, query])
})
