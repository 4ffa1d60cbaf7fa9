import { afterAll, describe, expect, test } from 'bun:test'
import { until } from '../stage/faults.ts'
import { startFront } from '../stage/front.ts'

/** An API that says what it was told. */
const api = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: (request) =>
    new URL(request.url).pathname === '/api/health'
      ? Response.json({ ok: true })
      : Response.json({ cookie: request.headers.get('cookie'), id: request.headers.get('x-request-id') }),
})
afterAll(() => api.stop(true))
const front = await startFront({ apiPorts: [api.port!] })

const visitor = 'lf_visitor=abcdefghijklmnopqrstuv; lf_page=hero.b; lf_language=fa'
const ask = (path: string, headers: Record<string, string>, method = 'GET') =>
  fetch(front.origin + path, { method, headers })

describe('cookies that other parts of a site have left', () => {
  test.each([
    ['POST', '/api/leads'],
    ['GET', '/'],
  ])('stop no %s %s, and do not travel on', async (method, path) => {
    const cookie = `other=${'x'.repeat(15_000)}; ${visitor}`
    const response = await ask(path, { cookie }, method)
    expect([response.status, await response.json()]).toMatchObject([200, { cookie: visitor }])
  })

  test.each(['/assets/main.js', '/media/hero.jpg', '/media/film.mp4'])('stop no %s', async (path) => {
    expect((await ask(path, { cookie: 'x'.repeat(15_000) })).status).toBe(200)
  })

  test('past any measure get words in the language of the browser', async () => {
    const headers = { 'accept-language': 'fa-IR, en;q=0.5', accept: 'text/html', cookie: 'x'.repeat(40_000) }
    const response = await ask('/', headers)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('<html lang="fa" dir="rtl">')
  })
})

test('an address past any measure gets words, not a bare number', async () => {
  const response = await ask(`/?utm_term=${'x'.repeat(40_000)}`, {})
  expect(response.status).toBe(414)
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  expect(await response.text()).toContain('<h1>We could not read this request.</h1>')
})

describe('the name of a request', () => {
  const given = '7f3c9a10-balancer-4d21'
  const told = async ({ origin }: typeof front, name: string) => {
    const headers = { 'x-forwarded-for': '203.0.113.9', 'x-request-id': name }
    return ((await (await fetch(`${origin}/api/x`, { headers })).json()) as { id: string }).id
  }

  test('is the one that a trusted load balancer gave, for the API as in the log', async () => {
    const behind = await startFront({ apiPorts: [api.port!], balancer: '127.0.0.1' })
    expect(await told(behind, given)).toBe(given)
    for (const usual of [
      '0193b0f4-7d2a-7c31-9a4e-012345678901',
      'a1b2c3d4e5f60123456789abcdef0123',
      'Root=1-5759e988-bd862e3fe1be46a994272793',
    ])
      expect(await told(behind, usual)).toBe(usual)
    await until('the log has it', async () => behind.accessLog().includes(`"requestId":"${given}"`))
    const phones = ['989121234567', 'tel-989121234567', 'x+98912123', 'a0912.123.4567', 'id=0912-123-4567']
    for (const none of [...phones, 'a b c d e f g', '"},{"', 'x'.repeat(200)])
      expect(await told(behind, none)).toMatch(/^[0-9a-f]{32}$/)
  })

  test('is our own whoever else gives one', async () => {
    expect(await told(front, given)).toMatch(/^[0-9a-f]{32}$/)
  })
})
