import { describe, expect, test } from 'bun:test'
import { submitTo } from '../stage/faults.ts'
import { startFront } from '../stage/front.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { rawRequest, sendRaw } from '../stage/raw-request.ts'

const { services, atEnd } = await ownServices(['postgres', 'redis'])
// One site, whichever of them answers.
const ofOneSite = { env: services.env, apiEnv: { PUBLIC_URL: 'http://promo.example' } }
const lines = await Promise.all([startLine(ofOneSite), startLine(ofOneSite)])
for (const line of lines) atEnd(() => line.stop())
const front = await startFront({ apiPorts: lines.map(({ origin }) => Number(new URL(origin).port)) })

const host = new URL(front.origin).host
const doors = [
  ['nginx', front.origin],
  ['the API', lines[0]!.origin],
] as const
const visit = 'Cookie: lf_visitor=abcdefghijklmnopqrstuv; lf_page=hero.a; lf_language=en'
const ask = (target: string, of: Partial<Parameters<typeof rawRequest>[0]> = {}) =>
  sendRaw(front.origin, rawRequest({ target, host, headers: [visit], ...of }))
const page = async (of = host) => {
  const { status, body } = await ask('/', { host: of })
  expect([status, body.length > 10_000]).toEqual([200, true])
  return Bun.hash(body)
}

describe('nobody can put something else in the place of the page', () => {
  test.each([
    '/robots.txt\\x/..',
    '/robots.txt\\x/../',
    '/robots.txt/..\\/',
    '//',
    '/./',
    '/robots.txt/..',
    '/%2e/',
    '/en/..\\robots.txt/..',
    'http://NAME/robots.txt\\x/..',
    'http://other.example/robots.txt\\x/..',
    '/#/robots.txt',
  ])('with the address %s', async (target) => {
    // No copy is kept for a name that nobody has asked for.
    const name = `n${crypto.randomUUID()}.example`
    for (let time = 0; time < 3; time++) await ask(target.replace('NAME', name), { host: name })
    expect(await page(name)).toBe(await page())
  })

  test.each(['a', 'a/robots.txt?', '1.2.3.4.5', '../robots.txt', ''])('with the Host %s', async (sent) => {
    const before = await page()
    for (let time = 0; time < 3; time++) await ask(`http://${host}/`, { host: sent })
    expect(await page()).toBe(before)
  })

  test.each([
    '/x\\..\\metrics',
    '/x/..\\metrics',
    '/x/..\\api\\leads',
    '/api//leads',
    '/a%2fb',
    '/a%5cb',
    '/a%0bb',
    '/a/%2E%2e/b',
    '/a%252fb',
    '/a"b',
    '/a/.',
    '/a//',
  ])('there is nothing at %p, for nginx as for the API', async (target) => {
    const answer = await ask(target, { method: target.includes('leads') ? 'POST' : 'GET' })
    expect(answer.status).toBe(404)
    expect(answer.head.toLowerCase()).toContain('x-content-type-options: nosniff')
  })

  test.each(['/\xC3\xA9', '/a#b', 'http://other.example/', '/a%00b'])('%p is no address', async (target) => {
    const answer = await ask(target)
    expect(answer.status).toBe(400)
    expect(answer.head.toLowerCase()).toContain('x-content-type-options: nosniff')
  })

  test.each([
    ['/', 200],
    ['/?utm_source=a\\b{c}|d%20\xC3\xA9?e/../f//g', 200],
    ['/en', 200],
    [`http://${host}/en?x`, 200],
    ['/api/health', 200],
    ['/robots.txt', 200],
    ['/no;such@file,+~%20', 404],
  ])('the address %p is answered', async (target, status) => {
    expect((await ask(target)).status).toBe(status)
  })
})

async function describedPaths(): Promise<string[]> {
  const document = (await (await fetch(`${lines[0]!.origin}/api/docs/json`)).json()) as {
    paths: Record<string, Record<string, unknown>>
  }
  return Object.keys(document.paths).map((path) => path.replaceAll(/\{[^}]+\}/g, 'x').replace('*', 'x'))
}

describe('whoever asks in an odd way', () => {
  test('is told at the edge of no fewer methods than the address has', async () => {
    for (const path of await describedPaths()) {
      const of = { target: path, host, method: 'TRACE' }
      const [edge, api] = await Promise.all(
        [front, lines[0]!].map(async ({ origin }) => {
          const { head } = await sendRaw(origin, rawRequest(of))
          return /^allow: (.*?)\r?$/im.exec(head)?.[1]?.split(', ') ?? []
        }),
      )
      expect([path, api!.filter((method) => !edge!.includes(method))]).toEqual([path, []])
    }
  })

  test.each(['FOO', 'G', 'PROPFIND', 'TRACE', 'CONNECT', 'X-Y'])(
    'with the method %s is told which are taken, and nobody else notices',
    async (method) => {
      const phones = Array.from({ length: 25 }, newPhone)
      const seen: number[] = []
      for (const phone of phones) {
        const odd = await Promise.all([1, 2, 3, 4].map(() => ask('/', { method })))
        for (const { status, head } of odd) {
          expect(status).toBe(405)
          expect(head).toMatch(/^allow: GET, HEAD\r?$/im)
        }
        seen.push((await submitTo(front.origin, phone)).status)
      }
      expect(seen).toEqual(phones.map(() => 202))
    },
  )

  test('without a Host, as probes of HTTP/1.0 do, is answered', async () => {
    const { status } = await sendRaw(front.origin, 'GET /readyz HTTP/1.0\r\n\r\n')
    expect(status).toBe(200)
  })
})

describe('an API without anything in front', () => {
  const direct = (target: string, of: Partial<Parameters<typeof rawRequest>[0]> = {}) =>
    sendRaw(lines[0]!.origin, rawRequest({ target, host, ...of }))

  test.each(['api', 'a', 'ab', 'abc', 'api.default.svc.cluster.local'])(
    'finds every path under the name %s',
    async (name) => {
      for (const target of ['/readyz', '/api/health', '/robots.txt', '/en', '/api/config?visitor_id=x', '/'])
        expect([target, (await direct(target, { host: name })).status]).toEqual([target, 200])
      expect((await direct('/robots.txt/en', { host: name })).status).toBe(404)
    },
  )

  test.each(['1.2.3.4.5', 'a/b', 'a b', '[::1', '', 'x/metrics?', 'a:99999'])(
    'refuses whatever is asked under the Host %p, and is not at fault',
    async (name) => {
      for (const target of [
        '/api/config?visitor_id=x',
        '/api/assign?visitor_id=x',
        '/api/stats?from=x',
        '/?variant=hero.b',
        '/api/leads/01a1fd57-50f8-7000-8b2c-e3f596af6720/status',
        '/abcdefg/metrics',
      ])
        expect([target, (await direct(target, { host: name })).status]).toEqual([target, 400])
      expect(lines[0]!.api.output()).not.toContain('http.failed')
    },
  )

  test('says of every address what it is for, whatever the method', async () => {
    const described = await describedPaths()
    const others = [
      '/health',
      '/healthz',
      '/metrics',
      '/api/e',
      '/api/submit/',
      '/robots.txt',
      '/en',
      '/api/docs',
    ]
    for (const path of new Set([...described, ...others]))
      for (const method of ['TRACE', 'PROPFIND', 'PATCH']) {
        const { status, head } = await direct(path, { method })
        expect([path, method, status]).toEqual([path, method, 405])
        expect([path, /^allow: (.*?)\r?$/im.exec(head)?.[1]?.includes(method)]).toEqual([path, false])
      }
    for (const path of ['/livez', '/metrics']) {
      const answer = await fetch(lines[0]!.workerOrigin + path, { method: 'POST' })
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    }
    expect((await direct('/nothing', { method: 'TRACE' })).status).toBe(404)
  })

  test('shows its figures to nobody who came through a proxy, nor does the worker', async () => {
    for (const origin of [lines[0]!.origin, lines[0]!.workerOrigin]) {
      expect((await fetch(`${origin}/metrics`)).status).toBe(200)
      for (const name of ['X-Forwarded-For', 'Forwarded', 'Via', 'X-Real-IP', 'CF-Connecting-IP'])
        expect((await fetch(`${origin}/metrics`, { headers: { [name]: '192.0.2.1' } })).status).toBe(404)
    }
  })
})

test('no flood of made-up names and languages takes the page for outages away', async () => {
  const asking = (name: string, language: string) =>
    ask('/', { host: name, headers: [`Accept-Language: ${language}`] })
  for (const language of ['fa', 'en']) expect((await asking(host, language)).status).toBe(200)
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  for (let round = 0; round < 40; round++)
    await Promise.all(
      Array.from({ length: 50 }, (_, at) => {
        const made = letters[round % 26]! + letters[at % 26]!
        return asking(`v${round}-${at}.example`, at % 2 ? made : made.toUpperCase())
      }),
    )
  for (const { api } of lines) await api.kill()
  try {
    for (const [language, start] of [
      ['fa', '<html lang="fa'],
      ['en', '<html lang="en'],
      ['', '<html lang="en'],
    ] as const)
      for (const name of [host, 'never-asked.example']) {
        const { status, head, body } = await asking(name, language)
        expect([status, body.includes(start)]).toEqual([200, true])
        expect(head).toContain('X-Cache: FALLBACK')
      }
  } finally {
    for (const { api } of lines) await api.start()
  }
}, 120_000)

test('an API that is gone is passed over, whatever the number of its requests', async () => {
  await lines[1]!.api.kill()
  try {
    const answers = await Promise.all(Array.from({ length: 60 }, () => submitTo(front.origin, newPhone())))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202))
  } finally {
    await lines[1]!.api.start()
  }
})

describe('who sends a body is told what everybody is told', () => {
  const send = async (target: string, of: Partial<Parameters<typeof rawRequest>[0]> = {}) => {
    const body = '{"phone":"+989121234567"}'
    const answer = await sendRaw(front.origin, rawRequest({ target, host, method: 'POST', body, ...of }))
    const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(answer.head)?.[1]?.trim()
    return { ...answer, header }
  }

  test.each(doors)('where nothing takes one, %s says what the address is for', async (_, origin) => {
    const targets = [
      '/',
      '/?a=b',
      '/en',
      '/livez',
      '/readyz',
      '/robots.txt',
      '/favicon.ico',
      '/privacy-en.html',
    ]
    for (const target of targets)
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
        for (const body of ['', 'ab', 'x'.repeat(9_000)]) {
          const answer = await sendRaw(origin, rawRequest({ target, host, method, body }))
          const allow = /^allow: (.*?)\r?$/im.exec(answer.head)?.[1]
          expect([method, target, body.length, answer.status, allow]).toEqual([
            ...[method, target, body.length, 405, 'GET, HEAD'],
          ])
        }
    for (const target of [
      '/unknown',
      '/en/unknown',
      '/assets/none.js',
      '/admin/assets/none',
      '/.well-known/x',
    ])
      for (const method of ['POST', 'PUT', 'OPTIONS'])
        for (const body of ['', 'ab', 'x'.repeat(9_000), 'x'.repeat(20_000)]) {
          const { status, head } = await sendRaw(origin, rawRequest({ target, host, method, body }))
          const told = [method, target, body.length, status, /^allow:/im.test(head)]
          expect(told).toEqual([method, target, body.length, 404, false])
        }
    const chunked = rawRequest({
      target: '/en',
      host,
      method: 'POST',
      headers: ['Transfer-Encoding: chunked'],
    })
    expect((await sendRaw(origin, `${chunked}5\r\nhello\r\n0\r\n\r\n`)).status).toBe(405)
  })

  test('an address or a Host that nothing reads, without a body or with one', async () => {
    for (const body of ['', 'ab']) {
      for (const target of [
        '/metrics',
        '/a%2fb',
        '/x\\..\\metrics',
        '/_error/unreadable.html%20\\..',
        '/_warm%0a\\x',
        '/_warm',
      ])
        expect([target, body, (await send(target, { body })).status]).toEqual([target, body, 404])
      for (const target of ['/', '/_warm', '/_error/too_long.html'])
        expect([target, body, (await send(target, { body, host: '1.2.3.4.5' })).status]).not.toEqual([
          target,
          body,
          200,
        ])
      expect((await send('/', { body, host: '1.2.3.4.5' })).status).toBe(400)
    }
    expect((await send(`/${'x'.repeat(20_000)}`, { body: '' })).status).toBe(414)
  })

  test('and the next request on the same connection is answered', async () => {
    const one = rawRequest({ target: '/en', host, method: 'POST', body: '{"a":1}' }).replace(
      'Connection: close\r\n',
      '',
    )
    const answers = await sendRaw(front.origin, one + rawRequest({ target: '/livez', host }))
    expect(answers.status).toBe(405)
    expect(answers.body).toContain('HTTP/1.1 200 OK')
  })

  test('a method that is none', async () => {
    const { status, header } = await send('/api/leads', { method: 'FOO' })
    expect([status, header('allow')]).toEqual([405, expect.any(String)])
  })

  test('an address or a Host that cannot be read', async () => {
    expect((await send('/api/leads//')).status).toBe(404)
    const { status, header } = await send('/api/leads', { host: '1.2.3.4.5' })
    expect([status, header('x-request-id')?.length]).toEqual([400, 32])
  })

  test('a body past any measure', async () => {
    const { status } = await send('/api/leads', { body: 'x'.repeat(20_000) })
    expect(status).toBe(413)
  })

  test('nobody can answer: come again, in the words of whoever asks', async () => {
    for (const { api } of lines) await api.kill()
    try {
      for (const target of ['/api/leads', '/api/events']) {
        const { status, header, body } = await send(target)
        expect([status, header('retry-after')]).toEqual([503, '5'])
        expect(JSON.parse(body).error).toMatchObject({
          code: 'unavailable',
          requestId: header('x-request-id')!,
        })
      }
      const page = await send('/en')
      expect([page.status, page.header('retry-after')]).toEqual([503, '5'])
      const form = await send('/api/leads', { headers: ['Accept: text/html', 'Accept-Language: fa'] })
      expect([form.status, form.body]).toEqual([503, expect.stringContaining('<html lang="fa" dir="rtl">')])
    } finally {
      for (const { api } of lines) await api.start()
    }
  })
})
