import { expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { sha256 } from './sha256.ts'

const hex = (words: Int32Array) =>
  Array.from(words, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')

test('every ASCII text has the digest that everybody else finds', () => {
  for (const length of [0, 1, 55, 56, 63, 64, 119, 120, 1000]) {
    const text = 'a'.repeat(length)
    expect(hex(sha256(text))).toBe(createHash('sha256').update(text).digest('hex'))
  }
  const ascii = fc.string({ unit: 'binary-ascii', maxLength: 200 })
  fc.assert(
    fc.property(ascii, (text) => {
      expect(hex(sha256(text))).toBe(createHash('sha256').update(text).digest('hex'))
    }),
  )
})
