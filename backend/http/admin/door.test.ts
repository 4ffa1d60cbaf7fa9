import { describe, expect, test } from 'bun:test'
import { Elysia } from 'elysia'
import { keyRights, type Right, type Role, rights, rightsOf, roles } from '../../operators/rights.ts'
import { confirmedForMs, lastsMs } from '../../operators/session.ts'
import { wideBudget } from '../../testing/stage/budget.ts'
import { memoryApp } from '../../testing/stage/memory-app.ts'
import { problemsForTest } from '../../testing/stage/problems.ts'
import { ownOriginRules } from '../request/cors.ts'
import { expectGuarded, operatorRoutes } from './door.ts'

const { app, ask, key, keyFor, cookieOf, entriesOf } = await memoryApp()

type Detail = Readonly<{ 'x-right'?: Right; security?: unknown }>
const all = app.routes
  .map(({ method, path, hooks }) => ({ method, path, detail: (hooks.detail ?? {}) as Detail }))
  .filter(({ path, detail }) => path.startsWith('/api/admin') || detail['x-right'] !== undefined)
  .map(({ method, path, detail }) => ({ method, path, right: detail['x-right']! }))
const open = all.filter(({ right }) => right === undefined)
const routes = all.filter(({ right }) => right !== undefined)

const own = 'http://localhost'
type Sent = Readonly<{ key?: string; cookie?: string; origin?: string }>
const askRoute = ({ method, path }: (typeof routes)[number], sent: Sent = {}) =>
  ask(path.replace(/:\w+/, path.includes(':id') ? crypto.randomUUID() : 'hero'), {
    method,
    headers: {
      'content-type': 'application/json',
      ...(sent.key && { authorization: `Bearer ${sent.key}` }),
      ...(sent.cookie && { cookie: sent.cookie }),
      ...(sent.origin && { origin: sent.origin }),
    },
    body: method === 'PUT' || method === 'POST' ? '{}' : undefined,
  })
const outcome = async (answer: Response) => {
  const { code } = answer.status < 400 ? { code: 'let in' } : ((await answer.json()) as { code?: string })
  return answer.status === 401 || answer.status === 403 ? `${answer.status} ${code}` : 'let in'
}

describe.each(routes)('$method $path', (route) => {
  const isChange = route.method !== 'GET'
  const code = (of: string) => (route.path.startsWith('/api/admin') ? of : 'undefined')

  test('names a right of the table', () => {
    expect(Object.keys(rights)).toContain(route.right)
  })

  test('is 401 without a key or a session, and with a session that is over or none', async () => {
    const answer = await askRoute(route)
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    for (const cookie of [await cookieOf('owner', lastsMs), 'lf_desk=x', `lf_desk=${'x'.repeat(43)}`])
      expect(await outcome(await askRoute(route, { cookie, origin: own }))).toBe(
        `401 ${code('unauthorized')}`,
      )
  })

  test.each([...roles])('lets a %s in exactly where their role has its right', async (role: Role) => {
    const cookie = await cookieOf(role)
    const expected = (rightsOf[role] as ReadonlySet<Right>).has(route.right)
      ? 'let in'
      : `403 ${code('forbidden')}`
    expect(await outcome(await askRoute(route, { cookie, origin: own }))).toBe(expected)
  })

  test('is 403 from a page of another origin, whoever asks; and to a browser that names no origin', async () => {
    const cookie = await cookieOf('owner')
    const expected = isChange ? '403 origin_not_allowed' : 'let in'
    expect(await outcome(await askRoute(route, { cookie }))).toBe(expected)
    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example'])
      expect(await outcome(await askRoute(route, { cookie, origin }))).toBe(expected)
    if (!keyRights.has(route.right)) return
    expect(await outcome(await askRoute(route, { key, origin: 'https://evil.example' }))).toBe(expected)
  })

  test('is 403 with a key that has every right but this one, and the log says which it lacks', async () => {
    const others = [...keyRights].filter((right) => right !== route.right)
    const answer = await askRoute(route, { key: await keyFor(...others) })
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ error: { code: 'forbidden' } })
    expect(entriesOf(answer)).toMatchObject([
      { level: 'info', right: route.right, operatorKeyId: expect.any(String) },
    ])
  })

  test('is answered with a key that has just this right, and with one for everything, where keys can have it', async () => {
    const canHave = keyRights.has(route.right)
    for (const brought of canHave ? [await keyFor(route.right), key] : [key])
      expect(await outcome(await askRoute(route, { key: brought }))).toBe(
        canHave ? 'let in' : '403 forbidden',
      )
  })

  test('a wrong key is not made good by a cookie', async () => {
    const cookie = await cookieOf('owner')
    expect(await outcome(await askRoute(route, { key: 'wrong', cookie, origin: own }))).toBe(
      `401 ${code('unauthorized')}`,
    )
  })
})

test('what is grave asks a person for their password once more, after a quarter of an hour', async () => {
  const asked: string[] = []
  for (const route of routes) {
    const cookie = await cookieOf('owner', confirmedForMs)
    const came = await outcome(await askRoute(route, { cookie, origin: own }))
    if (came === '403 confirmation_required') asked.push(`${route.method} ${route.path}`)
    else expect(came).toBe('let in')
  }
  expect(asked.sort()).toEqual([
    'DELETE /api/admin/operators/:id/sessions',
    'DELETE /api/admin/operators/invites/:id',
    'DELETE /api/admin/second-factor',
    'DELETE /api/admin/sessions',
    'DELETE /api/admin/sessions/:id',
    'POST /api/admin/erase-requests/:id/confirm',
    'POST /api/admin/erase-requests/:id/look',
    'POST /api/admin/erasures',
    'POST /api/admin/erasures/copy',
    'POST /api/admin/erasures/look',
    'POST /api/admin/exports',
    'POST /api/admin/operators',
    'POST /api/admin/operators/:id/reset',
    'POST /api/admin/second-factor',
    'POST /api/admin/second-factor/codes',
    'PUT /api/admin/operators/:id',
    'PUT /api/admin/password',
    'PUT /api/admin/second-factor',
  ])
})

test('without a right there are only the ways in, and a foreign page cannot go them either', async () => {
  expect(open.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /api/admin/session',
    'POST /api/admin/link',
    'POST /api/admin/link/use',
    'POST /api/admin/token',
    'GET /api/admin/elsewhere',
    'POST /api/admin/elsewhere',
    'POST /api/admin/elsewhere/use',
  ])
  for (const way of open.filter(({ method }) => method !== 'GET'))
    expect(await outcome(await askRoute(way, { origin: 'https://evil.example' }))).toBe(
      '403 origin_not_allowed',
    )
})

test('whoever names what they know is told that it has not changed, where they may ask at all', async () => {
  const headers = { authorization: `Bearer ${key}` }
  const first = await ask('/api/admin/flags', { headers })
  const known = { 'if-none-match': first.headers.get('etag')! }
  const again = await ask('/api/admin/flags', { headers: { ...headers, ...known } })
  expect([again.status, await again.text(), again.headers.get('cache-control')]).toEqual([
    304,
    '',
    'no-store',
  ])
  const compressed = { 'if-none-match': `W/${known['if-none-match']}` }
  expect((await ask('/api/admin/flags', { headers: { ...headers, ...compressed } })).status).toBe(304)
  expect((await ask('/api/admin/flags', { headers: known })).status).toBe(401)
  const change = {
    method: 'PUT',
    body: '{"killed":true}',
    headers: { ...headers, 'content-type': 'application/json' },
  }
  expect((await ask('/api/admin/flags/film', change)).status).toBe(200)
  expect((await ask('/api/admin/flags', { headers: { ...headers, ...known } })).status).toBe(200)
})

test('every right of the table opens some route', () => {
  expect(new Set(routes.map(({ right }) => right))).toEqual(new Set(Object.keys(rights) as Right[]))
})

test('every failure below /api/admin is a problem document, an address that is none among them', async () => {
  for (const path of ['/api/admin/flags', '/api/admin/nothing']) {
    const answer = await ask(path)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toMatchObject({
      ...{ type: 'about:blank', status: answer.status, title: expect.any(String) },
      ...{ code: expect.any(String), detail: expect.any(String) },
      requestId: answer.headers.get('x-request-id'),
    })
  }
})

test('a path that is named is never taken for an id, and says what it is for', async () => {
  for (const path of ['/api/admin/leads/next', '/api/admin/erasures/look', '/api/admin/erasures/copy']) {
    const answer = await ask(path, { headers: { authorization: `Bearer ${key}` } })
    expect([path, answer.status, answer.headers.get('allow')]).toEqual([path, 405, 'POST'])
  }
})

test('the API document says which right a route needs, and that it is refused without', async () => {
  const { paths } = (await (await ask('/api/docs/json')).json()) as {
    paths: Record<string, Record<string, { responses: object; security?: unknown; 'x-right'?: string }>>
  }
  for (const { method, path, right } of routes) {
    const described = paths[path.replace(/:(\w+)/, '{$1}')]![method.toLowerCase()]!
    expect(described).toMatchObject({
      'x-right': right,
      security: [{ operatorKey: [] }, { operatorSession: [] }],
    })
    expect(Object.keys(described.responses)).toEqual(expect.arrayContaining(['401', '403', '429', '503']))
  }
})

describe('a route beside the door', () => {
  const everywhere = ['/api/:room/leads', '/:any/admin/leads', '/api/*', '/*']
  test.each(['/api/admin', '/api/admin/leads', '/api/admin/leads/:id', ...everywhere])(
    'at %s keeps the API from starting',
    (path) => {
      const beside = new Elysia().get(path, () => 'everybody may read this', {
        detail: { 'x-right': 'flags.read' } as object,
      })
      expect(() => expectGuarded(beside)).toThrow(`GET ${path}`)
      expect(() => expectGuarded(new Elysia(), ['/', path])).toThrow(path)
    },
  )

  test('of everybody else is no matter', () => {
    const open = ['/', '/api/administer', '/assets/*', '/api/leads/:id/status']
    const app = new Elysia()
    for (const path of open) app.get(path, () => 'x')
    expect(() => expectGuarded(app, open)).not.toThrow()
  })

  test('cannot be written without a right of the table', () => {
    const door = operatorRoutes({
      gate: () => Promise.reject(new Error()),
      budget: wideBudget,
      origins: ownOriginRules(own),
      problems: problemsForTest(),
      nowMs: Date.now,
    })
    // @ts-expect-error: a right is missing, so this does not compile
    door.get('/api/admin/x', { detail: {} }, () => 'x')
    // @ts-expect-error: nor does a right that nobody can have
    door.get('/api/admin/y', { right: 'everything', detail: {} }, () => 'x')
    // @ts-expect-error: nor a way in that does not say that it is one
    door.enter('/api/admin/z', { detail: {} }, () => 'x')
    expect(door.routes.routes).toHaveLength(3)
  })
})
