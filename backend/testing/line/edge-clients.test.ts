import { describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { sql } from 'kysely'
import { rowsOf, submitTo, until } from '../stage/faults.ts'
import { startFront } from '../stage/front.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { rawRequest, sendRaw } from '../stage/raw-request.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const line = await startLine({ env: services.env, apiEnv: { PUBLIC_URL: 'https://promo.example.com' } })
atEnd(() => line.stop())
const apiPorts = [Number(new URL(line.origin).port)]
const front = await startFront({ apiPorts })
const secured = await startFront({
  apiPorts,
  balancer: '127.0.0.1',
  enabled: ['https-only.plain.conf', 'hsts-subdomains.http.conf'],
})
const doors = [
  ['nginx', front.origin],
  ['the API', line.origin],
] as const

const beenHere = 'lf_visitor=abcdefghijklmnopqrstuv; lf_page=hero.a; lf_language=en'

const post = (body: string, key: string = crypto.randomUUID()) =>
  `POST /api/leads HTTP/1.1\r\nHost: promo.example\r\nIdempotency-Key: ${key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

/** Sends a head, then a byte at a time. Resolves with how long the connection was open. */
function drip(origin: string, head: string, everyMs: number): Promise<number> {
  const { hostname, port } = new URL(origin)
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(head))
    const dripping = setInterval(() => socket.write(' '), everyMs)
    socket.resume()
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      clearInterval(dripping)
      resolve(performance.now() - startedAt)
    })
  })
}

describe.each(doors)('at the door of %s', (_, origin) => {
  test('a campaign of three long Persian texts, as programs escape them, comes with its lead', async () => {
    const phone = newPhone()
    const campaign = Object.fromEntries(
      ['utm_source', 'utm_medium', 'utm_campaign'].map((name) => [name, '\\u0641'.repeat(256)]),
    )
    const body = JSON.stringify({ phone, ...campaign, first_touch: campaign }).replaceAll('\\\\', '\\')
    expect(body.length).toBeGreaterThan(9_000)
    const { status } = await sendRaw(
      origin,
      rawRequest({ target: '/api/leads', host: 'promo.example', method: 'POST', body }),
    )
    expect(status).toBe(202)
    await until('it is stored', async () => (await rowsOf(db, [phone])).length === 1)
    const { rows } = await sql<Readonly<{ attribution: unknown }>>`
      select attribution from leads where phone = ${phone}`.execute(db)
    const kept = Object.fromEntries(Object.keys(campaign).map((name) => [name, 'ف'.repeat(256)]))
    expect(rows).toEqual([{ attribution: { ...kept, first: kept } }])
  })

  test('a HEAD has the length of the GET, and none of its body', async () => {
    const ask = async (method: string, path: string, encoding: string) => {
      const headers = { 'accept-encoding': encoding, cookie: beenHere }
      const answer = await fetch(origin + path, { method, headers, decompress: false })
      return { answer, body: Buffer.from(await answer.arrayBuffer()) }
    }
    const page = await ask('GET', '/en', 'identity')
    const assets = [...page.body.toString().matchAll(/"(\/assets\/[^"]+\.(?:js|svg))"/g)].map(
      ([, path]) => path!,
    )
    expect(assets.length).toBeGreaterThan(1)
    const paths = [
      ...[
        '/',
        '/en',
        '/privacy-en.html',
        '/robots.txt',
        '/favicon.ico',
        '/icon.svg',
        '/share-en.jpg',
        '/sw.js',
        '/admin',
        '/admin/leads',
      ],
      ...['/api/health', '/livez', '/readyz', '/api/config', '/api/docs/json', '/api/nothing', '/nothing'],
      ...['/media/nothing.jpg', '/media/nothing.mp4', ...new Set(assets)],
    ]
    for (const [path, encoding] of [
      ...paths.map((path) => [path, 'identity'] as const),
      ...['/', '/en', ...assets].map((path) => [path, 'gzip'] as const),
    ]) {
      const [get, head] = [await ask('GET', path, encoding), await ask('HEAD', path, encoding)]
      expect([path, head.answer.status, head.body.length]).toEqual([path, get.answer.status, 0])
      expect([path, encoding, Number(head.answer.headers.get('content-length'))]).toEqual([
        path,
        encoding,
        get.body.length,
      ])
    }
  })

  test('a refusal waits for the body, so that it is not lost on the way', async () => {
    const refused = async ([method, path, type, status]: readonly [string, string, string, string]) => {
      const { hostname, port } = new URL(origin)
      const socket = connect(Number(port), hostname)
      let answer = ''
      socket.on('data', (data) => {
        answer += data
      })
      socket.write(
        `${method} ${path} HTTP/1.1\r\nHost: a.example\r\nContent-Type: ${type}\r\nContent-Length: 2\r\n\r\n`,
      )
      await Bun.sleep(700)
      expect([method, path, answer]).toEqual([method, path, ''])
      socket.write('{}')
      await until(`${method} ${path} is answered`, () => answer !== '')
      expect([method, path, answer.split(' ', 2).join(' ')]).toEqual([method, path, `HTTP/1.1 ${status}`])
      socket.destroy()
    }
    await Promise.all(
      (
        [
          ['POST', '/api/leads', 'text/html', '415'],
          ['POST', '/api/events', 'text/html', '415'],
          ['PUT', '/api/admin/flags/film', 'application/json', '401'],
          ['POST', '/api/nothing', 'application/json', '404'],
          ['POST', '/api/health', 'application/json', '405'],
        ] as const
      ).map(refused),
    )
  })

  test('a body that takes a moment is taken', async () => {
    const { hostname, port } = new URL(origin)
    const body = JSON.stringify({ phone: newPhone() })
    const [head = ''] = post(body).split(body)
    const socket = connect(Number(port), hostname)
    socket.write(head)
    for (const part of [body.slice(0, 5), body.slice(5)]) {
      await Bun.sleep(1_500)
      socket.write(part)
    }
    const answer = await new Promise<string>((resolve) =>
      socket.once('data', (data) => resolve(String(data))),
    )
    socket.destroy()
    expect(answer).toStartWith('HTTP/1.1 202 ')
  })

  test('a thousand ranges get no more than the whole', async () => {
    const ranges = Array.from({ length: 1_000 }, (_, at) => `${at}-${at + 1}`).join(',')
    for (const target of ['/favicon.ico', '/']) {
      const many = await sendRaw(
        origin,
        rawRequest({ target, host: 'a.example', headers: [`Range: bytes=${ranges}`] }),
      )
      expect([target, many.status, /multipart/i.test(many.head)]).toEqual([target, 200, false])
    }
  })
})

test('a body that drips is cut at either door, wherever it is sent, and nobody else waits', async () => {
  const heads = [
    ['POST', '/api/leads', 3_000],
    ['POST', '/api/events', 20_000],
    ['PUT', '/api/admin/flags/film', 3_000],
    ['GET', '/', 3_000],
    ['POST', '/robots.txt', 3_000],
  ].map(
    ([method, path, length]) =>
      `${method} ${path} HTTP/1.1\r\nHost: a.example\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`,
  )
  const origins = doors.map(([, origin]) => origin)
  const open = Promise.all(
    origins.flatMap((origin) =>
      [2_000, 400].flatMap((everyMs) => heads.map((head) => drip(origin, head, everyMs))),
    ),
  )
  const answers: number[] = []
  while ((await Promise.race([open, Bun.sleep(250)])) === undefined)
    for (const origin of origins) answers.push((await submitTo(origin, newPhone())).status)
  expect(new Set(answers)).toEqual(new Set([202]))
  for (const openMs of await open) expect(openMs).toBeLessThan(40_000)
}, 60_000)

describe('submissions sent one behind the other, without waiting,', () => {
  const statusesIn = (received: string) =>
    [...received.matchAll(/(?:^|[}k\n])HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status)

  test('are each answered by nginx, in their order', async () => {
    const phones = [newPhone(), newPhone(), newPhone()]
    const bodies = [...phones, 'x', phones[0]!].map((phone) => JSON.stringify({ phone }))
    const last = rawRequest({ target: '/livez', host: 'promo.example' })
    const { head, body } = await sendRaw(front.origin, bodies.map((each) => post(each)).join('') + last)
    const received = `${head}\r\n\r\n${body}`
    expect(statusesIn(received)).toEqual(['202', '202', '202', '400', '200', '200'])
  })

  // Bun ends the connection there instead of letting the second wait for the first.
  test('are none of them lost or doubled where the API alone is asked', async () => {
    const phones = [newPhone(), newPhone()]
    await sendRaw(line.origin, phones.map((phone) => post(JSON.stringify({ phone }), phone)).join(''))
    for (const phone of phones) {
      const again = await submitTo(line.origin, phone, { key: phone })
      expect(again.status).toBe(202)
      expect(await submitTo(line.origin, phone, { key: phone })).toMatchObject({
        id: again.id!,
        replayed: true,
      })
      await until('it is stored', async () => (await rowsOf(db, [phone])).length > 0)
      expect(await rowsOf(db, [phone])).toHaveLength(1)
    }
  })
})

describe('a site that speaks HTTPS alone', () => {
  const ask = (target: string, host: string, headers: readonly string[] = []) =>
    sendRaw(secured.origin, rawRequest({ target, host, headers }))
  const sentTo = (head: string) => /^location: (.*?)\r?$/im.exec(head)?.[1]

  test.each([
    ['/', 'promo.example.com'],
    ['/en?utm_source=x', 'evil.example'],
    ['/livez/../api/leads', 'promo.example.com'],
    ['/livez/x', 'promo.example.com'],
    ['/livezx', 'promo.example.com'],
    ['/api/health/x', 'promo.example.com'],
    ['/.well-known/acme-challenge/../../api/leads', 'promo.example.com'],
    ['//evil.example/', 'evil.example'],
    ['/api/leads', '[::1]'],
  ])('sends %s of %s to its own name, and nowhere else', async (target, host) => {
    const { status, head } = await ask(target, host)
    expect([status, sentTo(head)]).toEqual([308, `https://promo.example.com${target}`])
  })

  test('answers probes and health as they come', async () => {
    for (const target of ['/livez', '/readyz/', '/healthz?x', '/api/health', '/api/health/'])
      expect([target, (await ask(target, '10.0.0.7')).status]).toEqual([target, 200])
  })

  const overHttps = ['X-Forwarded-Proto: https', 'X-Forwarded-For: 192.0.2.7']
  const setBy = (head: string) => [...head.matchAll(/^set-cookie: ([^=]+)=([^;]*)(.*?)\r?$/gim)]

  test('gives cookies that no neighbour in the domain can set, and keeps what those of plain names say', async () => {
    const first = await ask('/', 'promo.example.com', overHttps)
    const given = setBy(first.head)
    expect(given.map(([, name]) => name)).toEqual([
      '__Host-lf_visitor',
      '__Host-lf_page',
      '__Host-lf_language',
    ])
    for (const [, , , rest] of given)
      expect(rest).toBe('; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure')

    const values = given.map(([, name, value]) => [name!, value!] as const)
    const cookieOf = (before: string) =>
      `Cookie: ${values.map(([name, value]) => `${before}${name.slice(7)}=${value}`).join('; ')}`
    const renamed = await ask('/', 'promo.example.com', [...overHttps, cookieOf('')])
    expect(setBy(renamed.head).map(([, name, value]) => [name!, value!] as const)).toEqual(values)

    const seen: (string | undefined)[] = []
    for (let time = 0; time < 8; time++) {
      const again = await ask('/', 'promo.example.com', [...overHttps, cookieOf('__Host-')])
      expect([again.status, setBy(again.head)]).toEqual([200, []])
      seen.push(/^x-cache: (\w+)/im.exec(again.head)?.[1])
    }
    expect(seen).toContain('HIT')
    const other = values[1]![1] === 'hero.a' ? 'hero.b' : 'hero.a'
    const tossed = `${cookieOf('__Host-')}; lf_page=${other}`
    const { body } = await ask('/', 'promo.example.com', [...overHttps, tossed])
    expect(body).toContain(`data-page="${values[1]![1]}"`)
  })

  test('marks the cookie of a posted form in the same way', async () => {
    const body = `phone=${encodeURIComponent(newPhone())}`
    const { status, head } = await sendRaw(
      secured.origin,
      `POST /api/leads HTTP/1.1\r\nHost: promo.example.com\r\nConnection: close\r\nAccept: text/html\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n${overHttps.join('\r\n')}\r\n\r\n${body}`,
    )
    expect([status, setBy(head).map(([, name, value, rest]) => `${name}=${value}${rest}`)]).toEqual([
      303,
      ['__Host-lf_posted=1; Path=/; Max-Age=300; SameSite=Lax; Secure'],
    ])
  })

  test('tells browsers so for all names below it, where the operator has said so', async () => {
    const { status, head } = await ask('/', 'promo.example.com', overHttps)
    expect([status, /^strict-transport-security: (.*?)\r?$/im.exec(head)?.[1]]).toEqual([
      200,
      'max-age=63072000; includeSubDomains',
    ])
  })
})

test('other sites may show our pictures, and read nothing else', async () => {
  const policyOf = async (path: string, origin: string) =>
    (await fetch(origin + path)).headers.get('cross-origin-resource-policy')
  for (const [, origin] of doors) {
    for (const path of ['/favicon.ico', '/share-en.jpg', '/icon.svg'])
      expect([path, await policyOf(path, origin)]).toEqual([path, 'cross-origin'])
    for (const path of ['/', '/en'])
      expect([path, await policyOf(path, origin)]).toEqual([path, 'same-origin'])
  }
  for (const path of ['/api/config', '/api/health', '/nothing'])
    expect([path, await policyOf(path, front.origin)]).toEqual([path, 'same-origin'])
})
