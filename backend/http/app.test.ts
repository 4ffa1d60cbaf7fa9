import { afterAll, describe, expect, test } from 'bun:test'
import { createApiMetrics, createRegistry } from '../prometheus/metrics.ts'
import { problemsForTest } from '../testing/stage/problems.ts'
import { type AppDeps, makeApp } from './app.ts'
import { createClientAddress } from './request/client-ip.ts'
import { corsRules } from './request/cors.ts'

const taken: string[] = []
const written: string[] = []
const counted: string[] = []
const faults = () => counted.filter((code) => code === 'internal').length
const problems = {
  ...problemsForTest((line) => written.push(line)),
  metrics: { problem: (code: string) => void counted.push(code) },
}
const cors = corsRules([], 'http://good.example')
const deps = {
  leads: {
    line: {
      async submit({ phone }: { phone: string }) {
        taken.push(phone)
        return { kind: 'new', id: '01a1fd57-50f8-7000-8b2c-e3f596af6720' }
      },
    },
    lookups: [],
    cors,
    rateLimit: { take: () => 0 },
    proofs: { required: () => false },
    clientAddress: createClientAddress([]),
    deviceOf: () => undefined,
    pagePaths: () => new Set(),
    keyedHash: (text: string) => text,
    metrics: createApiMetrics(createRegistry('test')),
    problems,
  },
  events: { cors, problems },
  stats: {},
  // What is missing here is missed when it is asked for: a fault of ours.
  visitorFlags: { cors },
  assign: { cors },
  admin: {},
  health: { probes: [] },
  metrics: {},
  media: {},
  page: { built: {}, metrics: {}, publicUrl: 'http://good.example' },
  publicUrl: 'http://good.example',
  allowedHosts: ['good.example'],
  problems,
} as unknown as AppDeps

const app = makeApp(deps).listen({ port: 0, hostname: '127.0.0.1' })
afterAll(() => app.server?.stop(true))

const post = (path: string, host: string, body = '{"phone":"+989121234567"}') =>
  fetch(`http://127.0.0.1:${app.server?.port}${path}`, {
    method: 'POST',
    headers: { host, 'content-type': 'application/json' },
    body,
  })

describe.each(['/api/leads', '/api/submit', '/api/leads/', '/api/events', '/api/e'])(
  'a post to %s',
  (path) => {
    test('under a foreign host name is refused before anything is taken', async () => {
      const before = taken.length
      const answer = await post(path, 'evil.example')
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ error: { code: 'host_not_allowed' } })
      expect(taken).toHaveLength(before)
    })
  },
)

test('a submission is taken on the short way as on the long one', async () => {
  for (const path of ['/api/leads', '/api/submit', '/api/leads/']) {
    const answer = await post(path, 'good.example')
    expect(answer.status).toBe(202)
    expect(await answer.json()).toMatchObject({ ok: true, duplicate: false })
  }
  expect(taken).toEqual(Array.from({ length: 3 }, () => '+989121234567'))
})

test('other methods of the same address are answered as ever', async () => {
  const address = `http://127.0.0.1:${app.server?.port}/api/leads`
  const headers = { host: 'good.example', origin: 'http://good.example' }
  const preflight = await fetch(address, { method: 'OPTIONS', headers })
  expect(preflight.headers.get('access-control-allow-methods')).toContain('POST')
  const read = await fetch(address, { headers })
  expect([read.status, read.headers.get('allow')]).toEqual([405, 'OPTIONS, POST'])
})

describe.each(['GET', 'HEAD'])('a %s of the page', (method) => {
  const page = (host: string) => fetch(`http://127.0.0.1:${app.server?.port}/`, { method, headers: { host } })

  test('is refused under a foreign host name', async () => {
    expect((await page('evil.example')).status).toBe(400)
  })

  test('that fails is answered in the words of a problem', async () => {
    for (const current of [() => Promise.reject(new Error('the disk is gone')), undefined]) {
      Object.assign(deps.page.built, { current })
      const answer = await page('good.example')
      expect(answer.status).toBe(500)
      expect(answer.headers.get('content-type')).toStartWith('application/json')
      if (method === 'GET') expect(await answer.text()).not.toContain('disk')
    }
  })
})

test.each(['/api/leads', '/api/events'])(
  'what fails while %s is refused is a fault of ours, told as any',
  async (path) => {
    const requestLog = {
      write() {
        throw new Error('the log is full')
      },
    }
    // Events have no budget here to ask, and nothing that counts what is refused.
    Object.assign(deps.leads, { requestLog, mayLog: () => true, nowMs: Date.now })
    written.length = 0
    const before = faults()
    const answer = await post(path, 'good.example', '{"phone":"12"}')
    const { error } = (await answer.json()) as { error: { code: string; requestId: string } }
    Object.assign(deps.leads, { requestLog: undefined })
    expect([answer.status, error.code, faults()]).toEqual([500, 'internal', before + 1])
    expect(written.filter((line) => line.includes(error.requestId))).toHaveLength(1)
  },
)

test.each(['/api/config', '/api/assign?visitor_id=v', '/api/stats', '/api/health', '/api/admin/flags'])(
  'a fault of ours at %s is logged and counted, under the id that is answered',
  async (path) => {
    written.length = 0
    const before = faults()
    const answer = await fetch(`http://127.0.0.1:${app.server?.port}${path}`, {
      headers: { host: 'good.example' },
    })
    const { error } = (await answer.json()) as { error: { code: string; requestId: string } }
    expect([answer.status, error.code, faults()]).toEqual([500, 'internal', before + 1])
    expect(
      written.filter((line) => line.includes('http.failed') && line.includes(error.requestId)),
    ).toHaveLength(1)
  },
)

describe('the API document', () => {
  // biome-ignore lint/suspicious/noExplicitAny: the document is data from outside.
  type Any = any
  const document = async (): Promise<Any> =>
    (
      await fetch(`http://127.0.0.1:${app.server?.port}/api/docs/json`, { headers: { host: 'good.example' } })
    ).json()
  const operations = async (): Promise<[string, Any][]> =>
    Object.entries((await document()).paths).flatMap(([path, methods]) =>
      Object.entries(methods as Any).map(([method, operation]): [string, Any] => [
        `${method} ${path}`,
        operation,
      ]),
    )

  /** Where a schema lets a text be of any kind and length. */
  function unbounded(schema: Any, at: string): string[] {
    if (schema === null || typeof schema !== 'object') return []
    const bounds = ['pattern', 'maxLength', 'format', 'enum', 'const']
    if (schema.type === 'string') return bounds.some((each) => each in schema) ? [] : [at]
    return Object.entries(schema).flatMap(([name, part]) =>
      name === 'example' || name === 'examples' ? [] : unbounded(part, `${at} ${name}`),
    )
  }

  test('says how long and of which kind each text is that anybody may send', async () => {
    for (const [name, { parameters, requestBody }] of await operations())
      expect(unbounded({ parameters, requestBody }, name)).toEqual([])
  })

  test('says of every route with a JSON body that it refuses what is none', async () => {
    const reading = (await operations()).filter(
      ([, { requestBody }]) => requestBody?.content['application/json'],
    )
    expect(reading.length).toBeGreaterThan(3)
    for (const [name, { responses }] of reading) {
      const { 'application/json': plain, 'application/problem+json': document } = responses[400].content
      const { schema, examples } = plain ?? { ...document, schema: document.schema.allOf[1] }
      expect([name, examples.invalid_json.value.error.code]).toEqual([name, 'invalid_json'])
      const codes = schema.anyOf.flatMap(
        ({ properties }: Any) => properties?.error?.properties.code.enum ?? [],
      )
      expect(codes).toContain('invalid_json')
    }
  })

  test('says of every route what the server itself refuses', async () => {
    for (const [name, { responses }] of await operations())
      expect([name, responses.default.content['application/json'].schema.required]).toEqual([name, ['error']])
  })

  test('has patterns that what is taken keeps to', async () => {
    const { schema } = (await document()).paths['/api/leads'].post.requestBody.content['application/json']
    const { phone, language, variant, consent } = schema.properties
    const kept = ({ anyOf: [each] }: Any) => each
    for (const [{ pattern }, right, wrong] of [
      [phone, ['+989121234567', '۰۹۱۲ ۳۴۵-۶۷۸۹', '(0912) 345.6789'], ['0912\u0000345678']],
      [kept(language), ['fa', 'en-GB'], ['f', 'fa fa']],
      [kept(variant), ['hero.b'], ['hero b', '']],
      [kept(consent), ['2026-11'], ['<b>']],
    ]) {
      for (const text of right)
        expect([pattern, text, new RegExp(pattern, 'u').test(text)]).toEqual([pattern, text, true])
      for (const text of wrong)
        expect([pattern, text, new RegExp(pattern, 'u').test(text)]).toEqual([pattern, text, false])
    }
  })
})
