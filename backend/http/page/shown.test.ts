import { beforeEach, describe, expect, test } from 'bun:test'
import type { PageManifest } from '../../page/manifest.ts'
import type { Exposure } from '../../page/ports.ts'
import { memoryApp } from '../../testing/stage/memory-app.ts'

const manifest: PageManifest = {
  languages: ['en', 'fa'],
  experiments: { hero: ['a', 'b'] },
  flags: [],
  pages: { 'en/hero.a': 'a', 'en/hero.b': 'b', 'fa/hero.a': 'fa', 'fa/hero.b': 'fb' },
}
const templates = new Map(Object.keys(manifest.pages).map((key) => [key, '%config%']))
const ahead = { 'sec-purpose': 'prefetch;prerender' }

let site: Awaited<ReturnType<typeof memoryApp>>
let exposures: Exposure[]
let isLoaded: boolean

beforeEach(async () => {
  exposures = []
  isLoaded = true
  site = await memoryApp((deps) => ({
    ...deps,
    page: {
      ...deps.page,
      built: {
        current: () => ({ source: { manifest, templates, withFilm: new Set() }, files: new Map() }),
        experiments: () => manifest.experiments,
      },
      live: { current: deps.page.live.current, isLoaded: () => isLoaded },
      exposed: (exposure) => exposures.push(exposure),
    },
  }))
})

const cookiesOf = (answer: Response) =>
  Object.fromEntries(answer.headers.getSetCookie().map((line) => line.split(';')[0]!.split('=')))
const load = (headers: Record<string, string>, path = '/en', method = 'GET') =>
  site.ask(path, { method, headers })
const tell = (body: unknown, headers: Record<string, string> = {}) =>
  site.ask('/api/shown', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
const change = (path: string, body: unknown) =>
  site.ask(`/api/admin/${path}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${site.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

const seenByNobody = [
  ['a prerender', ahead],
  ['a prefetch', { 'sec-purpose': 'prefetch' }],
  ['a prefetch of older browsers', { purpose: 'prefetch' }],
  ['a prefetch of Firefox', { 'x-moz': 'prefetch' }],
  ['a preview of Safari or of an app', { 'x-purpose': 'preview' }],
  ['a frame elsewhere', { 'sec-fetch-dest': 'iframe' }],
  ['a picture elsewhere', { 'sec-fetch-dest': 'image' }],
  ['a script', { 'sec-fetch-dest': 'empty' }],
] as const satisfies readonly (readonly [string, Record<string, string>])[]

describe('nobody is exposed and nobody is a visitor', () => {
  test.each(seenByNobody)('by %s of the page, which says so and is kept by nobody', async (_, headers) => {
    for (const path of ['/', '/en']) {
      const answer = await load(headers, path)
      expect(answer.status).toBe(200)
      expect(answer.headers.getSetCookie()).toEqual([])
      expect(answer.headers.get('cache-control')).toBe('private, no-cache')
      expect(answer.headers.get('x-keep-page')).toBeNull()
      const config = await answer.json()
      expect(config.ahead).toBe(config.word)
    }
    expect(exposures).toEqual([])
    expect(await site.figure('page_exposures_total')).toBe(0)
  })

  test('by a HEAD', async () => {
    expect((await load({}, '/en', 'HEAD')).headers.getSetCookie()).toEqual([])
    expect(exposures).toEqual([])
  })
})

test('whoever opens the page is a visitor at once, and their page says nothing of it', async () => {
  const plain: Record<string, string>[] = [{}, { 'sec-fetch-dest': 'document' }, { 'sec-purpose': '' }]
  for (const headers of plain) {
    const answer = await load(headers)
    expect(Object.keys(cookiesOf(answer))).toEqual(['lf_visitor', 'lf_page', 'lf_language'])
    expect((await answer.json()).ahead).toBeUndefined()
  }
  expect(exposures).toHaveLength(3)
})

test('who was here before gets the page that everybody with their word gets, loaded ahead or not', async () => {
  const cookie = 'lf_visitor=abcdefghijklmnopqrstuv; lf_page=hero.b; lf_language=en'
  await load({ cookie })
  const answer = await load({ cookie, ...ahead })
  expect(answer.headers.get('x-keep-page')).toBe('1')
  expect((await answer.json()).ahead).toBeUndefined()
  expect(exposures).toEqual([])
})

describe('a page that was loaded ahead and is looked at', () => {
  test('has a visitor, who is exposed once to what it shows, with the campaign of its address', async () => {
    const { ahead: word, language } = await (await load(ahead, '/fa')).json()
    const told = {
      word,
      language,
      url: 'http://localhost/fa?utm_campaign=spring',
      referrer: 'https://s.example/',
    }
    const answer = await tell(told, { 'user-agent': 'Browser/1' })
    const { lf_visitor, ...kept } = cookiesOf(answer)
    expect([answer.status, kept]).toEqual([204, { lf_page: word, lf_language: 'fa' }])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const { url, referrer } = told
    const variants = { hero: word.replace('hero.', '') }
    expect(exposures).toEqual([{ visitorId: lf_visitor!, variants, url, referrer, userAgent: 'Browser/1' }])

    // Told again, as by a tab that the browser has brought back.
    const cookie = `lf_visitor=${lf_visitor}; lf_page=${word}; lf_language=fa`
    expect((await tell(told, { cookie })).headers.getSetCookie()).toEqual([])
    expect(exposures).toHaveLength(1)
  })

  test('leaves a visitor of another tab what they have', async () => {
    const cookie = 'lf_visitor=abcdefghijklmnopqrstuv; lf_page=hero.a; lf_language=en'
    const answer = await tell({ word: 'hero.b', language: 'en' }, { cookie })
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([204, []])
    expect(exposures).toEqual([])
  })

  test('has a visitor whom its roll-outs hold, as their next page will say the same', async () => {
    await change('flags/film', { value: false, rollout_percent: 20 })
    const words = new Set<string>()
    for (let visit = 0; visit < 40; visit++) words.add((await (await load(ahead)).json()).ahead)
    expect(words.size).toBeGreaterThan(2)
    for (const word of words) expect(cookiesOf(await tell({ word, language: 'en' })).lf_page).toBe(word)
  })

  test.each([[{}], [null], [[]], [{ word: 7, language: {} }], [{ word: 'hero.zzz', language: 'xx' }]])(
    'may say anything: %j',
    async (body) => {
      const { lf_page, lf_language } = cookiesOf(await tell(body))
      expect(lf_page).toMatch(/^hero\.[ab]$/)
      expect(lf_language).toBe('en')
      expect(exposures).toMatchObject([{ variants: { hero: lf_page!.slice(5) } }])
    },
  )

  test('shows a variant to nobody who names one that is not drawn', async () => {
    const given = new Set<string>()
    for (let visit = 0; visit < 40; visit++)
      given.add(cookiesOf(await tell({ word: 'hero.zzz', language: 'en' })).lf_page!)
    expect([...given].sort()).toEqual(['hero.a', 'hero.b'])
  })

  test('is 503 until it is known what operators decided', async () => {
    isLoaded = false
    const answer = await tell({ word: 'hero.a', language: 'en' })
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([503, []])
  })

  test.each([
    ['another origin', 403, { origin: 'https://evil.example' }],
    ['a listed origin on another host', 403, { origin: 'null' }],
    ['a form', 415, { 'content-type': 'text/plain' }],
  ] as const)('is not told of by %s', async (_, status, headers) => {
    const answer = await tell({ word: 'hero.a' }, headers)
    expect([answer.status, answer.headers.getSetCookie(), exposures]).toEqual([status, [], []])
  })
})
