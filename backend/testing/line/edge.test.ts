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
const visit = 'Cookie: lf_visitor=abcdefghijklmnopqrstuv; lf_page=hero.a; lf_language=en'
const ask = (target: string, of: Partial<Parameters<typeof rawRequest>[0]> = {}) =>
  sendRaw(front.origin, rawRequest({ target, host, headers: [visit], ...of }))
const page = async (target = '/') => {
  const { status, body } = await ask(target)
  expect([status, body.length > 10_000]).toEqual([200, true])
  return Bun.hash(body)
}

describe('nobody can put something else in the place of the page', () => {
  test.each([
    ['/robots.txt\\x/..', host],
    ['/robots.txt/..\\/', host],
    ['//', host],
    ['/./', host],
    ['/robots.txt/..', host],
    ['/%2e/', host],
    ['/en/..\\robots.txt', host],
    ['http://other.example/', host],
    [`http://${host}/robots.txt\\..\\`, host],
    ['/', 'a'],
    ['/', 'a/robots.txt?'],
    ['/', '1.2.3.4.5'],
    ['/#/robots.txt', host],
  ])('with the address %s and the Host %s', async (target, sent) => {
    const before = await page()
    await Bun.sleep(1_100)
    for (let time = 0; time < 3; time++) await ask(target, { host: sent })
    expect(await page()).toBe(before)
  })

  test.each([
    '/x\\..\\metrics',
    '/x/..\\metrics',
    '/x/..\\api\\leads',
    '/api//leads',
    '/a%2fb',
    '/a%5cb',
    '/a%00b',
    '/a/%2E%2e/b',
    '/a%252fb',
    '/\xC3\xA9',
    '/a"b',
    '/a#b',
    '/a/.',
    '/a//',
    'http://other.example/',
  ])('the address %p is refused in the words of a problem', async (target) => {
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

describe('whoever asks in an odd way', () => {
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

test('an API that is gone is passed over, whatever the number of its requests', async () => {
  await lines[1]!.api.kill()
  try {
    const answers = await Promise.all(Array.from({ length: 60 }, () => submitTo(front.origin, newPhone())))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202))
  } finally {
    await lines[1]!.api.start()
  }
})
