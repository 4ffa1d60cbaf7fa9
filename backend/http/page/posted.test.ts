import { beforeEach, describe, expect, test } from 'bun:test'
import type { PageManifest } from '../../page/manifest.ts'
import { memoryApp } from '../../testing/stage/memory-app.ts'
import type { PostedForm } from '../leads/posted-form.ts'

const fill = (problem: string) => ({ phone_field: 'data-field', phone_problem: problem, delay: '' })
const manifest: PageManifest = {
  languages: ['en', 'fa'],
  experiments: { hero: ['a', 'b'] },
  flags: [],
  pages: { 'en/hero.a': '', 'en/hero.b': '', 'fa/hero.a': '', 'fa/hero.b': '' },
  freshForm: fill(''),
  postedForms: Object.fromEntries(
    ['en/hero.a', 'en/hero.b', 'fa/hero.a', 'fa/hero.b'].map((key) => [
      key,
      { invalid_phone: fill('Not whole'), rejected: fill('Not sent') },
    ]),
  ),
}
const template =
  '<input %phone_field%><p>%phone_problem%%delay%</p>%form_fields%<i %consent_field%></i>%config%'
const templates = new Map(Object.keys(manifest.pages).map((key) => [key, `${key} ${template}`]))
const host = 'localhost'

let site: Awaited<ReturnType<typeof memoryApp>>
let converted: PostedForm[]
let waitS: number

beforeEach(async () => {
  converted = []
  waitS = 0
  site = await memoryApp((deps) => ({
    ...deps,
    leads: { ...deps.leads, rateLimit: { take: () => waitS }, posted: (form) => converted.push(form) },
    page: {
      ...deps.page,
      built: {
        current: () => ({ source: { manifest, templates, withFilm: new Set() }, files: new Map() }),
        experiments: () => manifest.experiments,
      },
    },
  }))
})

const post = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  site.ask('/api/leads', {
    method: 'POST',
    headers: { host, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: String(new URLSearchParams(fields)),
  })
const configOf = (html: string) => JSON.parse(/<\/i>(.*)$/.exec(html)![1]!)

describe('a form that is refused without a script', () => {
  test('is answered by its page, with what is wrong and what was typed, and kept by nobody', async () => {
    const answer = await post(
      { phone: '0770 "<b>', language: 'fa', variant: 'hero.b', consent: 'v1' },
      { referer: `http://${host}/fa?utm_source=tv&q=private` },
    )
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([400, 'no-store'])
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(answer.headers.get('x-request-id')).toBeTruthy()
    const html = await answer.text()
    expect(html).toStartWith(
      'fa/hero.b <input data-field value="0770 &#34;&#60;b&#62;"><p>Not whole</p><input type="hidden" name="page" value="/fa?utm_source=tv"/><i checked>',
    )
    expect(configOf(html)).toMatchObject({
      word: 'hero.b',
      posted: { code: 'invalid_phone', page: '/fa?utm_source=tv' },
    })
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  test('keeps the variant of the visitor, and where the form said nothing the language of the browser', async () => {
    const cookie = 'lf_visitor=abcdefghijklmnopqrstuv; lf_page=hero.b; lf_language=en'
    expect(await (await post({ phone: '1' }, { cookie })).text()).toStartWith('en/hero.b ')
    expect(await (await post({ phone: '1' }, { 'accept-language': 'fa' })).text()).toStartWith('fa/hero.a ')
  })

  test('keeps the number, too, where it was refused before anybody read it', async () => {
    waitS = 7
    const answer = await post({ phone: '07700 900 123' })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7'])
    expect(await answer.text()).toContain('value="07700 900 123"><p>Not sent</p>')
  })

  test('of another site shows nothing of what that had the visitor send', async () => {
    const answer = await post({ phone: '07700 900 123' }, { origin: 'https://evil.example' })
    expect(answer.status).toBe(403)
    expect(await answer.text()).not.toContain('07700')
  })

  test('is answered as ever to programs', async () => {
    const answer = await post({ phone: '1' }, { accept: '*/*' })
    expect([answer.status, await answer.json()]).toEqual([400, { phone: ['invalid_phone'] }])
  })
})

describe('sent again from where it was refused', () => {
  const visitor = 'lf_visitor=abcdefghijklmnopqrstuv; lf_page=hero.b; lf_language=fa'
  const again = (page: string, headers: Record<string, string> = {}) =>
    post(
      { phone: '09121234567', page, language: 'fa' },
      { referer: `http://${host}/api/leads`, cookie: visitor, ...headers },
    )

  test('it goes back to its page, and counts for its campaign', async () => {
    const answer = await again('/fa?utm_source=tv')
    expect(answer.headers.get('location')).toBe('/fa?thanks=1#thanks')
    expect(converted).toMatchObject([{ url: '/fa', attribution: { utm_source: 'tv' } }])
  })

  test('it is still nothing but a look where an operator looks', async () => {
    const first = await post({ phone: '1' }, { referer: `http://${host}/?variant=hero.b`, cookie: visitor })
    const html = await first.text()
    expect(html).toContain('name="page" value="/?variant=hero.b"')
    expect(configOf(html)).toMatchObject({ preview: true, posted: { page: '/?variant=hero.b' } })
    await again('/?variant=hero.b')
    expect(converted).toEqual([])
  })

  test.each(['//evil.example/', 'https://evil.example/', '/%0d%0aset-cookie:x', '/nowhere/at/all'])(
    'it goes nowhere else, whatever it says: %s',
    async (page) => {
      expect((await again(page)).headers.get('location')).toBe('/fa?thanks=1#thanks')
    },
  )

  test('a page of this host goes before what the form says of it', async () => {
    const answer = await again('/fa?utm_source=tv', { referer: `http://${host}/en?utm_source=radio` })
    expect(answer.headers.get('location')).toBe('/en?thanks=1#thanks')
    expect(converted).toMatchObject([{ attribution: { utm_source: 'radio' } }])
  })
})
