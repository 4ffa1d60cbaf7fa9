import { describe, expect, test } from 'bun:test'
import { createBotCheck } from '../../events/bot.ts'
import { createEventCollector } from '../../events/collect.ts'
import type { EventOutcome } from '../../events/outcome.ts'
import { iranAside } from '../../testing/stage/phones-aside.ts'
import { problemsForTest } from '../../testing/stage/problems.ts'
import { createDeviceReader } from '../../words/device.ts'
import { createWordReader } from '../../words/reader.ts'
import { corsRules } from '../request/cors.ts'
import { eventRoutes } from './events.ts'

const origin = 'https://promo.example.com'

function makeRoutes(options: { waitS?: number; fails?: boolean } = {}) {
  const kept: string[] = []
  const outcomes: [EventOutcome, number][] = []
  const names = {
    first: 'hero',
    parts: new Set(['hero.a', 'hero.b']),
    stopped: new Set<string>(),
    unread: new Set<string>(),
  }
  const words = createWordReader(() => names)
  const isBot = createBotCheck()
  const deviceOf = createDeviceReader()
  const collector = createEventCollector({
    postgres: {
      async commit({ records }) {
        if (options.fails) throw new Error('away')
        kept.push(...records.split('\n'))
      },
    },
    words,
    isBot,
    deviceOf,
    nowMs: Date.now,
    randomBytes: () => crypto.getRandomValues(new Uint8Array(9)),
    onFallback() {},
    onUnavailable() {},
    onExposureLost() {},
  })
  const charged: number[] = []
  const routes = eventRoutes({
    collector,
    rules: {
      types: new Set(['page_view', 'cta_click']),
      words,
      attribution: () => undefined,
      withoutPhones: iranAside,
      pagePaths: () => new Set(['/fa']),
    },
    isBot,
    deviceOf,
    cors: corsRules([origin], 'http://localhost'),
    budget: {
      take(_clientOf, count = 1) {
        charged.push(count)
        return options.waitS ?? 0
      },
    },
    clientAddress: () => '192.0.2.1',
    metrics: { request: (outcome, events) => void outcomes.push([outcome, events]) },
    problems: problemsForTest(),
  })
  const send = async (
    body: unknown,
    { path = '/api/events', headers = {} }: { path?: string; headers?: Record<string, string> } = {},
  ) => {
    const answer = await routes.handle(
      new Request(`http://localhost${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    )
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as unknown }
  }
  return { send, charged, kept, outcomes }
}

const event = { visitor_id: 'v', event_type: 'page_view', variant: 'b' }
const cookie = `theme=dark; lf_visitor=${'v'.repeat(22)}; lf_page=hero.a`

describe('202', () => {
  test('one event is kept and counted', async () => {
    const { send, kept, outcomes } = makeRoutes()
    const answer = await send(event, { headers: { 'user-agent': 'Mozilla/5.0 (X11) Firefox/130.0' } })
    expect([answer.status, answer.body]).toEqual([202, { ok: true, accepted: 1 }])
    expect(kept).toEqual(['v\thero.b\tpage_view\t\t\t\tcomputer\t'])
    expect(outcomes).toEqual([['accepted', 1]])
  })

  test('a beacon is text, and has its visitor in the cookies', async () => {
    const { send, kept } = makeRoutes()
    const headers = { 'content-type': 'text/plain;charset=UTF-8', cookie, 'user-agent': 'curl/8' }
    const answer = await send({ events: [{ event_type: 'cta_click' }] }, { path: '/api/e', headers })
    expect(answer.body).toEqual({ ok: true, accepted: 1 })
    expect(kept).toEqual([`${'v'.repeat(22)}\thero.a\tcta_click\t\t1\t`])
  })

  test('a page on a listed origin may read the answer', async () => {
    const { send } = makeRoutes()
    const answer = await send(event, { headers: { origin } })
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expect(answer.headers.get('content-type')).toBe('application/json')
  })
})

describe('400', () => {
  test('a wrong event is told its fields, a wrong list its places, and nothing is kept', async () => {
    const { send, kept, outcomes } = makeRoutes()
    expect((await send({ ...event, event_type: 'x' })).body).toEqual({ event_type: ['unknown'] })
    const answer = await send({ events: [event, { ...event, event_type: 'x' }] })
    expect([answer.status, answer.body]).toEqual([400, { events: { 1: { event_type: ['unknown'] } } }])
    expect(kept).toEqual([])
    expect(outcomes).toEqual([
      ['refused', 0],
      ['refused', 0],
    ])
  })

  test('what is not JSON is named as that', async () => {
    const { send } = makeRoutes()
    for (const body of ['{', ''])
      expect((await send(body)).body).toMatchObject({ error: { code: 'invalid_json' } })
  })
})

test.each([
  [403, 'origin_not_allowed', event, { origin: 'https://elsewhere.example' }],
  [413, 'body_too_large', { ...event, url: 'x'.repeat(40_000) }, {}],
  [415, 'unsupported_media_type', event, { 'content-type': 'text/html' }],
])('%d %s', async (status, code, body, headers) => {
  const { send, kept } = makeRoutes()
  const answer = await send(body, { headers: headers as Record<string, string> })
  expect([answer.status, answer.body]).toMatchObject([status, { error: { code } }])
  expect(kept).toEqual([])
})

test('429 says when to come again', async () => {
  const { send, outcomes } = makeRoutes({ waitS: 7 })
  const answer = await send(event)
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7'])
  expect(outcomes).toEqual([['rate_limited', 0]])
})

test('each event of a request counts against what its sender may leave', async () => {
  const { send, charged } = makeRoutes()
  await send(event)
  await send({ events: [event, event, event] })
  expect(charged).toEqual([1, 1, 2])
})

test('503 promises nothing and says when to come again', async () => {
  const { send, outcomes } = makeRoutes({ fails: true })
  const answer = await send(event)
  expect(answer.status).toBe(503)
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(outcomes).toEqual([['unavailable', 0]])
})
