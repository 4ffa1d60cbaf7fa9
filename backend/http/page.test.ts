import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, unlink, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Elysia } from 'elysia'
import { makeSnapshot, noRows } from '../live/snapshot.ts'
import { createLog } from '../log.ts'
import { memoryPageCache } from '../memory/page-cache.ts'
import type { PageCache } from '../page/ports.ts'
import { createBuiltPage } from './built-page.ts'
import { pageRoutes } from './page.ts'
import { problemResponse } from './problems.ts'

const ttlMs = 60_000
const lookEveryMs = 1_000
const publicUrl = 'https://example.com'
const beenHere = 'lf_visitor=abcdefghijklmnopqrstuv; lf_page=common; lf_language=en'
const outside = 'not part of the build'

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

function serve(cache?: PageCache) {
  const log = createLog({ level: 'debug', process: 'test', write: (line) => lines.push(line) })
  const built = createBuiltPage({ distDir, cache, ttlMs, publicUrl, log, now: () => nowMs })
  const snapshot = makeSnapshot(noRows, {})
  const live = { current: () => snapshot, isLoaded: () => true }
  const app = new Elysia()
    .onError({ as: 'global' }, ({ error, code }) =>
      code === 'NOT_FOUND' ? new Response('no route', { status: 404 }) : problemResponse(error, 'test'),
    )
    .use(pageRoutes({ built, live, exposed() {}, metrics: { exposed() {}, fallback() {} }, publicUrl }))
  return (path: string, init?: RequestInit) => {
    const request = new Request(`http://localhost${path}`, init)
    request.headers.set('cookie', beenHere)
    return app.handle(request)
  }
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

function buildOf(html: string): string {
  return createHash('sha256').update(html).digest('hex').slice(0, 16)
}
