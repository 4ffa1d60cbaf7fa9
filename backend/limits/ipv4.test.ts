import { expect, test } from 'bun:test'
import { isIPv4 } from 'node:net'
import fc from 'fast-check'
import { ipv4Number } from './ipv4.ts'

test('every address has its own number, in the order of its parts', () => {
  fc.assert(
    fc.property(fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)), ([a, b, c, d]) => {
      expect(ipv4Number(`${a}.${b}.${c}.${d}`)).toBe(a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d)
    }),
  )
})

test('what the system does not take for an IPv4 address is none here either', () => {
  const nearly = fc.array(
    fc.constantFrom('.', '0', '1', '25', '255', '256', '00', '9', ' ', 'a', ':', '-', '/'),
    {
      maxLength: 9,
    },
  )
  fc.assert(
    fc.property(nearly, (parts) => {
      const text = parts.join('')
      expect(ipv4Number(text) >= 0).toBe(isIPv4(text))
    }),
    { numRuns: 3_000 },
  )
  for (const text of ['1.2.3.4', '0.0.0.0', '255.255.255.255']) expect(ipv4Number(text)).not.toBe(-1)
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.',
    '.1.2.3.4',
    '01.2.3.4',
    '1.2.3.256',
    '1..2.3',
    '１.2.3.4',
  ])
    expect(ipv4Number(text)).toBe(-1)
})
