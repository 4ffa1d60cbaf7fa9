import { describe, expect, test } from 'bun:test'
import { Elysia } from 'elysia'
import { type Right, rights } from '../../operators/rights.ts'
import { memoryApp } from '../../testing/stage/memory-app.ts'
import { problemsForTest } from '../../testing/stage/problems.ts'
import { expectGuarded, operatorRoutes } from './door.ts'

const { app, ask, key, keyFor, entriesOf } = await memoryApp()

type Detail = Readonly<{ 'x-right'?: Right }>
const routes = app.routes
  .map(({ method, path, hooks }) => ({
    method,
    path,
    right: (hooks.detail as Detail | undefined)?.['x-right'],
  }))
  .filter(({ path, right }) => path.startsWith('/api/admin') || right !== undefined)

const askRoute = ({ method, path }: (typeof routes)[number], brought?: string) =>
  ask(path.replace(':key', 'hero'), {
    method,
    headers: { 'content-type': 'application/json', ...(brought && { authorization: `Bearer ${brought}` }) },
    body: method === 'PUT' ? '{}' : undefined,
  })

describe.each(routes)('$method $path', (route) => {
  test('names a right of the table', () => {
    expect(Object.keys(rights)).toContain(route.right!)
  })

  test('is 401 without a key', async () => {
    const answer = await askRoute(route)
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('is 403 with a key that has every right but this one, and the log says which it lacks', async () => {
    const others = (Object.keys(rights) as Right[]).filter((right) => right !== route.right)
    const answer = await askRoute(route, await keyFor(...others))
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ error: { code: 'forbidden' } })
    expect(entriesOf(answer)).toMatchObject([
      { level: 'info', right: route.right, operatorKeyId: expect.any(String) },
    ])
  })

  test('is answered with a key that has just this right, and with one for everything', async () => {
    for (const brought of [await keyFor(route.right!), key])
      expect([401, 403]).not.toContain((await askRoute(route, brought)).status)
  })
})

test('every right of the table opens some route', () => {
  expect(new Set(routes.map(({ right }) => right))).toEqual(new Set(Object.keys(rights) as Right[]))
})

test('the API document says which right a route needs, and that it is refused without', async () => {
  const { paths } = (await (await ask('/api/docs/json')).json()) as {
    paths: Record<string, Record<string, { responses: object; security?: unknown; 'x-right'?: string }>>
  }
  for (const { method, path, right } of routes) {
    const described = paths[path.replace(':key', '{key}')]![method.toLowerCase()]!
    expect(described).toMatchObject({ 'x-right': right, security: [{ operatorKey: [] }] })
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
    const door = operatorRoutes({ gate: () => Promise.reject(new Error()), problems: problemsForTest() })
    // @ts-expect-error: a right is missing, so this does not compile
    door.get('/api/admin/x', { detail: {} }, () => 'x')
    // @ts-expect-error: nor does a right that nobody can have
    door.get('/api/admin/y', { right: 'everything', detail: {} }, () => 'x')
    expect(door.routes.routes).toHaveLength(2)
  })
})
