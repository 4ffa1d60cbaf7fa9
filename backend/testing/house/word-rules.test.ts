import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { allPageKeys, nameOf, wordOf as wordOfPage } from '../../../frontend/landing/prerender/page-keys.ts'
import { readVisit } from '../../http/request/visit-cookies.ts'
import { isLanguageName, pageKey } from '../../page/manifest.ts'
import { isOwnVisitorId } from '../../words/visitor-id.ts'
import { isName, isWordLike, joinParts, partOf, partsOf, wordLengthMax, wordOf } from '../../words/word.ts'
import { textOf } from './sources.ts'

/** The expression by which nginx lets a cookie through. */
function patternOf(cookie: string): RegExp {
  const [, pattern] = new RegExp(`map \\$cookie_${cookie} [^{]*\\{\\s*"~([^"]+)"`).exec(
    textOf('docker/nginx/visit.conf'),
  )!
  return new RegExp(pattern!)
}

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'azAZ09-_. %;é\n'), maxLength: 40 }),
  fc.stringMatching(/^[A-Za-z0-9_-]{22}$/),
  fc.stringMatching(/^[a-z]{2}(-[a-z]{1,9})?$/),
  fc.nat(600).map((length) => 'w'.repeat(length)),
)
const name = fc.stringMatching(/^[a-z0-9_]{1,32}$/).filter(isName)
const parts = fc.uniqueArray(fc.tuple(name, name), { selector: ([key]) => key, minLength: 1, maxLength: 6 })

describe('nginx, which keeps pages by cookies,', () => {
  test('believes a visitor exactly where the API does', () => {
    const pattern = patternOf('lf_visitor')
    fc.assert(
      fc.property(text, (id) => pattern.test(id) === isOwnVisitorId(id)),
      { numRuns: 2_000 },
    )
  })

  test('believes a language exactly where the API does', () => {
    const pattern = patternOf('lf_language')
    fc.assert(
      fc.property(text, (language) => pattern.test(language) === isLanguageName(language)),
      { numRuns: 2_000 },
    )
  })

  test('lets every word through that the page can be given, and nothing else than words', () => {
    const pattern = patternOf('lf_page')
    fc.assert(fc.property(parts, (given) => pattern.test(wordOf(given))))
    fc.assert(
      fc.property(text, (word) => !pattern.test(word) || isWordLike(word)),
      { numRuns: 2_000 },
    )
    expect([pattern.test('w'.repeat(wordLengthMax)), pattern.test('w'.repeat(wordLengthMax + 1))]).toEqual([
      true,
      false,
    ])
  })
})

test('a word that a cookie kept is read as it was written', () => {
  fc.assert(
    fc.property(parts, (given) => {
      const { word } = readVisit(`lf_page=${wordOf(given)}; other=1`)
      expect([...partsOf(word)]).toEqual(given)
    }),
  )
})

describe('the build, which draws pages by words,', () => {
  const variants = { a: {}, b: {} } as never
  const keys = allPageKeys({ languages: { en: {}, fa: {} } as never, variants })

  test('names a variant as the API does', () => {
    for (const { variant } of keys) expect(wordOfPage(variant)).toBe(partOf('hero', variant))
  })

  test('names each page as the API looks for it', () => {
    for (const key of keys) {
      const manifest = { experiments: { hero: ['a', 'b'] }, flags: Object.keys(key.flags) }
      const page = { language: key.language, variants: { hero: key.variant }, flags: key.flags }
      expect(nameOf(key)).toBe(pageKey(manifest, page))
    }
  })
})

test('a submission and an event take every word that the page has', () => {
  fc.assert(
    fc.property(parts, (given) => isWordLike(wordOf(given)) === wordOf(given).length <= wordLengthMax),
  )
  expect(joinParts([])).toBe('')
})
