import { describe, expect, test } from 'bun:test'
import { createWordReader } from './word.ts'

let names = { first: 'hero', parts: new Set(['hero.a', 'hero.b', 'price.low', 'consent_checkbox.on']) }
const reader = createWordReader(() => names)

describe('a word', () => {
  test('keeps its known parts, in order and each once', () => {
    expect(reader.known('price.low-hero.b-gone.a-hero.b')).toBe('price.low-hero.b')
    expect(reader.known('')).toBe('')
    expect(reader.known('anything at all; --')).toBe('')
  })

  test('is read anew when another configuration is in force', () => {
    expect(reader.known('price.high')).toBe('')
    names = { ...names, parts: new Set([...names.parts, 'price.high']) }
    expect(reader.known('price.high')).toBe('price.high')
  })

  test('of a page that has nothing to tell apart is empty', () => {
    expect(reader.read('common', undefined)).toBe('')
  })
})

test.each([
  [undefined, undefined, ''],
  ['b', undefined, 'hero.b'],
  ['B', undefined, 'hero.b'],
  ['low', 'price', 'price.low'],
  ['on', 'consent_checkbox', 'consent_checkbox.on'],
  ['hero.b-price.low', undefined, 'hero.b-price.low'],
  ['low', undefined, { variant: ['unknown'] }],
  ['b', 'nowhere', { variant: ['unknown'] }],
  ['b', 'no where', { experiment: ['invalid'] }],
  ['b', 7, { experiment: ['invalid'] }],
  [7, undefined, { variant: ['invalid'] }],
  ['x'.repeat(600), undefined, { variant: ['invalid'] }],
])('variant %j of experiment %j is %j', (variant, experiment, word) => {
  expect(reader.read(variant, experiment)).toEqual(word)
})
