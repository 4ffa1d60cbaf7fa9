import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { partsOf, wordOf } from './word.ts'

test('a word says again what it was made of', () => {
  const name = fc.stringMatching(/^[a-z0-9_]{1,32}$/)
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(name, name), { selector: ([key]) => key, maxLength: 6 }), (parts) => {
      expect([...partsOf(wordOf(parts))]).toEqual(parts)
    }),
  )
})

test.each(['', 'common', 'hero', 'hero.', '.b', 'hero.b.c', 'Hero.B', 'hero.b/', `${'a.b-'.repeat(200)}c.d`])(
  '%p holds nothing',
  (word) => {
    expect(partsOf(word).size).toBe(0)
  },
)

test('what can be read of a word counts', () => {
  expect([...partsOf('x-hero.b-?-film.on')]).toEqual([
    ['hero', 'b'],
    ['film', 'on'],
  ])
})
