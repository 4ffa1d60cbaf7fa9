import { beforeEach, describe, expect, test } from 'bun:test'
import { Elysia, NotFoundError, t } from 'elysia'
import { createLog } from '../log.ts'
import { anybody } from '../operators/operator-key.ts'
import { InvalidFields, InvalidInput, Problem, problemCodes, unavailable } from '../problem.ts'
import { type LogEntry, memoryApp } from '../testing/stage/memory-app.ts'
import { problemsForTest } from '../testing/stage/problems.ts'
import type { AppDeps } from './app.ts'
import { createProblemLog } from './problem-log.ts'
import { answerProblem, tellProblem } from './problems.ts'
import { createProxyTrust, type Peer } from './request/client-ip.ts'
import { createRequestIds } from './request/request-id.ts'

let entries: LogEntry[]
let problems: ReturnType<typeof problemsForTest>

beforeEach(() => {
  entries = []
  problems = problemsForTest((line) => entries.push(JSON.parse(line) as LogEntry))
})

const asked = (path = '/api/x', init: RequestInit = {}) => ({
  request: new Request(`http://localhost${path}`, init),
  server: null,
})
const answer = (error: unknown, path?: string) => answerProblem(problems, asked(path), error)
// biome-ignore lint/suspicious/noExplicitAny: answers are data from outside.
const bodyOf = async (response: Response): Promise<any> => response.json()

describe('the answer to a failure', () => {
  test.each(problemCodes)(
    '%s has a status of its own kind, and its request id is in the log',
    async (code) => {
      const response = answer(new Problem(code, 'In words.'))
      expect(response.status).toBeGreaterThanOrEqual(400)
      const { error } = await bodyOf(response)
      expect(error).toEqual({ code, message: 'In words.', requestId: response.headers.get('x-request-id') })
      expect(entries).toMatchObject([{ requestId: error.requestId, status: response.status, code }])
    },
  )

  test('to invalid fields is the fields, and its request id is a header', async () => {
    const response = answer(new InvalidFields({ phone: ['invalid_phone'] }))
    expect(response.status).toBe(400)
    expect(await bodyOf(response)).toEqual({ phone: ['invalid_phone'] })
    expect(entries).toMatchObject([
      {
        level: 'info',
        requestId: response.headers.get('x-request-id'),
        faults: { phone: ['invalid_phone'] },
      },
    ])
  })

  test('to a wrong part of a list names its place', async () => {
    const faults = { events: { 3: { event_type: ['unknown'] } } }
    expect(await bodyOf(answer(new InvalidInput(faults)))).toEqual(faults)
  })

  test.each([new TypeError('x is undefined'), 'a text', undefined, null, { code: 404 }])(
    'to what nobody foresaw, such as %p, says nothing of it, and the log says it as an error',
    async (thrown) => {
      const response = answer(thrown)
      expect(response.status).toBe(500)
      const text = await response.text()
      expect(text).toContain('"internal"')
      expect(text).not.toContain('undefined')
      expect(entries).toMatchObject([{ level: 'error', event: 'http.failed', requestId: expect.any(String) }])
      if (thrown instanceof Error) expect(JSON.stringify(entries)).toContain('x is undefined')
    },
  )

  test('to a store that is away says when to come again, and the log says why', async () => {
    const response = answer(unavailable('Later.', new Error('connect ECONNREFUSED')))
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await response.text()).not.toContain('ECONNREFUSED')
    expect(entries).toMatchObject([
      { level: 'warn', event: 'http.unavailable', cause: { error: 'connect ECONNREFUSED' } },
    ])
  })

  test('has the headers that the route gives all of its answers', () => {
    const headers = { 'cache-control': 'no-store', vary: 'Origin' }
    const response = answerProblem(problems, asked(), new Error(), headers)
    expect([response.headers.get('cache-control'), response.headers.get('vary')]).toEqual([
      'no-store',
      'Origin',
    ])
  })

  test('that a route gives in its own way is counted and written down all the same', () => {
    const told = tellProblem(problems, asked(), new Problem('proof_required', 'In words.'))
    expect(told).toMatchObject({ status: 403, problem: { code: 'proof_required' } })
    expect(entries).toMatchObject([{ level: 'info', requestId: told.requestId }])
  })
})

describe('what a client sent', () => {
  test('is not in the log at length, however long its names and its address', () => {
    const long = 'x'.repeat(16_000)
    const fields = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`${index}${long}`, ['unknown']]),
    )
    answer(new InvalidFields(fields), `/api/${long}?${long}`)
    expect(JSON.stringify(entries).length).toBeLessThan(4_000)
    expect(entries[0]!.level).toBe('info')
  })

  test('is never repeated where it could be a phone number, in the answer or in the log', async () => {
    const response = answer(
      new InvalidFields({ '+989121234567': ['unknown'] }),
      '/api/+989121234567?q=09121234567',
    )
    const text = (await response.text()) + JSON.stringify(entries)
    expect(text).not.toContain('9121234567')
  })

  test.each(['\ud835', `${'x'.repeat(63)}\u{1d573}`])(
    'is answered in whole characters, sent or cut in half',
    async (name) => {
      const text = await answer(new InvalidFields({ [name]: ['unknown'] })).text()
      expect(Object.keys(JSON.parse(text)).every((each) => each.isWellFormed())).toBe(true)
    },
  )

  test('under a name that objects have themselves is named like any other', async () => {
    const fields = Object.fromEntries([['__proto__', ['unknown']]])
    expect(await answer(new InvalidFields(fields)).text()).toBe('{"__proto__":["unknown"]}')
  })
})

describe('what the framework refuses', () => {
  const app = () =>
    new Elysia()
      .onError({ as: 'global' }, ({ error, request, server }) =>
        answerProblem(problems, { request, server }, error),
      )
      .post('/typed', ({ body }) => body, {
        body: t.Object({ name: t.String(), age: t.Integer() }, { additionalProperties: false }),
      })
      .get('/query', ({ query }) => query, { query: t.Object({ page: t.Numeric() }) })
      .get('/ours', () => ({ name: 7 }) as never, { response: t.Object({ name: t.String() }) })
      .get('/gone', () => {
        throw new NotFoundError()
      })
  const send = (path: string, body?: string) =>
    app().handle(
      new Request(`http://localhost${path}`, {
        ...(body !== undefined && { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
      }),
    )

  test.each([
    ['/typed', '{"age":1}', 400, { name: ['required'] }],
    ['/typed', '{"name":7,"age":"x"}', 400, { name: ['invalid'], age: ['invalid'] }],
    ['/typed', '[]', 400, expect.any(Object)],
    ['/query?page=x', undefined, 400, { page: ['invalid'] }],
    ['/query', undefined, 400, expect.any(Object)],
    [
      '/typed',
      '{"name":',
      400,
      { error: { code: 'invalid_json', message: expect.any(String), requestId: expect.any(String) } },
    ],
    [
      '/gone',
      undefined,
      404,
      expect.objectContaining({ error: expect.objectContaining({ code: 'not_found' }) }),
    ],
    [
      '/nowhere',
      undefined,
      404,
      expect.objectContaining({ error: expect.objectContaining({ code: 'not_found' }) }),
    ],
  ])(
    '%s with %p is %d in the words of the contract, and no error of ours',
    async (path, body, status, wanted) => {
      const response = await send(path, body)
      expect(response.status).toBe(status)
      expect(await bodyOf(response)).toEqual(wanted)
      expect(entries.map(({ level }) => level)).toEqual(['info'])
    },
  )

  test('of our own answer is a fault of ours', async () => {
    expect((await send('/ours')).status).toBe(500)
    expect(entries.map(({ level }) => level)).toEqual(['error'])
  })
})

test('a flood of failures is counted in full and written down by a sample that says how many it left out', () => {
  let nowMs = 0
  const written: LogEntry[] = []
  const log = createProblemLog(
    createLog({
      level: 'info',
      process: 'test',
      write: (line) => written.push(JSON.parse(line) as LogEntry),
    }),
    () => nowMs,
  )
  let counted = 0
  const flooded = { ...problems, log, metrics: { problem: () => void counted++ } }
  for (let index = 0; index < 5_000; index++)
    tellProblem(flooded, asked(), new Problem('rate_limited', 'Too many.'))
  expect(counted).toBe(5_000)
  expect(written.length).toBeLessThan(500)
  // Others are still heard.
  tellProblem(flooded, asked(), new Error('a fault of ours'))
  expect(written.at(-1)).toMatchObject({ level: 'error' })
  const before = written.length
  nowMs += 60_000
  tellProblem(flooded, asked(), new Problem('rate_limited', 'Too many.'))
  expect(written.at(-1)).toMatchObject({ code: 'rate_limited', leftOut: 5_000 - (before - 1) })
})

describe('the request id', () => {
  const trust = createProxyTrust(['10.0.0.0/8'])
  const idOf = createRequestIds(trust)
  const from = (address: string): Peer => ({ requestIP: () => ({ address }) })
  const ask = (id: string, address = '10.1.2.3') =>
    idOf(new Request('http://localhost/', { headers: { 'x-request-id': id } }), from(address))
  const ofNginx = '4cc8c8a4f0d2b9f6a1e7c3d5e9f0a1b2'

  test('is the one that a trusted proxy gave', () => {
    expect(ask(ofNginx)).toBe(ofNginx)
    expect(ask(ofNginx, '::ffff:10.1.2.3')).toBe(ofNginx)
    expect(ask('req_01HX:7/9=')).toBe('req_01HX:7/9=')
  })

  test('is none that anybody else gives', () => {
    expect(ask(ofNginx, '203.0.113.9')).not.toBe(ofNginx)
    expect(
      createRequestIds(createProxyTrust([]))(
        asked('/', { headers: { 'x-request-id': ofNginx } }).request,
        null,
      ),
    ).not.toBe(ofNginx)
  })

  test.each(['', ' ', 'a b', 'x'.repeat(129), '"}{"', '+989121234567', '0912-123-4567'])(
    'is not %p, whoever gives it',
    (id) => {
      expect(ask(id)).not.toBe(id)
    },
  )
})

describe('every route', () => {
  const broken = () => {
    throw new TypeError('nobody foresaw this')
  }
  const parts: readonly (readonly [path: string, init: RequestInit, (deps: AppDeps) => AppDeps])[] = [
    [
      '/api/config',
      {},
      (deps) => ({ ...deps, visitorFlags: { ...deps.visitorFlags, live: { current: broken } } }),
    ],
    [
      '/api/assign?visitor_id=v',
      {},
      (deps) => ({ ...deps, assign: { ...deps.assign, live: { ...deps.assign.live, current: broken } } }),
    ],
    [
      '/api/stats',
      {},
      (deps) => ({
        ...deps,
        stats: {
          ...deps.stats,
          firstExperiment: broken,
          door: { ...deps.stats.door, gate: async () => anybody },
        },
      }),
    ],
    [
      '/api/leads/01a1fd57-48ba-7000-9bd6-de0d31d5c61d/status',
      {},
      (deps) => ({
        ...deps,
        leads: {
          ...deps.leads,
          get lookups(): never {
            return broken()
          },
        },
      }),
    ],
    [
      '/api/leads',
      { method: 'POST', body: '{"phone":"+989121234567"}', headers: { 'content-type': 'application/json' } },
      (deps) => ({ ...deps, leads: { ...deps.leads, line: { ...deps.leads.line, submit: broken } } }),
    ],
    [
      '/api/events',
      {
        method: 'POST',
        body: '{"visitor_id":"v","event_type":"page_view"}',
        headers: { 'content-type': 'application/json' },
      },
      (deps) => ({ ...deps, events: { ...deps.events, collector: { collect: broken } } }),
    ],
    [
      '/',
      {},
      (deps) => ({ ...deps, page: { ...deps.page, built: { ...deps.page.built, current: broken } } }),
    ],
    ['/metrics', {}, (deps) => ({ ...deps, metrics: { scrape: broken } })],
    ['/readyz', {}, (deps) => ({ ...deps, health: { ...deps.health, refusesBecause: broken } })],
    [
      '/api/challenge',
      {},
      (deps) => ({ ...deps, leads: { ...deps.leads, proofs: { ...deps.leads.proofs, challenge: broken } } }),
    ],
  ]

  test.each(parts)(
    '%s answers what nobody foresaw with an id that the log has, as an error',
    async (path, init, change) => {
      const { ask, entriesOf, figure } = await memoryApp(change)
      const response = await ask(path, init)
      expect(response.status).toBe(500)
      const { error } = await bodyOf(response)
      expect(error.code).toBe('internal')
      expect(entriesOf(response)).toMatchObject([
        { level: 'error', event: 'http.failed', requestId: error.requestId, path: path.split('?')[0] },
      ])
      expect(await figure('http_problems_total.code="internal"')).toBe(1)
    },
  )
})
