import { expect, test } from 'bun:test'
import { firstKey, manifestOfOne, pageKey, readManifest } from './manifest.ts'

const built = {
  languages: ['en', 'fa'],
  experiments: { hero: ['a', 'b'], price: ['low', 'high'] },
  flags: ['consent_checkbox'],
  pages: {
    'en/hero.a-price.low-consent_checkbox.off': 'pages/en/1.html',
    'fa/hero.a-price.low-consent_checkbox.off': 'pages/fa/1.html',
  },
}

test('a page is found by its language, variants and flags, in the order they were declared in', () => {
  const manifest = readManifest(JSON.stringify(built))
  const variants = { price: 'high', hero: 'b' }
  expect(pageKey(manifest, { language: 'fa', variants, flags: { consent_checkbox: true } })).toBe(
    'fa/hero.b-price.high-consent_checkbox.on',
  )
  expect(firstKey(manifest, 'en')).toBe('en/hero.a-price.low-consent_checkbox.off')
  expect(manifest.pages[firstKey(manifest, 'fa')]).toBe('pages/fa/1.html')
})

test('a build of one page is a build, too', () => {
  const manifest = manifestOfOne('en', 'index.html')
  expect(manifest.pages[firstKey(manifest, 'en')]).toBe('index.html')
})

test.each([
  [{ languages: [] }, 'languages'],
  [{ languages: ['English'] }, 'languages'],
  [{ experiments: { hero: [] } }, 'hero'],
  [{ experiments: { 'he-ro': ['a'] } }, 'he-ro'],
  [{ experiments: { hero: ['a.b'] } }, 'hero'],
  [{ flags: ['Consent'] }, 'flag'],
  [{ pages: {} }, 'en/hero.a'],
])('a build with %p is refused, and it is said why', (wrong, word) => {
  expect(() => readManifest(JSON.stringify({ ...built, ...wrong }))).toThrow(word)
})
