import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, unlink, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Elysia } from 'elysia'
import { createLog } from '../../log.ts'
import type { MediaStore } from '../../media/ports.ts'
import { memoryMedia } from '../../memory/media.ts'
import { memoryPageCache } from '../../memory/page-cache.ts'
import { memoryPageLive } from '../../memory/page-live.ts'
import type { Exposure, PageCache } from '../../page/ports.ts'
import { problemsForTest } from '../../testing/stage/problems.ts'
import { answerProblem } from '../problems.ts'
import { createBuiltPage } from './built-page.ts'
import { createPageDoor, type PageDoorDeps } from './door.ts'
import { pageRoutes } from './page.ts'

const ttlMs = 60_000
const lookEveryMs = 1_000
const publicUrl = 'https://example.com'
const beenHere = '__Host-lf_visitor=abcdefghijklmnopqrstuv; __Host-lf_page=common; __Host-lf_language=en'
const outside = 'not part of the build'
const problems = problemsForTest()

let root: string
let distDir: string
let nowMs: number
let lines: string[]

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'landfast-page-'))
  distDir = join(root, 'dist')
  nowMs = 1_800_000_000_000
  lines = []
  await Bun.write(join(root, 'secret.txt'), outside)
})

afterEach(() => rm(root, { recursive: true, force: true }))

/** Writes files as if a build had finished a minute ago. */
async function build(files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    const full = join(distDir, path)
    await Bun.write(full, text)
    const modified = new Date(nowMs - 60_000)
    await utimes(full, modified, modified)
  }
}

/** One process: its page, what an operator can change of it, and what it has told others. */
function startProcess(cache?: PageCache, site = publicUrl, media?: MediaStore) {
  const log = createLog({ level: 'debug', process: 'test', write: (line) => lines.push(line) })
  const hasMedia = media && (async (path: string) => (await media.stat(path.slice(7))) !== undefined)
  const built = createBuiltPage({ distDir, cache, hasMedia, ttlMs, publicUrl: site, log, now: () => nowMs })
  const live = memoryPageLive(built.experiments)
  const exposures: Exposure[] = []
  const fallbacks: string[] = []
  const room = { exposures: Number.POSITIVE_INFINITY }
  const deps: PageDoorDeps = {
    built,
    live,
    exposed: (exposure) => exposures.push(exposure),
    mayRecord: () => room.exposures-- > 0,
    metrics: { exposed() {}, fallback: (reason) => fallbacks.push(reason) },
    publicUrl: site,
  }
  const app = new Elysia()
    .onError({ as: 'global' }, ({ error, code, request, server }) =>
      code === 'NOT_FOUND'
        ? new Response('no route', { status: 404 })
        : answerProblem(problems, { request, server }, error),
    )
    .use(pageRoutes(deps, createPageDoor(deps)))
  const get = (path: string, init?: RequestInit) => app.handle(new Request(`http://localhost${path}`, init))
  return { get, live, exposures, fallbacks, room }
}

/** One process, asked by somebody who was here before. */
function serve(cache?: PageCache) {
  const { get } = startProcess(cache)
  return (path: string, init: RequestInit = {}) =>
    get(path, { ...init, headers: { cookie: beenHere, ...(init.headers as Record<string, string>) } })
}

const text = async (answer: Promise<Response>) => (await answer).text()
const waitFor = async (path: string, get: (path: string) => Promise<Response>, wanted: string) => {
  nowMs += lookEveryMs
  expect(await text(get(path))).toBe(wanted)
}

describe('before the page is built', () => {
  test('a placeholder answers 200, with a form that works without a script and the way to build the page', async () => {
    const answer = await serve()('/')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const html = await answer.text()
    expect(html).toContain('<form method="post" action="/api/leads">')
    expect(html).toContain('name="phone"')
    expect(html).toContain('bun run build')
    for (const outcome of ['thanks', 'duplicate', 'error']) expect(html).toContain(`id="${outcome}"`)
    expect(html).not.toMatch(/<script|https?:\/\//)
  })

  test('its own style is let through by its policy', async () => {
    const answer = await serve()('/')
    expect(answer.headers.get('content-security-policy')).toMatch(/style-src 'self' 'sha256-[^']+'/)
  })

  test('the page appears without a restart once it is built', async () => {
    const get = serve()
    await get('/')
    await build({ 'index.html': 'built' })
    await waitFor('/', get, 'built')
  })
})

describe('the built page', () => {
  beforeEach(() =>
    build({ 'index.html': 'v1', 'assets/app-1.js': 'let one = 1', 'robots.txt': 'User-agent: *' }),
  )

  test('is served as HTML that browsers check again, caches keep for a second, and no other site may frame', async () => {
    const { headers } = await serve()('/')
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('cache-control')).toBe('public, max-age=0, s-maxage=1')
    expect(headers.get('vary')).toBe('Accept-Encoding, Accept-Language, Cookie')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('strict-origin-when-cross-origin')
    expect(headers.get('permissions-policy')).toContain('camera=()')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  })

  test('is 304 for a browser that has it, and not after a new build', async () => {
    const get = serve()
    const etag = (await get('/')).headers.get('etag')!
    expect((await get('/', { headers: { 'if-none-match': etag } })).status).toBe(304)
    await build({ 'index.html': 'v2, longer' })
    nowMs += lookEveryMs
    expect((await get('/', { headers: { 'if-none-match': etag } })).status).toBe(200)
  })

  test('answers HEAD without a body', async () => {
    const answer = await serve()('/', { method: 'HEAD' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-length')).toBe('2')
    expect(await answer.text()).toBe('')
  })

  test('needs no disk once it is in memory', async () => {
    const get = serve()
    await get('/')
    await rm(distDir, { recursive: true })
    expect(await text(get('/'))).toBe('v1')
  })

  test('stays while the next build has emptied its folder', async () => {
    const get = serve()
    await get('/')
    await rm(distDir, { recursive: true })
    await waitFor('/', get, 'v1')
    await mkdir(distDir)
    await waitFor('/', get, 'v1')
  })

  test('a build that is still being written is not served', async () => {
    const get = serve()
    await get('/')
    await build({ 'index.html': 'v2 half' })
    const justNow = new Date(nowMs + lookEveryMs)
    await utimes(join(distDir, 'index.html'), justNow, justNow)
    await waitFor('/', get, 'v1')
    await build({ 'index.html': 'v2 whole' })
    await waitFor('/', get, 'v2 whole')
  })

  test('after a deploy the page names only its own files, and those of the page before still load', async () => {
    const get = serve()
    await get('/')
    await unlink(join(distDir, 'assets/app-1.js'))
    await build({ 'index.html': 'v2', 'assets/app-2.js': 'let two = 2' })
    await waitFor('/', get, 'v2')
    expect(await text(get('/assets/app-2.js'))).toBe('let two = 2')
    expect(await text(get('/assets/app-1.js'))).toBe('let one = 1')
    await build({ 'index.html': 'v3' })
    await waitFor('/', get, 'v3')
    expect((await get('/assets/app-1.js')).status).toBe(404)
  })
})

describe('the service worker', () => {
  const worker = 'addEventListener("fetch", () => {})'
  const ending = 'registration.unregister()'
  beforeEach(() => build({ 'index.html': 'v1', 'sw.js': worker }))

  test('is asked for anew each time, runs nothing else, and may send to the API only', async () => {
    const { headers, status } = await serve()('/sw.js')
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-cache'])
    expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; connect-src 'self'")
    const again = { headers: { 'if-none-match': headers.get('etag')! } }
    expect((await serve()('/sw.js', again)).status).toBe(304)
    expect((await serve()('/sw.js', { method: 'POST' })).status).toBe(405)
  })

  test('is that of the newest build', async () => {
    const get = serve()
    expect(await text(get('/sw.js'))).toBe(worker)
    await build({ 'sw.js': `${worker} // newer` })
    await waitFor('/sw.js', get, `${worker} // newer`)
  })

  test('is replaced by one that ends itself where its file is taken away', async () => {
    const get = serve()
    await get('/sw.js')
    await unlink(join(distDir, 'sw.js'))
    nowMs += lookEveryMs
    expect(await text(get('/sw.js'))).toContain(ending)
  })

  test('is replaced by one that ends itself while the flag is off, and no longer', async () => {
    const { get, live } = startProcess()
    live.change({ flags: { works_offline: { value: false, rolloutPercent: 100, killed: false } } })
    const off = await get('/sw.js')
    expect(off.headers.get('cache-control')).toBe('no-cache')
    expect(await off.text()).toContain(ending)
    live.change({ flags: {} })
    expect(await text(get('/sw.js'))).toBe(worker)
  })
})

describe('through the cache', () => {
  beforeEach(() => build({ 'index.html': 'v1' }))

  test('a process takes the page that another has put there', async () => {
    const cache = memoryPageCache(() => nowMs)
    await serve(cache)('/')
    expect(await cache.get(buildOf('v1'))).toBe('v1')
    await cache.set(buildOf('v1'), 'v1 of another process', ttlMs)
    expect(await text(serve(cache)('/'))).toBe('v1 of another process')
  })

  test('the page of one build is never served for another', async () => {
    const cache = memoryPageCache(() => nowMs)
    const get = serve(cache)
    await get('/')
    await build({ 'index.html': 'v2' })
    await waitFor('/', get, 'v2')
    expect(await text(serve(cache)('/'))).toBe('v2')
  })

  test('a flush makes every process read the page again, at once', async () => {
    const cache = memoryPageCache(() => nowMs)
    const [one, other] = [serve(cache), serve(cache)]
    await one('/')
    await cache.set(buildOf('v1'), 'stale', ttlMs)
    expect(await text(other('/'))).toBe('stale')
    expect(await cache.flush()).toBe(1)
    expect(await text(other('/'))).toBe('v1')
    expect(await text(one('/'))).toBe('v1')
  })

  test('the page is taken from the cache again only after the TTL', async () => {
    const cache = memoryPageCache(() => nowMs)
    const get = serve(cache)
    await get('/')
    await cache.set(buildOf('v1'), 'newer', 10 * ttlMs)
    await waitFor('/', get, 'v1')
    nowMs += ttlMs
    await waitFor('/', get, 'newer')
  })

  test('a cache that is away changes nothing', async () => {
    const cache = memoryPageCache(() => nowMs)
    cache.away = true
    const get = serve(cache)
    expect(await text(get('/'))).toBe('v1')
    nowMs += ttlMs
    await waitFor('/', get, 'v1')
  })
})

describe('files of the build', () => {
  beforeEach(() =>
    build({
      'index.html': 'v1',
      'assets/app-1.js': 'let one = 1',
      'assets/app-1.css': 'a{}',
      'assets/deep/hero.webp': 'RIFF',
      'robots.txt': 'User-agent: *',
      'thanks.html': '<p>Thanks',
      '.env': 'A=1',
    }),
  )

  test('assets are kept for a year, with their type and a tag', async () => {
    const get = serve()
    const answer = await get('/assets/app-1.js')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    const again = await get('/assets/app-1.js', { headers: { 'if-none-match': answer.headers.get('etag')! } })
    expect(again.status).toBe(304)
    expect((await get('/assets/app-1.css')).headers.get('content-type')).toBe('text/css; charset=utf-8')
    expect((await get('/assets/deep/hero.webp')).headers.get('content-type')).toBe('image/webp')
  })

  test('HEAD of an asset has its length and no body; nothing but reading is allowed', async () => {
    const get = serve()
    const head = await get('/assets/app-1.js', { method: 'HEAD' })
    expect(head.headers.get('content-length')).toBe('11')
    expect(await head.text()).toBe('')
    expect((await get('/assets/app-1.js', { method: 'POST' })).status).toBe(405)
  })

  test('those at the root know where the site is', async () => {
    await build({
      'sitemap.xml': '<loc>%public_url%/en</loc>',
      'robots.txt': 'Sitemap: %public_url%/sitemap.xml',
    })
    const get = serve()
    expect(await text(get('/sitemap.xml'))).toBe('<loc>https://example.com/en</loc>')
    expect(await text(get('/robots.txt'))).toBe('Sitemap: https://example.com/sitemap.xml')
  })

  test('those at the root are served too; a page among them is guarded like the first one', async () => {
    const get = serve()
    expect(await text(get('/robots.txt'))).toBe('User-agent: *')
    expect((await get('/thanks.html')).headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(await text(get('/index.html'))).toBe('v1')
  })

  test.each([
    '/assets/../../secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/%2e%2e/%2e%2e/secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/assets/%2fetc%2fpasswd',
    '/assets/app-1.js%00',
    '/assets/',
    '/assets/none.js',
    '/..%2fsecret.txt',
    '/.env',
    '/none.txt',
    '/__proto__',
    '/api',
  ])('%s is 404', async (path) => {
    const answer = await serve()(path)
    expect(answer.status).toBe(404)
    expect(await answer.text()).not.toContain(outside)
  })
})

test('a build that cannot be read is told once, and the page is answered all the same', async () => {
  await Bun.write(distDir, 'a file where a folder should be')
  const get = serve()
  expect((await get('/')).status).toBe(200)
  nowMs += lookEveryMs
  expect((await get('/')).status).toBe(200)
  expect(lines.filter((line) => line.includes('page.unreadable'))).toHaveLength(1)
})

describe('a page in variants and languages', () => {
  const config = '<script type="application/json" id="page-config">%config%</script>'
  const pages = ['en', 'fa'].flatMap((language) =>
    ['a', 'b'].flatMap((variant) =>
      ['off', 'on'].map((state) => [`${language}/hero.${variant}-consent_checkbox.${state}`] as const),
    ),
  )
  const files = Object.fromEntries(pages.map(([key]) => [`pages/${key}.html`, `${key} %notice% ${config}`]))
  const manifest = {
    languages: ['en', 'fa'],
    experiments: { hero: ['a', 'b'] },
    flags: ['consent_checkbox'],
    pages: Object.fromEntries(pages.map(([key]) => [key, `pages/${key}.html`])),
  }
  const visitorId = 'abcdefghijklmnopqrstuv'
  const cookieOf = (page: string, language = 'en') => ({
    headers: {
      cookie: `__Host-lf_visitor=${visitorId}; __Host-lf_page=${page}; __Host-lf_language=${language}`,
    },
  })
  const keyOf = async (answer: Promise<Response>) => (await text(answer)).split(' ')[0]
  const setBy = (answer: Response) =>
    Object.fromEntries(
      answer.headers.getSetCookie().map((line) => line.replace('__Host-', '').split(';')[0]!.split('=')),
    )
  const consentFor = (rolloutPercent: number) => ({
    flags: { consent_checkbox: { value: true, rolloutPercent, killed: false } },
  })

  beforeEach(() =>
    build({ 'index.html': 'for static hosts', 'page.json': JSON.stringify(manifest), ...files }),
  )

  test('a film can be played in a language whose film is there, and soon after it was uploaded', async () => {
    const films = { en: '/media/day.mp4', fa: '/media/rooz.mp4' }
    const drawn = Object.fromEntries(Object.keys(files).map((path) => [path, `<i %film_absent%>${config}`]))
    await build({ 'page.json': JSON.stringify({ ...manifest, films }), ...drawn })
    const media = memoryMedia()
    const { get } = startProcess(undefined, publicUrl, media)
    const lacks = async (language: string) => (await text(get(`/${language}`))).includes('data-absent')
    expect([await lacks('en'), await lacks('fa')]).toEqual([true, true])
    await media.put('day.mp4', new Uint8Array(1), 'video/mp4')
    nowMs += ttlMs
    expect([await lacks('en'), await lacks('fa')]).toEqual([false, true])
    // A storage that cannot be asked takes nothing away.
    media.away = true
    nowMs += ttlMs
    expect([await lacks('en'), await lacks('fa')]).toEqual([false, true])
  })

  test('without object storage no film can be played', async () => {
    const films = { en: '/media/day.mp4' }
    const drawn = Object.fromEntries(Object.keys(files).map((path) => [path, `<i %film_absent%>${config}`]))
    await build({ 'page.json': JSON.stringify({ ...manifest, films }), ...drawn })
    expect(await text(startProcess().get('/en'))).toContain('data-absent')
  })

  test('a first visit is decided, told in cookies, recorded once, and kept by nobody', async () => {
    const { get, exposures } = startProcess()
    const answer = await get('/?utm_source=tv', {
      headers: { 'accept-language': 'fa', 'user-agent': 'Browser/1', referer: 'https://search.example/' },
    })
    const html = await answer.clone().text()
    const { lf_visitor, lf_page, lf_language } = setBy(answer)
    expect(html).toStartWith(`fa/${lf_page}-consent_checkbox.off `)
    expect(lf_language).toBe('fa')
    for (const line of answer.headers.getSetCookie())
      expect(line).toEndWith('; HttpOnly; SameSite=Lax; Secure')
    expect(answer.headers.get('cache-control')).toBe('private, no-cache')
    expect(answer.headers.get('etag')).toBeNull()
    expect(exposures).toEqual([
      {
        visitorId: lf_visitor!,
        variants: { hero: lf_page!.replace('hero.', '') },
        url: 'http://localhost/?utm_source=tv',
        referrer: 'https://search.example/',
        userAgent: 'Browser/1',
      },
    ])
    const cookie = `__Host-lf_visitor=${lf_visitor}; __Host-lf_page=${lf_page}; __Host-lf_language=fa`
    const again = await get('/', { headers: { cookie } })
    expect(await again.text()).toBe(html)
    expect(again.headers.getSetCookie()).toEqual([])
    expect(exposures).toHaveLength(1)
  })

  test('a visitor whom nobody is to follow leaves the campaign, and no click id', async () => {
    const { get, exposures } = startProcess()
    await get('/?utm_source=tv&gclid=abc&fbclid=def', { headers: { 'sec-gpc': '1' } })
    expect(exposures.map(({ url }) => url)).toEqual(['http://localhost/?utm_source=tv'])
  })

  test('of a flood of first visits all are served, and no more recorded than may be left here', async () => {
    const { get, exposures, room } = startProcess()
    room.exposures = 2
    for (let each = 0; each < 5; each++) {
      const answer = await get('/')
      expect(answer.status).toBe(200)
      expect(setBy(answer).lf_visitor).toHaveLength(22)
    }
    expect(exposures).toHaveLength(2)
  })

  test('whoever was here before shares one answer, which caches may keep for a second', async () => {
    const { get } = startProcess()
    const answer = await get('/', cookieOf('hero.b'))
    expect(answer.headers.get('cache-control')).toBe('public, max-age=0, s-maxage=1')
    expect(answer.headers.getSetCookie()).toEqual([])
    const tag = answer.headers.get('etag')!
    const { headers } = cookieOf('hero.b')
    expect((await get('/', { headers: { ...headers, 'if-none-match': tag } })).status).toBe(304)
    expect((await get('/', cookieOf('hero.a'))).headers.get('etag')).not.toBe(tag)
  })

  test('the config of a page says what it is', async () => {
    const { get, live } = startProcess()
    live.change({ flags: { notice: { value: 'Soon <3', rolloutPercent: 100, killed: false } } })
    const html = await text(get('/', cookieOf('hero.b', 'fa')))
    expect(html).toStartWith('fa/hero.b-consent_checkbox.off Soon &#60;3 ')
    expect(JSON.parse(/page-config">(.*?)</.exec(html)![1]!)).toEqual({
      language: 'fa',
      variants: { hero: 'b' },
      word: 'hero.b',
      flags: { ...live.current().flagsFor(undefined) },
      preview: false,
      phone: null,
    })
  })

  test('the address of a language speaks it, and is remembered', async () => {
    const { get, exposures } = startProcess()
    const switched = await get('/fa', cookieOf('hero.b'))
    expect(setBy(switched)).toEqual({ lf_language: 'fa' })
    expect(await switched.text()).toStartWith('fa/hero.b-')
    expect(await keyOf(get('/fa', cookieOf('hero.b', 'fa')))).toBe('fa/hero.b-consent_checkbox.off')
    expect(exposures).toEqual([])
    expect((await get('/de')).status).toBe(404)
    expect((await get('/fa', { method: 'POST' })).status).toBe(405)
    const inCapitals = await get('/FA?utm_source=poster')
    expect([inCapitals.status, inCapitals.headers.get('location')]).toEqual([301, '/fa?utm_source=poster'])
    expect((await get('/DE')).status).toBe(404)
  })

  test('a change of a flag is in the next answer, for old and new visitors', async () => {
    const { get, live } = startProcess()
    expect(await keyOf(get('/', cookieOf('hero.a')))).toBe('en/hero.a-consent_checkbox.off')
    live.change(consentFor(100))
    expect(await keyOf(get('/', cookieOf('hero.a')))).toBe('en/hero.a-consent_checkbox.on')
    expect(await keyOf(get('/'))).toMatch(/on$/)
    live.change({ flags: {} })
    expect(await keyOf(get('/', cookieOf('hero.a')))).toBe('en/hero.a-consent_checkbox.off')
  })

  test('a roll-out to a part gives a word of its own, and the page for outages is nobody’s', async () => {
    const { get, live, exposures } = startProcess()
    live.change(consentFor(99.99999))
    await get('/_fallback')
    const answer = await get('/', cookieOf('hero.a'))
    expect(setBy(answer)).toEqual({ lf_page: 'hero.a-consent_checkbox.on-rollout.1' })
    expect(await answer.text()).toStartWith('en/hero.a-consent_checkbox.on ')
    expect(exposures).toEqual([])
  })

  test('what is kept for outages is the first page in the language asked for, without cookies', async () => {
    const { get, exposures } = startProcess()
    const answer = await get('/_fallback', {
      headers: { 'accept-language': 'fa', ...cookieOf('hero.b').headers },
    })
    expect(await answer.clone().text()).toStartWith('fa/hero.a-consent_checkbox.off ')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=0, s-maxage=1')
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(exposures).toEqual([])
  })

  test('a preview shows a variant and leaves no trace', async () => {
    const { get, exposures } = startProcess()
    for (const init of [{}, cookieOf('hero.a')]) {
      const answer = await get('/?variant=hero.b-consent_checkbox.on', init)
      const html = await answer.clone().text()
      expect(html).toStartWith('en/hero.b-consent_checkbox.on ')
      expect(html).toContain('"preview":true')
      expect(answer.headers.getSetCookie()).toEqual([])
      expect(answer.headers.get('cache-control')).toBe('private, no-cache')
    }
    expect(exposures).toEqual([])
    expect(await text(get('/', cookieOf('hero.b')))).toContain('"preview":false')
  })

  test('a campaign that calls something else a variant is a visit like any other', async () => {
    const { get, exposures } = startProcess()
    expect(setBy(await get('/?variant=spring')).lf_page).toMatch(/^hero\.[ab]$/)
    expect(exposures).toHaveLength(1)
  })

  test('a HEAD is no visit', async () => {
    const { get, exposures } = startProcess()
    const answer = await get('/', { method: 'HEAD' })
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []])
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(exposures).toEqual([])
  })

  test('before anything is known of what operators decided, variants are kept and none are given', async () => {
    const { get, live, exposures, fallbacks } = startProcess()
    live.loaded = false
    for (let visit = 0; visit < 10; visit++) {
      const answer = await get('/')
      expect(await answer.clone().text()).toStartWith('en/hero.a-')
      expect([answer.headers.get('cache-control'), answer.headers.getSetCookie()]).toEqual([
        'private, no-cache',
        [],
      ])
    }
    expect(fallbacks).toEqual(Array.from({ length: 10 }, () => 'no_configuration'))
    expect(await keyOf(get('/', cookieOf('hero.b')))).toBe('en/hero.b-consent_checkbox.off')
    expect(fallbacks).toHaveLength(10)
    expect(exposures).toEqual([])
    live.loaded = true
    expect((await get('/')).headers.getSetCookie()).toHaveLength(3)
  })

  test('a combination that was not built falls back to the first page of the language, and is counted', async () => {
    const some = Object.fromEntries(
      Object.entries(manifest.pages).filter(([key]) => key !== 'fa/hero.b-consent_checkbox.off'),
    )
    await build({ 'page.json': JSON.stringify({ ...manifest, pages: some }) })
    const { get, fallbacks } = startProcess()
    const answer = await get('/', cookieOf('hero.b', 'fa'))
    expect([answer.status, await keyOf(Promise.resolve(answer))]).toEqual([
      200,
      'fa/hero.a-consent_checkbox.off',
    ])
    expect(fallbacks).toEqual(['not_drawn'])
  })

  test('a build whose page.json makes no sense is not taken, and told once', async () => {
    const { get } = startProcess()
    await get('/', cookieOf('hero.a'))
    await build({ 'page.json': '{"languages":' })
    nowMs += lookEveryMs
    expect(await keyOf(get('/', cookieOf('hero.a')))).toBe('en/hero.a-consent_checkbox.off')
    expect(lines.filter((line) => line.includes('page.unreadable'))).toHaveLength(1)
  })

  test('what pages are made from is not served', async () => {
    const { get } = startProcess()
    for (const path of ['/page.json', '/pages/en/hero.a-consent_checkbox.off.html'])
      expect((await get(path)).status).toBe(404)
  })

  test('a build that draws another experiment asks visitors about that, and keeps what they have', async () => {
    const { get, exposures } = startProcess()
    await get('/', cookieOf('hero.b'))
    const drawn = ['low', 'high'].flatMap((price) =>
      ['a', 'b'].map((hero) => [`en/hero.${hero}-price.${price}`, `pages/${hero}${price}.html`] as const),
    )
    await build({
      'page.json': JSON.stringify({
        languages: ['en'],
        experiments: { hero: ['a', 'b'], price: ['low', 'high'] },
        flags: [],
        pages: Object.fromEntries(drawn),
      }),
      ...Object.fromEntries(drawn.map(([key, path]) => [path, `${key} `])),
    })
    nowMs += lookEveryMs
    const answer = await get('/', cookieOf('hero.b'))
    const { lf_page } = setBy(answer)
    expect(lf_page).toMatch(/^hero\.b-price\.(low|high)$/)
    expect(await keyOf(Promise.resolve(answer))).toBe(`en/${lf_page}`)
    expect(exposures[0]?.variants).toEqual({ price: lf_page!.split('price.')[1]! })
  })

  test('cookies of a site without https can be kept by browsers', async () => {
    const { get } = startProcess(undefined, 'http://localhost:8000')
    for (const line of (await get('/')).headers.getSetCookie()) expect(line).not.toContain('Secure')
  })
})

function buildOf(html: string): string {
  return createHash('sha256').update(html).digest('hex').slice(0, 16)
}
