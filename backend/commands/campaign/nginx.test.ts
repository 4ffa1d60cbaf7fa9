import { describe, expect, test } from 'bun:test'
import type { Campaign } from '../../../frontend/landing/campaign.ts'
import { textOf } from '../../testing/house/sources.ts'
import { campaign } from '../../testing/stage/campaign/campaign.ts'
import { nginxPaths, nginxWords } from './nginx.ts'

const { en, fa } = campaign.languages as {
  en: Campaign['languages'][string]
  fa: Campaign['languages'][string]
}
const inLanguages = (languages: Campaign['languages']) => nginxWords({ ...campaign, languages })

/** The language that nginx speaks, by the first map of its file. */
function spoken(text: string, page: string, browser: string): string {
  const [, body] = /^map "\$page_language[^{]*\{\n([\s\S]*?)^\}/m.exec(text)!
  for (const [, pattern, language] of body!.matchAll(/^ {2}"~\*(\S.*)" (\S+);$/gm))
    if (new RegExp(pattern!, 'i').test(`${page} ${browser}`)) return language!
  return /^ {2}default (\S+);$/m.exec(body!)![1]!
}

describe('nginx speaks', () => {
  test.each([
    ['fa', 'en-GB', 'fa'],
    ['en', 'fa-IR,fa;q=0.9', 'en'],
    ['', 'fa-IR,fa;q=0.9', 'fa'],
    ['', 'farsi', 'en'],
    ['', '', 'en'],
  ])('with a page in %p and a browser that likes %p: %s', (page, browser, language) => {
    expect(spoken(inLanguages({ en, fa }), page, browser)).toBe(language)
  })

  test('the language of a region to those who ask for the language, unless that is there itself', () => {
    const region = inLanguages({ en, 'fa-af': fa })
    expect(['fa', 'fa-AF', 'fa-IR'].map((browser) => spoken(region, '', browser))).toEqual(
      Array(3).fill('fa-af'),
    )
    const both = inLanguages({ en, 'fa-af': fa, fa })
    expect(['fa', 'fa-AF', 'fa-IR'].map((browser) => spoken(both, '', browser))).toEqual([
      'fa',
      'fa-af',
      'fa',
    ])
  })

  test('the one language of a campaign that has one, whatever the browser likes', () => {
    const one = inLanguages({ fa })
    expect(spoken(one, '', 'en')).toBe('fa')
    expect(one).toContain('default rtl;')
    expect(one).not.toContain('We cannot answer right now.')
  })
})

test('words of a campaign are what nginx says, and no sign in them means anything to it', () => {
  const text = inLanguages({
    en: { ...en, answers: { unavailable: { heading: 'Back at "9" for $5\\\\', text: "It's <b>& [here]" } } },
  })
  expect(text).toContain(
    "<h1>Back at &#34;9&#34; for &#36;5&#92;&#92;</h1><p>It&#39;s &#60;b&#62;&#38; <a href='/'>here</a></p>",
  )
})

describe('the paths of a campaign', () => {
  test('are named to nginx one by one, and nothing else is', () => {
    const [, pattern] = /^location ~ (\S+) \{$/m.exec(
      nginxPaths({ ...campaign, paths: ['spring', 'radio-leeds'] }),
    )!
    const isPage = (path: string) => new RegExp(pattern!).test(path)
    for (const path of ['/spring', '/radio-leeds', '/spring/']) expect(isPage(path)).toBe(true)
    expect(isPage('/SPRING')).toBe(false)
    for (const path of ['/', '/springs', '/spring/x', '/xspring', '/spring.php', '/radio'])
      expect(isPage(path)).toBe(false)
  })

  test('are none where it has none', () => {
    expect(nginxPaths({ ...campaign, paths: [] })).not.toContain('location')
  })

  test.each(['api', 'en', 'a', 'Spring', 'spring sale', 'a/b', '.*', 'x;}'])('%p is refused', (path) => {
    expect(() => nginxPaths({ ...campaign, paths: [path] })).toThrow('is no path of a campaign')
  })
})

test('what nginx says to people it says in each language of the page', () => {
  const words = [...nginxWords(campaign).matchAll(/^map \$words_language \$(\w+) \{\n([\s\S]*?)^\}/gm)]
  const errors = textOf('docker/nginx/errors.conf')
  const said = [...errors.matchAll(/return \d+ '<!doctype html>(.*)';/g)].map(([, page]) => page!)
  expect(said.length).toBeGreaterThan(4)
  for (const page of said) {
    expect(page).toContain('<html lang="$words_language" dir="$words_direction">')
    expect(words.map(([, name]) => name)).toContain(/\$(words_\w+)<\/html>$/.exec(page)![1])
  }
  for (const [, , languages] of words)
    for (const language of ['en', 'fa'])
      expect(languages).toMatch(new RegExp(`^  (?:${language === 'en' ? 'default' : language}) `, 'm'))
})
