import { expect, test } from 'bun:test'
import { networkOf, noteRefused } from './refused-clients.ts'

test('who is refused is remembered by their network, and of networks only so many', () => {
  const { limit, taken } = noteRefused({ take: (client) => (client === 'good' ? 0 : 7) })
  expect([limit.take('good'), limit.take('203.0.113.9'), limit.take('203.0.113.20')]).toEqual([0, 7, 7])
  limit.take('2001:db8:1:2::/64')
  expect(Object.fromEntries(taken())).toEqual({ '203.0.113.x': 2, '2001:db8:1::/48': 1 })
  expect(taken().size).toBe(0)
  for (let n = 0; n < 1_500; n++) limit.take(`10.${n >> 8}.${n & 255}.1`)
  const many = taken()
  expect([many.size, many.get('(other)')]).toEqual([1_001, 500])
})

test.each([
  ['198.51.100.7', '198.51.100.x'],
  ['2001:db8:aa:bb::/64', '2001:db8:aa::/48'],
  ['', '(other)'],
])('of %s the network is %s', (client, network) => {
  expect(networkOf(client)).toBe(network)
})
