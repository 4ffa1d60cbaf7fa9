import { beforeEach, describe, expect, test } from 'bun:test'
import { Elysia } from 'elysia'
import { newExperiment } from '../../experiments/experiment.ts'
import { variantFor } from '../../experiments/variant-for.ts'
import { createLive } from '../../live/live.ts'
import { createLog } from '../../log.ts'
import { memoryAssignments } from '../../memory/assignments.ts'
import { memoryLiveStore } from '../../memory/live-store.ts'
import { memoryOperatorKeys } from '../../memory/operator-keys.ts'
import { theSystem } from '../../operators/audit.ts'
import { newOperatorKey } from '../../operators/operator-key.ts'
import type { Exposure } from '../../page/ports.ts'
import { wideBudget } from '../../testing/stage/budget.ts'
import { problemsForTest } from '../../testing/stage/problems.ts'
import { adminExperimentRoutes } from '../admin/experiments.ts'
import { adminFlagRoutes } from '../admin/flags.ts'
import { createOperatorGate } from '../admin/operator-key.ts'
import { answerProblem, type ProblemDeps } from '../problems.ts'
import { corsRules } from '../request/cors.ts'
import { assignRoutes } from './assign.ts'
import { visitorFlagRoutes } from './visitor-flags.ts'

const page = { hero: ['a', 'b'] }
const made = newOperatorKey('')
const cors = corsRules(['https://app.example.com'], 'https://promo.example.com')

let store: ReturnType<typeof memoryLiveStore>
let assignments: ReturnType<typeof memoryAssignments>
let live: ReturnType<typeof createLive>
let lines: string[]
let exposures: Exposure[]
let problems: ProblemDeps
let app: Elysia
let mayRecord: boolean

beforeEach(async () => {
  store = memoryLiveStore()
  assignments = memoryAssignments()
  live = createLive({ store, pageExperiments: () => page, pollEveryMs: 60_000 })
  await live.reload()
  lines = []
  exposures = []
  mayRecord = true
  problems = problemsForTest((line) => lines.push(line))
  const keys = memoryOperatorKeys()
  await keys.add(made.kept, { by: theSystem, action: 'key.made' })
  const admin = {
    door: {
      ...{ problems, budget: wideBudget, origins: cors, nowMs: Date.now },
      gate: createOperatorGate({
        ...{ keys, tokens: { read: () => undefined } },
        clientAddress: () => '192.0.2.1',
        refusals: { take: () => 0 },
        refused() {},
        nowMs: () => 0,
      }),
    },
    live,
    editor: store,
    announce: async (version: number) => ({
      version: await live.reload(),
      live: true,
      processes: version && 2,
    }),
    pageExperiments: () => page,
    log: createLog({ level: 'info', process: 'test', write: (line) => lines.push(line) }),
  }
  app = new Elysia()
    .onError({ as: 'global' }, ({ error, request, server }) =>
      answerProblem(problems, { request, server }, error),
    )
    .use(visitorFlagRoutes({ live, cors, problems }))
    .use(
      assignRoutes({
        live,
        assignments,
        exposed: (exposure) => exposures.push(exposure),
        mayRecord: () => mayRecord,
        cors,
        problems,
      }),
    )
    .use(adminFlagRoutes({ ...admin, audit: { list: async () => [] } }))
    .use(adminExperimentRoutes(admin)) as unknown as Elysia
})

const get = (path: string, headers: Record<string, string> = {}) =>
  app.handle(new Request(`http://localhost${path}`, { headers }))
const operate = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  app.handle(
    new Request(`http://localhost/api/admin${path}`, {
      method,
      headers: {
        authorization: `Bearer ${made.text}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }),
  )
// biome-ignore lint/suspicious/noExplicitAny: answers are data from outside.
const bodyOf = async (answer: Response): Promise<any> => answer.json()

describe('GET /api/config', () => {
  test('gives the flags and their version, and is asked for every time', async () => {
    await operate('PUT', '/flags/notice', { value: 'hello' })
    const answer = await get('/api/config')
    expect(answer.headers.get('cache-control')).toBe('private, no-cache')
    expect(await bodyOf(answer)).toEqual({ version: 1, flags: live.current().flagsFor(undefined) })
  })

  test('is 304 for a client that has it, until something changes', async () => {
    const etag = (await get('/api/config')).headers.get('etag')!
    expect((await get('/api/config', { 'if-none-match': etag })).status).toBe(304)
    await operate('PUT', '/flags/film', { value: false })
    expect((await get('/api/config', { 'if-none-match': etag })).status).toBe(200)
  })

  test('knows the visitor by the address or the cookie, so that a roll-out is the same everywhere', async () => {
    await operate('PUT', '/flags/consent_checkbox', { value: true, rollout_percent: 50 })
    const consentOf = async (path: string, cookie = '') =>
      (await bodyOf(await get(path, cookie ? { cookie } : {}))).flags.consent_checkbox
    const given = new Set<boolean>()
    for (let index = 0; index < 20; index++) {
      const visitor = `visitor-${index}`.padEnd(22, '_')
      const consent = await consentOf(`/api/config?visitor_id=${visitor}`)
      expect(consent).toBe(live.current().flagsFor(visitor).consent_checkbox)
      expect(await consentOf('/api/config', `a=b; lf_visitor=${visitor}; lf_page=hero.a`)).toBe(consent)
      given.add(consent)
    }
    expect(given.size).toBe(2)
    expect(await consentOf('/api/config')).toBe(false)
  })

  test('refuses a visitor_id that cannot be one', async () => {
    const answer = await get('/api/config?visitor_id=a%20b')
    expect(answer.status).toBe(400)
    expect(await bodyOf(answer)).toEqual({ visitor_id: ['invalid'] })
  })
})

describe('GET /api/assign', () => {
  test('gives the variants of a visitor, the first experiment of the page on top', async () => {
    await operate('PUT', '/experiments/price', { variants: [{ name: 'low', weight: 1 }] })
    const answer = await get('/api/assign?visitor_id=v-1')
    const hero = variantFor(newExperiment('hero', ['a', 'b']), 'v-1')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await bodyOf(answer)).toEqual({
      visitor_id: 'v-1',
      experiment: 'hero',
      variant: hero,
      assignments: { hero, price: 'low' },
    })
    expect(await bodyOf(await get('/api/assign?visitor_id=v-1&experiment=price'))).toMatchObject({
      experiment: 'price',
      variant: 'low',
    })
  })

  test('exposes whom it gives a variant, and nobody twice', async () => {
    const headers = { 'user-agent': 'Firefox', referer: 'https://app.example.com/' }
    const { assignments: given } = await bodyOf(await get('/api/assign?visitor_id=v-1', headers))
    await get('/api/assign?visitor_id=v-1', headers)
    expect(exposures).toEqual([
      {
        visitorId: 'v-1',
        variants: given,
        url: 'http://localhost/api/assign?visitor_id=v-1',
        referrer: 'https://app.example.com/',
        userAgent: 'Firefox',
      },
    ])
    assignments.away = true
    await get('/api/assign?visitor_id=v-2', headers)
    expect(exposures).toHaveLength(1)
  })

  test('gives a visitor of the page what the page has shown them, and nobody else', async () => {
    for (let index = 0; index < 10; index++) {
      const visitor = `visitor-${index}`.padEnd(22, '_')
      const other = variantFor(newExperiment('hero', ['a', 'b']), visitor) === 'a' ? 'b' : 'a'
      const of = async (named: string) => {
        const cookie = `lf_visitor=${visitor}; lf_page=hero.${other}`
        return (await bodyOf(await get(`/api/assign?visitor_id=${named}`, { cookie }))).variant
      }
      expect(await of(visitor)).toBe(other)
      expect(await of(`${index}`)).toBe(variantFor(newExperiment('hero', ['a', 'b']), `${index}`))
    }
    expect(exposures.every(({ visitorId }) => !visitorId.startsWith('visitor'))).toBe(true)
  })

  test('may be read by the pages that may submit', async () => {
    const answer = await get('/api/assign?visitor_id=v-1', { origin: 'https://app.example.com' })
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example.com')
  })

  test('gives what was given first after the weights have changed', async () => {
    const variantsNow = () =>
      Promise.all(
        Array.from(
          { length: 40 },
          async (_, index) => (await bodyOf(await get(`/api/assign?visitor_id=v-${index}`))).variant,
        ),
      )
    const before = await variantsNow()
    await operate('PUT', '/experiments/hero', { variants: [{ name: 'b', weight: 1 }] })
    expect(live.current().experiments.get('hero')?.variants[0]?.weight).toBe(0)
    expect(await variantsNow()).toEqual(before)
  })

  test('says that nothing was stored while assignments are away, with the variant all the same', async () => {
    const before = await bodyOf(await get('/api/assign?visitor_id=v-1'))
    assignments.away = true
    expect(await bodyOf(await get('/api/assign?visitor_id=v-1'))).toEqual({ ...before, stored: false })
  })

  test.each([
    ['without a visitor_id', '/api/assign', { visitor_id: ['required'] }],
    ['with one that cannot be', '/api/assign?visitor_id=a%20b', { visitor_id: ['invalid'] }],
    ['for an experiment nobody made', '/api/assign?visitor_id=v-1&experiment=x', { experiment: ['unknown'] }],
  ])('is 400 %s', async (_, path, faults) => {
    const answer = await get(path)
    expect(answer.status).toBe(400)
    expect(await bodyOf(answer)).toEqual(faults)
  })

  test('is computed for a visitor whom nobody may keep, and leaves nothing', async () => {
    mayRecord = false
    const { stored, variant } = await bodyOf(await get('/api/assign?visitor_id=stranger'))
    expect(stored).toBe(false)
    expect(page.hero).toContain(variant)
    expect(exposures).toEqual([])
    mayRecord = true
    expect((await bodyOf(await get('/api/assign?visitor_id=stranger'))).stored).toBeUndefined()
    expect(exposures).toHaveLength(1)
  })

  test.each([
    ['a page that is drawn before anybody opens it', 'GET', { 'sec-purpose': 'prefetch;prerender' }],
    ['a prefetch', 'GET', { 'sec-purpose': 'prefetch' }],
    ['a HEAD', 'HEAD', {}],
  ] as const)(
    'gives nothing for good to %s, and the same to whoever opens it',
    async (_, method, headers) => {
      const ask = (how: RequestInit = {}) =>
        app.handle(new Request('http://localhost/api/assign?visitor_id=v-1', how))
      const ahead = await ask({ method, headers })
      expect(exposures).toEqual([])
      const opened = await bodyOf(await ask())
      expect([opened.stored, exposures.length]).toEqual([undefined, 1])
      if (method === 'GET') expect(await bodyOf(ahead)).toEqual({ ...opened, stored: false })
    },
  )

  test('is 503 for an experiment that may exist, before the store has answered once', async () => {
    store.away = true
    const unread = createLive({ store, pageExperiments: () => page, pollEveryMs: 60_000 })
    const cold = assignRoutes({
      live: unread,
      assignments,
      exposed() {},
      mayRecord: () => true,
      cors,
      problems,
    })
    const ask = (path: string) => cold.handle(new Request(`http://localhost${path}`))
    const answer = await ask('/api/assign?visitor_id=v-1&experiment=price')
    expect(answer.status).toBe(503)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await ask('/api/assign?visitor_id=v-1&experiment=hero')).status).toBe(200)
  })
})

describe('operators', () => {
  test('see every flag with its type, what it is now and its default', async () => {
    await operate('PUT', '/flags/notice', { value: 'hello' })
    const { version, flags } = await bodyOf(await operate('GET', '/flags'))
    expect(version).toBe(1)
    expect(flags).toContainEqual({
      key: 'notice',
      type: 'string',
      about: expect.any(String),
      value: 'hello',
      default: '',
      rollout_percent: 100,
      killed: false,
    })
    expect(flags.map(({ key }: { key: string }) => key)).toContain('consent_checkbox')
    const one = await bodyOf(await operate('GET', '/flags/notice'))
    expect(one.flag).toEqual(flags.find(({ key }: { key: string }) => key === 'notice'))
  })

  test('change a flag, are told when it is live, and take the change back', async () => {
    const put = await bodyOf(await operate('PUT', '/flags/film', { value: false, rollout_percent: 40 }))
    expect(put).toMatchObject({ version: 1, live: true, processes: 2 })
    expect(put.flag).toMatchObject({ key: 'film', value: false, rollout_percent: 40 })
    const reset = await bodyOf(await operate('DELETE', '/flags/film'))
    expect(reset).toMatchObject({ version: 2, flag: { value: true, rollout_percent: 100 } })
  })

  test('change an experiment of the page and give it back its defaults', async () => {
    const [a, b] = [
      { name: 'a', weight: 90 },
      { name: 'b', weight: 10 },
    ]
    const put = await bodyOf(await operate('PUT', '/experiments/hero', { variants: [b, a] }))
    expect(put.experiment).toEqual({
      key: 'hero',
      variants: [a, b],
      salt: 'hero',
      running: true,
      on_page: true,
    })
    await operate('PUT', '/experiments/hero', { running: false })
    const { experiment } = await bodyOf(await operate('GET', '/experiments/hero'))
    expect(experiment).toMatchObject({ variants: [a, b], running: false })
    const reset = await bodyOf(await operate('DELETE', '/experiments/hero'))
    expect(reset.experiment).toMatchObject({
      running: true,
      variants: newExperiment('', ['a', 'b']).variants,
    })
  })

  test('make an experiment for other clients and remove it', async () => {
    const variants = [{ name: 'low', weight: 1 }]
    expect((await operate('PUT', '/experiments/price', { variants })).status).toBe(200)
    const { experiments } = await bodyOf(await operate('GET', '/experiments'))
    expect(experiments.map(({ key, on_page }: never) => [key, on_page])).toEqual([
      ['hero', true],
      ['price', false],
    ])
    expect((await bodyOf(await operate('DELETE', '/experiments/price'))).experiment).toBeNull()
    expect((await operate('GET', '/experiments/price')).status).toBe(404)
  })

  test('are named by their key in the log, the key itself is not', async () => {
    await operate('PUT', '/flags/film', { value: false })
    expect(lines.join('\n')).toContain(made.kept.id)
    expect(lines.join('\n')).not.toContain(made.text.slice(-43))
  })

  test.each([
    ['a field that breaks a rule', 'PUT', '/flags/film', { value: 'no' }, 400, { value: ['not_a_boolean'] }],
    ['a body that is no object', 'PUT', '/flags/film', [], 400, { body: ['not_an_object'] }],
    ['a body that names nothing', 'PUT', '/flags/film', {}, 400, { body: ['required'] }],
    ['text', 'PUT', '/experiments/hero', '"a"', 400, { body: ['not_an_object'] }],
    ['nothing about what is there', 'PUT', '/experiments/hero', {}, 400, { body: ['required'] }],
    [
      'variants the page does not draw',
      'PUT',
      '/experiments/hero',
      { variants: [{ name: 'c', weight: 1 }] },
      400,
      { variants: ['not_on_the_page'] },
    ],
    [
      'a name that cannot be one',
      'PUT',
      '/experiments/A.B',
      { variants: [{ name: 'c', weight: 1 }] },
      400,
      { key: ['invalid'] },
    ],
  ])('are told of %s, and nothing changes', async (_, method, path, body, status, faults) => {
    const answer = await operate(method, path, body)
    expect(answer.status).toBe(status)
    const said = await bodyOf(answer)
    expect(said.errors).toEqual(faults)
    expect(said).toMatchObject(faults)
    expect((await store.load()).version).toBe(0)
  })

  test.each([
    ['GET', '/flags/none', undefined, 404, 'not_found'],
    ['PUT', '/flags/__proto__', {}, 404, 'not_found'],
    ['PUT', '/flags/constructor', {}, 404, 'not_found'],
    ['DELETE', '/experiments/none', undefined, 404, 'not_found'],
    ['PUT', '/flags/film', '{"value":', 400, 'invalid_json'],
    ['PUT', '/flags/film', ' '.repeat(16 * 1024 + 1), 413, 'body_too_large'],
  ])('%s %s, sent %j, is %d', async (method, path, body, status, code) => {
    const answer = await operate(method, path, body)
    expect(answer.status).toBe(status)
    expect((await bodyOf(answer)).error.code).toBe(code)
  })

  test('have to send JSON', async () => {
    const answer = await operate('PUT', '/flags/film', { value: false }, { 'content-type': 'text/plain' })
    expect(answer.status).toBe(415)
  })

  test('are told in one sentence when Postgres cannot take a change', async () => {
    store.away = true
    const answer = await operate('PUT', '/flags/film', { value: false })
    expect(answer.status).toBe(503)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await bodyOf(answer)).error.message).toBe(
      'Postgres could not take the change. Try again in a moment.',
    )
  })
})

describe.each(['__proto__', 'constructor', 'toString'])('the name %s, which every object knows,', (name) => {
  const mine = (path: string) => (path.includes('experiments') ? { running: false } : { value: 'x' })

  test.each(['/flags/notice', '/experiments/hero'])('is no field of %s', async (path) => {
    for (const value of ['{"x":1}', '{"value":"x","running":false}', 'null']) {
      for (const body of [
        `{"${name}":${value}}`,
        `{${JSON.stringify(mine(path)).slice(1, -1)},"${name}":${value}}`,
      ]) {
        const answer = await operate('PUT', path, body)
        const text = await answer.text()
        expect([answer.status, text.includes(`"errors":{"${name}":["unknown"]}`)]).toEqual([400, true])
        expect(text).toStartWith(`{"${name}":["unknown"],`)
      }
    }
    expect(live.current().version).toBe(0)
  })

  test('is the name of no flag, no experiment and no variant', async () => {
    const pair = (first: string) => ({ variants: [{ name: first, weight: 1 }] })
    expect((await operate('PUT', `/flags/${name}`, { value: true })).status).toBe(404)
    expect((await operate('PUT', `/experiments/${name}`, pair('a'))).status).toBe(400)
    expect((await operate('PUT', '/experiments/other', pair(name))).status).toBe(400)
    expect((await get(`/api/assign?visitor_id=v&experiment=${name}`)).status).toBe(400)
    expect((await get(`/api/assign?visitor_id=v&${name}=x`)).status).toBe(200)
  })
})

test.each(['/flags', '/flags/film', '/experiments', '/experiments/hero'])(
  'nobody without a key gets to /api/admin%s',
  async (path) => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      if (method !== 'GET' && !/\w\/\w/.test(path)) continue
      const answer = await operate(method, path, method === 'PUT' ? {} : undefined, { authorization: '' })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    }
    expect((await store.load()).version).toBe(0)
  },
)
