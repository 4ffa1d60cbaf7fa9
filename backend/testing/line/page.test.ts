import { describe, expect, test } from 'bun:test'
import { resolveFlags } from '../../flags/resolve.ts'
import { theSystem } from '../../operators/audit.ts'
import { newOperatorKey } from '../../operators/operator-key.ts'
import { createOperatorKeys } from '../../postgres/operator-keys.ts'
import { until } from '../stage/faults.ts'
import { startFront } from '../stage/front.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const lines = await Promise.all([startLine({ env: services.env }), startLine({ env: services.env })])
for (const line of lines) atEnd(() => line.stop())
const ports = lines.map(({ origin }) => Number(new URL(origin).port))
const fronts = await Promise.all(ports.map((port) => startFront({ apiPorts: [port] })))
const withoutCache = await startFront({ apiPorts: ports, cache: 'off' })
const [front] = fronts as [(typeof fronts)[number]]

const key = newOperatorKey('page.test')
await createOperatorKeys(db).add(key.kept, { by: theSystem, action: 'key.made' })

const visitorId = 'abcdefghijklmnopqrstuv'
const visitorOf = (word: string, language = 'en') =>
  `lf_visitor=${visitorId}; lf_page=${word}; lf_language=${language}`

type Seen = Readonly<{
  status: number
  cache: string
  cacheControl: string
  cookies: Readonly<Record<string, string>>
  /** What the first bytes say, before any script could run. */
  language: string
  page: string
  config: Readonly<{
    language: string
    variants: Record<string, string>
    word: string
    flags: Record<string, boolean | number | string>
    preview: boolean
  }>
}>

async function look(url: string, headers: Record<string, string> = {}): Promise<Seen> {
  const response = await fetch(url, { headers, redirect: 'manual' })
  const html = await response.text()
  const first = html.slice(0, 200)
  const config = /<script type="application\/json" id="page-config">([^<]*)</.exec(html)?.[1]
  return {
    status: response.status,
    cache: response.headers.get('x-cache') ?? '',
    cacheControl: response.headers.get('cache-control') ?? '',
    cookies: Object.fromEntries(
      response.headers.getSetCookie().map((line) => line.split(';')[0]!.split('=') as [string, string]),
    ),
    language: /<html lang="(\w+)/.exec(first)?.[1] ?? '',
    page: /data-page="([^"]*)"/.exec(first)?.[1] ?? '',
    config: JSON.parse(config ?? '{}'),
  }
}

const returning = (origin: string, word: string) => look(`${origin}/`, { cookie: visitorOf(word) })

async function change(path: string, body?: unknown): Promise<{ live: boolean; processes: number }> {
  const response = await fetch(`${lines[0]!.origin}/api/admin/${path}`, {
    method: body === undefined ? 'DELETE' : 'PUT',
    headers: { authorization: `Bearer ${key.text}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  expect(response.status).toBe(200)
  return (await response.json()) as { live: boolean; processes: number }
}

describe.each([
  ['on', front],
  ['off', withoutCache],
])('with the cache of nginx %s', (_, { origin }) => {
  test('the first bytes hold the variant of the visitor', async () => {
    for (const word of ['hero.a', 'hero.b', 'hero.a', 'hero.b']) {
      const seen = await returning(origin, word)
      expect([seen.page, seen.config.word, seen.cookies]).toEqual([word, word, {}])
    }
  })

  test('a first visit has its variant in the first bytes and in its cookies', async () => {
    const words = new Set<string>()
    const visitors = new Set<string>()
    for (let visit = 0; visit < 24; visit++) {
      const { page, cookies, cacheControl } = await look(origin)
      expect(cookies.lf_page).toBe(page)
      expect(cacheControl).toBe('private, no-cache')
      words.add(page)
      visitors.add(cookies.lf_visitor!)
    }
    expect([...words].sort()).toEqual(['hero.a', 'hero.b'])
    expect(visitors.size).toBe(24)
  })

  test('a first visit speaks the language of the browser, and every other that of the cookie', async () => {
    const first = await look(origin, { 'accept-language': 'ku, fa-IR;q=0.9, en;q=0.8' })
    expect([first.language, first.cookies.lf_language]).toEqual(['fa', 'fa'])
    const again = await look(origin, { cookie: visitorOf('hero.a', 'fa'), 'accept-language': 'en' })
    expect(again.language).toBe('fa')
    const switched = await look(`${origin}/en`, { cookie: visitorOf('hero.a', 'fa') })
    expect([switched.language, switched.cookies]).toEqual(['en', { lf_language: 'en' }])
  })

  test('an operator sees a variant, and nobody keeps it', async () => {
    const url = `${origin}/?utm_source=x&variant=hero.b`
    for (const cookie of ['', visitorOf('hero.a')]) {
      const seen = await look(url, { cookie })
      expect([seen.page, seen.config.preview, seen.cookies]).toEqual(['hero.b', true, {}])
      expect(seen.cacheControl).toBe('private, no-cache')
    }
    expect((await returning(origin, 'hero.a')).page).toBe('hero.a')
  })
})

test('the service worker is asked of the API each time, a release or its end is there at once', async () => {
  const ask = (headers = {}) => fetch(`${front.origin}/sw.js`, { headers })
  const on = await ask()
  expect([on.status, on.headers.get('cache-control'), on.headers.get('x-cache')]).toEqual([
    200,
    'no-cache',
    null,
  ])
  expect(on.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(on.headers.get('content-security-policy')).toStartWith("default-src 'none'; connect-src 'self'")
  const etag = { 'if-none-match': on.headers.get('etag')! }
  expect((await ask(etag)).status).toBe(304)
  await change('flags/works_offline', { value: false })
  const off = await ask(etag)
  expect([off.status, off.headers.get('cache-control')]).toEqual([200, 'no-cache'])
  expect(await off.text()).toContain('registration.unregister()')
  await change('flags/works_offline')
  expect((await ask(etag)).status).toBe(304)
})

describe('a path of the campaign', () => {
  const { origin } = front

  test('is the page, in the visitor’s language and variant, kept like it and apart from it', async () => {
    const cookie = visitorOf('hero.b', 'fa')
    await until('a copy is found', async () => {
      const { cache, page, language } = await look(`${origin}/spring?utm_source=leaflet`, { cookie })
      expect([page, language]).toEqual(['hero.b', 'fa'])
      return cache === 'HIT'
    })
    const first = await look(`${origin}/spring`, { 'accept-language': 'fa' })
    expect([first.language, first.cookies.lf_language, first.cacheControl]).toEqual([
      'fa',
      'fa',
      'private, no-cache',
    ])
  })

  test.each(['/SPRING?utm_source=poster', '/Spring/?utm_source=poster', '/EN?utm_source=poster'])(
    '%s leads to its small letters, with all that follows',
    async (path) => {
      const response = await fetch(origin + path, { redirect: 'manual' })
      const small = /^[^?]*[a-z]/i.exec(path)![0].toLowerCase()
      expect([response.status, response.headers.get('location')]).toEqual([301, `${small}?utm_source=poster`])
    },
  )

  test.each(['/summer', '/spring/x', '/springs', '/SUMMER', '/spring%2f', '/spring;x'])(
    '%s is none, and no copy of anything',
    async (path) => {
      const response = await fetch(origin + path, { headers: { cookie: visitorOf('hero.a') } })
      expect(response.status).toBe(404)
      expect(response.headers.get('x-cache')).toBeNull()
    },
  )
})

describe('the cache of nginx', () => {
  const { origin } = front

  test('answers visitors of one variant with one copy, whatever the campaign', async () => {
    await until('a copy is found', async () => {
      const word = 'hero.b'
      await returning(origin, word)
      const { cache, page, cookies } = await look(`${origin}/?utm_campaign=${crypto.randomUUID()}`, {
        cookie: visitorOf(word),
      })
      expect([page, cookies]).toEqual([word, {}])
      return cache === 'HIT'
    })
  })

  test('never holds a cookie for somebody else', async () => {
    const visits = Array.from({ length: 60 }, (_, visit) =>
      look(
        origin,
        visit % 3 === 0 ? {} : { cookie: visit % 3 === 1 ? visitorOf('hero.a') : 'lf_page=hero.a' },
      ),
    )
    const seen = await Promise.all(visits)
    const given = seen.map(({ cookies }) => cookies.lf_visitor).filter(Boolean)
    expect(new Set(given).size).toBe(40)
    for (const { cache, cookies } of seen)
      if (Object.keys(cookies).length > 0) expect(['MISS', 'BYPASS', 'EXPIRED', '']).toContain(cache)
  })

  test.each([
    `LF_PAGE=hero.b; ${visitorOf('hero.a')}`,
    `lf_page=hero.b; ${visitorOf('hero.a')}`,
    `lf_page="hero.b"; ${visitorOf('hero.a')}`,
    `x=1,lf_page=hero.b; ${visitorOf('hero.a')}`,
  ])('keeps no page under the word of another: %s', async (cookie) => {
    for (let time = 0; time < 3; time++) {
      await look(origin, { cookie })
      for (const word of ['hero.a', 'hero.b']) expect((await returning(origin, word)).page).toBe(word)
    }
  })

  test.each(['hero.z', 'x'.repeat(600), 'hero.a-hero.b', '../hero.b', '%0a', 'hero.b hero.a'])(
    'keeps nothing for a word that means nothing: %s',
    async (word) => {
      for (let time = 0; time < 2; time++) {
        const { status, cookies, page } = await returning(origin, word)
        expect(status).toBe(200)
        expect(cookies.lf_page).toBe(page)
      }
    },
  )

  test('a HEAD is no visitor, and finds the page', async () => {
    const response = await fetch(origin, { method: 'HEAD' })
    expect([response.status, response.headers.getSetCookie()]).toEqual([200, []])
  })
})

describe('what an operator changes', () => {
  test('weights move nobody who has a variant', async () => {
    const moved = await change('experiments/hero', {
      variants: [
        { name: 'a', weight: 1 },
        { name: 'b', weight: 0 },
      ],
    })
    expect(moved).toMatchObject({ live: true, processes: 2 })
    for (const { origin } of [...fronts, withoutCache]) {
      for (const word of ['hero.a', 'hero.b']) expect((await returning(origin, word)).page).toBe(word)
      for (let visit = 0; visit < 10; visit++) expect((await look(origin)).page).toBe('hero.a')
    }
    await change('experiments/hero')
  })

  test('a flag shows with the very next page load on each process, new visitors or not', async () => {
    const seenBy = async () => {
      const seen: unknown[] = []
      for (const { origin } of fronts)
        for (const each of [
          await returning(origin, 'hero.a'),
          await returning(origin, 'hero.b'),
          await look(origin),
        ])
          seen.push([each.config.flags.consent_checkbox, each.config.flags.notice])
      return seen
    }
    const all = (...flags: unknown[]) => Array.from({ length: 6 }, () => flags)
    expect(await seenBy()).toEqual(all(false, ''))
    expect(await change('flags/consent_checkbox', { value: true })).toMatchObject({
      live: true,
      processes: 2,
    })
    expect(await seenBy()).toEqual(all(true, ''))
    await change('flags/notice', { value: '<b>Back at 5 pm</b>' })
    expect(await seenBy()).toEqual(all(true, '<b>Back at 5 pm</b>'))
    await change('flags/consent_checkbox', { killed: true })
    expect(await seenBy()).toEqual(all(false, '<b>Back at 5 pm</b>'))
    for (const name of ['consent_checkbox', 'notice']) await change(`flags/${name}`)
    expect(await seenBy()).toEqual(all(false, ''))
  }, 120_000)

  test('a roll-out that grows reaches who was left out before, while others keep the old page warm', async () => {
    const percents = [30, 60]
    const hasIt = (id: string, rolloutPercent: number) =>
      resolveFlags({ consent_checkbox: { value: true, rolloutPercent, killed: false } }, id).consent_checkbox
    const isLike = (...wanted: boolean[]) => {
      for (let number = 0; ; number++) {
        const id = String(number).padStart(22, '0')
        if (percents.every((percent, place) => hasIt(id, percent) === wanted[place])) return id
      }
    }
    const [moved, left] = [visitorWith(isLike(false, true)), visitorWith(isLike(false, false))]
    const sees = async ({ visit }: typeof moved) => (await visit()).config.flags.consent_checkbox
    for (const [place, percent] of percents.entries()) {
      await change('flags/consent_checkbox', { value: true, rollout_percent: percent })
      for (let time = 0; time < 3; time++) expect(await sees(left)).toBe(false)
      expect(await sees(moved)).toBe(place === 1)
      expect((await moved.visit()).cookies).toEqual({})
    }
    await change('flags/consent_checkbox')
    expect(await sees(moved)).toBe(false)
    expect((await moved.visit()).config.word).toBe('hero.a')
  }, 60_000)
})

/** A visitor of the first front with hero.a and cookies that are kept. */
function visitorWith(id: string) {
  const cookies = new Map([
    ['lf_visitor', id],
    ['lf_page', 'hero.a'],
    ['lf_language', 'en'],
  ])
  return {
    async visit(): Promise<Seen> {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const seen = await look(front.origin, { cookie })
      for (const [name, value] of Object.entries(seen.cookies)) cookies.set(name, value)
      return seen
    },
  }
}

describe('the page is there', () => {
  const everybodyGetsOne = async (caches?: readonly string[]) => {
    for (const { origin } of fronts) {
      for (const word of ['hero.a', 'hero.b']) {
        const seen = await returning(origin, word)
        expect([seen.status, seen.page, seen.cookies]).toEqual([200, word, {}])
        if (caches) expect(caches).toContain(seen.cache)
      }
      const first = await look(origin)
      expect(first.status).toBe(200)
      expect(['hero.a', 'hero.b']).toContain(first.page)
    }
  }

  test('without a worker', async () => {
    for (const { worker } of lines) await worker.kill()
    await everybodyGetsOne()
    for (const { worker } of lines) await worker.start()
  })

  test.each(['postgres', 'redis'] as const)('without %s', async (name) => {
    await services[name].kill()
    try {
      await everybodyGetsOne()
    } finally {
      await services[name].restart()
    }
  })

  test('when an API starts without Postgres: nobody is given a variant then, and who has one keeps it', async () => {
    const [line] = lines as [(typeof lines)[number], (typeof lines)[number]]
    await line.api.kill()
    await services.postgres.kill()
    try {
      await line.api.start()
      for (let visit = 0; visit < 8; visit++) {
        const seen = await look(line.origin)
        expect([seen.status, seen.page, seen.cookies]).toEqual([200, 'hero.a', {}])
      }
      for (const word of ['hero.a', 'hero.b']) expect((await returning(line.origin, word)).page).toBe(word)
    } finally {
      await services.postgres.restart()
    }
    const figures = await (await fetch(`${line.origin}/metrics`)).text()
    expect(figures).toMatch(/^page_fallback_renders_total\{reason="no_configuration"[^}]*\} 8$/m)
    await until(
      'variants are given again',
      async () => (await look(line.origin)).cookies.lf_page !== undefined,
    )
  })

  test('while an experiment is stopped: the first variant for all, and for who has one theirs again after it', async () => {
    await change('experiments/hero', { running: false })
    const newcomer = await look(front.origin)
    try {
      expect(newcomer.page).toBe('hero.a')
      expect(newcomer.cookies.lf_page).toBe('common')
      for (const { origin } of [front, withoutCache]) {
        const seen = await returning(origin, 'hero.b')
        expect([seen.page, seen.config.word, seen.cookies]).toEqual(['hero.a', 'hero.a', {}])
      }
    } finally {
      await change('experiments/hero')
    }
    for (const { origin } of [front, withoutCache])
      expect((await returning(origin, 'hero.b')).page).toBe('hero.b')
    const dealt = await look(front.origin, {
      cookie: `lf_visitor=${visitorId}; lf_page=common; lf_language=en`,
    })
    expect(dealt.cookies.lf_page).toBe(dealt.page)
  })

  test('when the API hangs: the copy of their variant for those who have one, the first for all others', async () => {
    await everybodyGetsOne()
    const [{ api }] = lines as [(typeof lines)[number], (typeof lines)[number]]
    await api.kill('SIGSTOP')
    try {
      const [known, first] = await Promise.all([returning(front.origin, 'hero.b'), look(front.origin)])
      expect([known.page, first.page, first.cache]).toEqual(['hero.b', 'hero.a', 'FALLBACK'])
    } finally {
      await api.kill('SIGCONT')
    }
  })

  test('without any API: the copy of their variant for those who have one, the first for all others', async () => {
    // The page for outages is kept by a request beside a first visit, which may end after it: the last ones come after.
    await look(`${front.origin}/fa`)
    await everybodyGetsOne()
    await everybodyGetsOne()
    for (const { api } of lines) await api.kill()
    try {
      await everybodyGetsOne(['STALE', 'HIT'])
      for (const { origin } of fronts) {
        const first = await look(origin)
        expect([first.cache, first.page, first.cookies]).toEqual(['FALLBACK', 'hero.a', {}])
        const unknown = await returning(origin, 'hero.b-film.on')
        expect([unknown.cache, unknown.page]).toEqual(['FALLBACK', 'hero.a'])
      }
      await until('the access log of nginx says so', () =>
        fronts.every(({ accessLog }) => accessLog().includes('"xCache":"FALLBACK"')),
      )
      expect((await look(`${front.origin}/fa`)).language).toBe('fa')
      expect((await look(`${front.origin}/`, { 'accept-language': 'fa' })).language).toBe('fa')
    } finally {
      for (const { api } of lines) await api.start()
    }
    await until(
      'nginx asks the API again',
      async () => (await look(front.origin)).cookies.lf_page !== undefined,
    )
  })
})
