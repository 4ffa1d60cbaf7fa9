import { describe, expect, test } from 'bun:test'
import { createWordReader } from './reader.ts'

let names = {
  first: 'hero',
  parts: new Set(['hero.a', 'hero.b', 'price.low', 'film.on', 'film.off']),
  stopped: new Set<string>(),
  unread: new Set(['rollout', 'notice']),
}
const reader = createWordReader(() => names)

describe('a word', () => {
  test('keeps its known parts, in order and each once', () => {
    expect(reader.known('price.low-hero.b-gone.a-hero.b')).toBe('price.low-hero.b')
    expect(reader.known('')).toBe('')
    expect(reader.known('anything at all; --')).toBe('')
  })

  test('has one part for each name: the first', () => {
    expect(reader.known('hero.a-hero.b-film.off-film.on')).toBe('hero.a-film.off')
  })

  test('is read anew when another live configuration is in force', () => {
    expect(reader.known('price.high')).toBe('')
    names = { ...names, parts: new Set([...names.parts, 'price.high']) }
    expect(reader.known('price.high')).toBe('price.high')
  })

  test('of a cookie is not what is shown while an experiment is stopped, and a client may still speak of it', () => {
    const running = names
    names = { ...names, parts: new Set(names.parts), stopped: new Set(['hero']) }
    expect(reader.known('hero.b-price.low')).toBe('price.low')
    expect(reader.read('hero.b', undefined)).toBe('hero.b')
    names = running
    expect(reader.known('hero.b-price.low')).toBe('hero.b-price.low')
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
  ['on', 'film', 'film.on'],
  ['hero.b-price.low', undefined, 'hero.b-price.low'],
  ['Hero.B', undefined, 'hero.b'],
  ['common', undefined, ''],
  ['', undefined, ''],
  ['hero.b-film.on-rollout.7-notice.0a1b2c3d', undefined, 'hero.b-film.on'],
  ['low', undefined, { variant: ['unknown'] }],
  ['hero.zzz', undefined, { variant: ['unknown'] }],
  ['hero.b-price.zzz', undefined, { variant: ['unknown'] }],
  ['hero.b-', undefined, { variant: ['unknown'] }],
  ['gone.a', undefined, { variant: ['unknown'] }],
  ['hero.a-hero.b', undefined, { variant: ['duplicate'] }],
  ['hero.a-hero.a', undefined, { variant: ['duplicate'] }],
  ['b', 'nowhere', { variant: ['unknown'] }],
  ['b', 'no where', { experiment: ['invalid'] }],
  ['b', 7, { experiment: ['invalid'] }],
  [7, undefined, { variant: ['invalid'] }],
  ['x'.repeat(600), undefined, { variant: ['invalid'] }],
])('variant %j of experiment %j is %j', (variant, experiment, word) => {
  expect(reader.read(variant, experiment)).toEqual(word)
})
