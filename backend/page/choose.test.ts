import { describe, expect, test } from 'bun:test'
import { memoryPageLive } from '../memory/page-live.ts'
import { choosePage, firstPage, newcomersOf, previewPage } from './choose.ts'
import type { PageManifest } from './manifest.ts'

const manifest: PageManifest = {
  languages: ['en', 'fa'],
  experiments: { hero: ['a', 'b'], price: ['low', 'high'] },
  flags: ['consent_checkbox'],
  pages: {},
}

type Rows = Parameters<ReturnType<typeof memoryPageLive>['change']>[0]

function sources(...changes: readonly Rows[]) {
  const live = memoryPageLive(() => manifest.experiments)
  for (const rows of changes) live.change(rows)
  return { manifest, snapshot: live.current() }
}
const hero = (weights: readonly [number, number], running = true) => ({
  key: 'hero',
  salt: 'hero',
  running,
  variants: [
    { name: 'a', weight: weights[0] },
    { name: 'b', weight: weights[1] },
  ],
})
const ids = Array.from({ length: 200 }, (_, number) => `visitor-${number}`)
const en = { language: 'en' }
const rollout = (rolloutPercent: number): Rows => ({
  flags: { consent_checkbox: { value: true, rolloutPercent, killed: false } },
})
const rolledOut = (...percents: readonly number[]) => sources(...percents.map(rollout))

describe('a visitor', () => {
  test('gets the same page every time, with or without the word of the first', () => {
    for (const id of ids) {
      const first = choosePage(sources(), { id, isNew: true, ...en })
      expect(choosePage(sources(), { id, isNew: true, ...en })).toEqual(first)
      expect(choosePage(sources(), { id, word: first.word, ...en })).toEqual({ ...first, decided: {} })
    }
  })

  test.each([
    ['running experiments', sources()],
    ['one that is stopped', sources({ experiments: [hero([1, 1], false)] })],
    ['weights', sources({ experiments: [hero([1, 9])] })],
    ['a flag for all', rolledOut(100)],
    ['a flag for some', rolledOut(30)],
  ])('who is new gets the page that their id gives, with %s', (_, given) => {
    const ofNewcomer = newcomersOf(given)
    for (const language of ['en', 'fa'])
      for (const id of ids)
        expect(ofNewcomer(id, language)).toEqual(choosePage(given, { id, isNew: true, language }))
  })

  test('is spread over all combinations', () => {
    const words = new Set(ids.map((id) => choosePage(sources(), { id, ...en }).word))
    expect([...words].sort()).toEqual(
      ['hero.a-price.high', 'hero.a-price.low', 'hero.b-price.high', 'hero.b-price.low'].sort(),
    )
  })

  test('keeps a variant when weights change, and a variant that gets nobody any more', () => {
    const changed = sources({ experiments: [hero([1, 0])] })
    for (const id of ids) {
      const { word } = choosePage(sources(), { id, ...en })
      const again = choosePage(changed, { id, word, ...en })
      expect([again.word, again.decided]).toEqual([word, {}])
      expect(choosePage(changed, { id, ...en }).variants.hero).toBe('a')
    }
  })

  test('is given only what is missing when the page asks a new question', () => {
    for (const id of ids) {
      const page = choosePage(sources(), { id, word: 'hero.b', ...en })
      expect(page.variants.hero).toBe('b')
      expect(page.decided).toEqual({ price: page.variants.price! })
    }
  })

  test('is shown the first variant while an experiment is stopped, and their own again afterwards', () => {
    const stopped = sources({ experiments: [hero([0, 1], false)] })
    for (const id of ids) {
      const during = choosePage(stopped, { id, word: 'hero.b-price.low', ...en })
      expect([during.variants.hero, during.key]).toEqual(['a', 'en/hero.a-price.low-consent_checkbox.off'])
      expect([during.word, during.shownWord]).toEqual(['hero.b-price.low', 'hero.a-price.low'])
      expect(during.decided).toEqual({})
      const after = choosePage(sources({ experiments: [hero([1, 0])] }), { id, word: during.word, ...en })
      expect([after.variants.hero, after.word, after.decided]).toEqual(['b', 'hero.b-price.low', {}])
    }
  })

  test('who comes while an experiment is stopped is dealt a variant when it runs again', () => {
    const stopped = sources({ experiments: [hero([0, 1], false)] })
    for (const visitor of [{ id: 'x' }, { id: 'x', isNew: true, word: 'hero.b' }]) {
      const during = choosePage(stopped, { ...visitor, ...en })
      expect([during.variants.hero, during.word]).toEqual(['a', `price.${during.variants.price}`])
      const after = choosePage(sources({ experiments: [hero([0, 1])] }), {
        id: 'x',
        word: during.word,
        ...en,
      })
      expect(after.decided).toEqual({ hero: 'b' })
    }
  })

  test.each(['hero.z', 'hero.a.b-price', 'price.b', '__proto__.x', 'hero.constructor', 'x'.repeat(9_000)])(
    'with the word %p is decided about anew',
    (word) => {
      const [id] = ids as [string]
      expect(choosePage(sources(), { id, word, ...en })).toEqual(choosePage(sources(), { id, ...en }))
    },
  )

  test('whose id is new was never counted, also with a word', () => {
    const page = choosePage(sources(), { id: 'new', isNew: true, word: 'hero.b-price.low', ...en })
    expect(page.decided).toEqual({ hero: 'b', price: 'low' })
  })
})

describe('flags', () => {
  test('that are the same for all stand in the key of the page and not in its word', () => {
    const page = choosePage(rolledOut(100), { id: 'x', word: 'hero.a-price.low', language: 'fa' })
    expect(page.key).toBe('fa/hero.a-price.low-consent_checkbox.on')
    expect(page.word).toBe('hero.a-price.low')
  })

  test('that are rolled out to a part stand in the word, which tells both groups apart', () => {
    const word = 'hero.a-price.low'
    const pages = ids.map((id) => choosePage(rolledOut(30), { id, word, ...en }))
    const on = pages.filter(({ flags }) => flags.consent_checkbox)
    expect(on.length).toBeGreaterThan(30)
    expect(on.length).toBeLessThan(90)
    expect([...new Set(pages.map((page) => `${page.word} ${page.key}`))].sort()).toEqual([
      'hero.a-price.low-consent_checkbox.off-rollout.1 en/hero.a-price.low-consent_checkbox.off',
      'hero.a-price.low-consent_checkbox.on-rollout.1 en/hero.a-price.low-consent_checkbox.on',
    ])
  })

  test('rolled out further give everybody another word, so that no copy of the old page is found by it', () => {
    const before = choosePage(rolledOut(30), { id: 'x', ...en }).word
    const after = choosePage(rolledOut(30, 60), { id: 'x', word: before, ...en })
    expect(after.word).toEndWith('-rollout.2')
    expect(after.decided).toEqual({})
  })

  test('of text that are rolled out to a part tell pages apart by what they say', () => {
    const notice = (value: string) =>
      sources({ flags: { notice: { value, rolloutPercent: 99.99999, killed: false } } })
    const words = ['Back at 5 pm', 'Back at 6 pm'].map(
      (value) => choosePage(notice(value), { id: 'x', word: 'hero.a-price.low', ...en }).word,
    )
    expect(words[0]).toMatch(/^hero\.a-price\.low-notice\.[0-9a-f]{8}-rollout\.1$/)
    expect(words[1]).not.toBe(words[0])
  })
})

describe('the page of nobody in particular', () => {
  test('has first variants and no flag that only a part has', () => {
    const page = firstPage(rolledOut(99), { language: 'fa' })
    expect(page.key).toBe('fa/hero.a-price.low-consent_checkbox.off')
    expect(page.word).toBe('hero.a-price.low')
  })

  test('keeps what a visitor has', () => {
    const kept = new Map([
      ['price', 'high'],
      ['hero', 'z'],
    ])
    expect(firstPage(sources(), { language: 'en', kept }).word).toBe('hero.a-price.high')
  })
})

describe('a preview', () => {
  const preview = (asked: string, word?: string) =>
    previewPage(sources(), { language: 'en', asked, word })?.key

  test('shows what was asked for, and else what the operator has, or the first', () => {
    expect(preview('hero.b')).toBe('en/hero.b-price.low-consent_checkbox.off')
    expect(preview('hero.b', 'hero.a-price.high')).toBe('en/hero.b-price.high-consent_checkbox.off')
    expect(preview('price.high-hero.b')).toBe('en/hero.b-price.high-consent_checkbox.off')
    expect(preview('consent_checkbox.on')).toBe('en/hero.a-price.low-consent_checkbox.on')
  })

  test.each(['', 'b', 'hero.z', 'film.off', 'consent_checkbox.maybe', 'spring-sale'])(
    '%p asks for nothing that the page can draw',
    (asked) => {
      expect(preview(asked)).toBeUndefined()
    },
  )
})
