import { expect, test } from 'bun:test'
import { createHostGate } from './host-gate.ts'

const codeFor = (host: string | null, allowed: readonly string[] = []) => createHostGate(allowed)(host)?.code

test.each([
  'a',
  'api',
  'api:8000',
  'promo.example.com',
  'PROMO.example.com.',
  '127.0.0.1:80',
  '[::1]:8000',
  'a_b',
  'xn--mgba3a4f16a',
])('%s is a host', (host) => expect(codeFor(host)).toBeUndefined())

test.each([
  '',
  '1.2.3.4.5',
  '1.2.3.256',
  '0x7f.1',
  '1',
  'a b',
  'a/b',
  'a\\b',
  'a?b',
  'a#b',
  'me@a',
  'a, b',
  '[::1',
  '::1',
  '[g]',
  'a:99999',
  'a:x',
  'a%20b',
  'é',
])('%p is none', (host) => expect(codeFor(host)).toBe('unreadable_request'))

test('none at all is no fault of itself, and none of a list', () => {
  expect([codeFor(null), codeFor(null, ['promo.example.com'])]).toEqual([undefined, 'host_not_allowed'])
})

test('a host that was answered does not open the door for another', () => {
  const gate = createHostGate(['promo.example.com'])
  for (const _ of [1, 2]) {
    expect(gate('promo.example.com')).toBeUndefined()
    expect(gate('evil.example')?.code).toBe('host_not_allowed')
    expect(gate('1.2.3.4.5')?.code).toBe('unreadable_request')
  }
})
