import { describe, expect, mock, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { createKeyedHash } from '../../keyed-hash.ts'
import type { Challenge } from '../../leads/challenge.ts'
import type { Corrects } from '../../leads/correction.ts'
import { createProofGate } from '../../leads/proof.ts'
import { createSubmissionLine } from '../../leads/submit.ts'
import { createRateLimit } from '../../limits/rate-limit.ts'
import { createMemoryLeads } from '../../memory/leads.ts'
import { createMemoryRequestLog } from '../../memory/request-log.ts'
import { Problem } from '../../problem.ts'
import { createApiMetrics, createRegistry } from '../../prometheus/metrics.ts'
import { inSubmission } from '../../testing/stage/details.ts'
import { newPhone } from '../../testing/stage/leads.ts'
import { problemsForTest } from '../../testing/stage/problems.ts'
import { solve } from '../../testing/stage/proofs.ts'
import { createDeviceReader } from '../../words/device.ts'
import { createClientAddress } from '../request/client-ip.ts'
import { corsRules } from '../request/cors.ts'
import { leadRoutes } from './leads.ts'
import { submitDetail } from './openapi.ts'
import type { PostedForm } from './posted-form.ts'

function setUp(
  options: {
    perMinute?: number
    defaultRegion?: string
    proof?: boolean
    mayLog?: boolean
    logged?: boolean[]
    correctFails?: boolean
    hidesDuplicates?: boolean
  } = {},
) {
  const dedupWindowMs = 86_400_000
  const store = createMemoryLeads({ dedupWindowMs })
  const requestLog = createMemoryRequestLog({ maxWaiting: 100 })
  const leftOut = mock()
  const lines: string[] = []
  const posted: PostedForm[] = []
  const corrected: { corrects: readonly Corrects[]; correctedBy: string }[] = []
  const keyedHash = createKeyedHash('k'.repeat(32))
  const registry = createRegistry('test')
  const line = createSubmissionLine({
    postgres: store,
    keyedHash,
    dedupWindowMs,
    keepsDuplicates: options.hidesDuplicates,
    nowMs: Date.now,
    randomBytes: () => randomBytes(9),
    onFallback: () => {},
    onUnavailable: () => {},
  })
  const app = leadRoutes({
    line,
    lookups: [store],
    cors: corsRules(['https://promo.example.com'], 'http://localhost'),
    rateLimit: createRateLimit({
      perMinute: options.perMinute ?? 0,
      burst: options.perMinute ?? 1,
      now: () => 0,
    }),
    proofs: createProofGate({
      required: () => options.proof ?? false,
      difficultyBits: () => 4,
      keyedHash,
      claims: [store],
      dedupWindowMs,
      nowMs: Date.now,
    }),
    correct: async (corrects, correctedBy) => {
      if (corrected.length === 0 && options.correctFails) {
        corrected.push({ corrects: [], correctedBy })
        throw new Problem('unavailable', 'Not now.')
      }
      corrected.push({ corrects, correctedBy })
    },
    clientAddress: createClientAddress(['127.0.0.1']),
    deviceOf: createDeviceReader(),
    pagePaths: () => new Set(['/', '/en', '/fa', '/spring']),
    keyedHash,
    requestLog,
    mayLog: () => options.mayLog ?? true,
    logShare: { takes: () => options.logged?.shift() ?? true, leftOut },
    nowMs: Date.now,
    hidesDuplicates: options.hidesDuplicates ?? false,
    posted: (form) => posted.push(form),
    metrics: createApiMetrics(registry),
    defaultRegion: options.defaultRegion,
    problems: problemsForTest((text) => lines.push(text)),
  })
  const send = (path: string, init: RequestInit) =>
    app.handle(new Request(`http://localhost${path}`, { method: 'POST', ...init }))
  const json = (body: unknown, headers: Record<string, string> = {}) =>
    send('/api/leads', {
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const form = (body: string, headers: Record<string, string> = {}) =>
    send('/api/leads', { headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body })
  return { app, send, json, form, store, requestLog, leftOut, posted, corrected, lines, registry }
}

describe('202', () => {
  test.each([['/api/leads'], ['/api/leads/'], ['/api/submit'], ['/api/submit/']])(
    '%s takes a new phone',
    async (path) => {
      const { send, store } = setUp()
      const response = await send(path, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ phone: newPhone() }),
      })
      expect(response.status).toBe(202)
      expect(await response.json()).toEqual({
        ok: true,
        queued: true,
        duplicate: false,
        id: [...store.rows.keys()][0],
      })
    },
  )

  test('a form-encoded body is taken like JSON', async () => {
    const { form, store } = setUp()
    const response = await form('phone=0912+123+4567&utm_source=tv')
    expect(response.status).toBe(202)
    expect([...store.rows.values()][0]).toMatchObject({
      phone: '09121234567',
      details: { attribution: { utm_source: 'tv' } },
    })
  })

  test('a form post can say where the visitor came from the first time', async () => {
    const { form, store } = setUp()
    await form(
      'phone=09121234567&utm_source=sms&first_utm_source=tv&first_phone=1&first_touch=junk&language=fa',
    )
    expect([...store.rows.values()][0]).toMatchObject({
      details: { attribution: { utm_source: 'sms' }, language: 'fa', firstTouch: { utm_source: 'tv' } },
    })
  })

  test('with the device and the page that its request tells of, and of no page that there is not', async () => {
    const { json, form, store } = setUp()
    const host = 'shop.example:8443'
    const userAgent = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148'
    const own = `https://${host}`
    const phones = Array.from({ length: 6 }, newPhone)
    const from = (referer: string) => ({ host, referer, 'user-agent': userAgent })
    await json({ phone: phones[0] }, from(`${own}/spring?gclid=abc`))
    await json({ phone: phones[1] }, from(`${own}/made-up/0912`))
    await json({ phone: phones[2] }, from(`https://${host}.evil.example/fa`))
    await json({ phone: phones[3] }, { host })
    await json({ phone: phones[4] }, from(own))
    await form(`phone=${encodeURIComponent(phones[5]!)}&page=%2Ffa%3Futm_source%3Dtv`, {
      ...from('http://localhost/api/leads'),
    })
    const kept = new Map([...store.rows.values()].map(({ phone, details }) => [phone, details]))
    const signsOf = (phone: string) => [kept.get(phone)?.device, kept.get(phone)?.landing]
    expect(phones.map(signsOf)).toEqual([
      ['phone', '/spring'],
      ['phone', undefined],
      ['phone', undefined],
      [undefined, undefined],
      ['phone', '/'],
      ['phone', '/fa'],
    ])
  })

  test('every detail that a lead can have is in the API document of a submission', () => {
    const { schema } = submitDetail.requestBody.content['application/json']
    const documented = Object.keys(schema.properties)
    for (const part of Object.values(inSubmission))
      expect(documented).toEqual(expect.arrayContaining(Object.keys(part)))
  })

  test('a content type with parameters is the same content type', async () => {
    const { json } = setUp()
    expect(
      (await json({ phone: newPhone() }, { 'content-type': 'Application/JSON; charset=utf-8' })).status,
    ).toBe(202)
  })

  test('the same Idempotency-Key gets the original answer again, and says so', async () => {
    const { json } = setUp()
    const phone = newPhone()
    const first = await json({ phone }, { 'idempotency-key': 'one' })
    const again = await json({ phone }, { 'idempotency-key': 'one' })
    expect(again.status).toBe(202)
    expect(await again.json()).toEqual(await first.json())
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    expect(again.headers.get('idempotent-replayed')).toBe('true')
  })
})

describe('a suspect submission', () => {
  const suspicious = { website: 'https://spam.example', elapsed_ms: 12 }

  test('is answered like any other, and its lead says why it is suspect', async () => {
    const { json, store } = setUp()
    const [plain, suspect] = [
      await json({ phone: newPhone() }),
      await json({ phone: newPhone(), ...suspicious }),
    ]
    expect(suspect.status).toBe(plain.status)
    expect([...suspect.headers]).toEqual([...plain.headers])
    expect(Object.keys((await suspect.json()) as object)).toEqual(Object.keys((await plain.json()) as object))
    const [first, second] = [...store.rows.values()]
    expect(first!.details).toBeUndefined()
    expect(second!.details).toEqual({ suspect: ['honeypot', 'fast'] })
  })

  test('is counted by its reasons, and its duplicates are logged with them', async () => {
    const { json, registry, requestLog } = setUp()
    const phone = newPhone()
    await json({ phone, website: 'x' })
    await json({ phone, ...suspicious })
    await json({ phone })
    const text = await registry.metrics()
    expect(text).toContain('lead_suspect_total{reason="honeypot",process="test"} 2')
    expect(text).toContain('lead_suspect_total{reason="fast",process="test"} 1')
    expect(requestLog.entries().map((entry) => entry.suspect)).toEqual([['honeypot', 'fast'], undefined])
  })

  test('leaves nothing of its honeypot anywhere', async () => {
    const { json, store, lines, requestLog } = setUp()
    const phone = newPhone()
    for (const _ of [1, 2]) await json({ phone, website: 'spam.example' })
    const written = [...lines, JSON.stringify([[...store.rows.values()], requestLog.entries()])].join('\n')
    expect(written).not.toContain('spam.example')
  })
})

describe('200', () => {
  test('a phone that was submitted before is a duplicate', async () => {
    const { json } = setUp()
    const phone = newPhone()
    await json({ phone })
    const second = await json({ phone })
    expect(second.status).toBe(200)
    expect(await second.json()).toEqual({ ok: true, duplicate: true })
  })

  test('a phone is the same phone however it is written', async () => {
    const { json } = setUp({ defaultRegion: 'IR' })
    expect((await json({ phone: '0912 123 4567' })).status).toBe(202)
    expect((await json({ phone: '+98-912-1234567' })).status).toBe(200)
    expect((await json({ phone: '۰۹۱۲۱۲۳۴۵۶۷' })).status).toBe(200)
  })
})

describe('303', () => {
  const page = { accept: 'text/html,application/xhtml+xml' }

  test.each([
    ['phone=09121234567', '/?thanks=1#thanks'],
    ['phone=', '/?error=required#error'],
    ['phone=12', '/?error=invalid_phone#error'],
    ['phone=00989121234567', '/?thanks=1#thanks'],
  ])('a form without JavaScript that sends %p goes on to %p', async (body, location) => {
    const { form } = setUp()
    const response = await form(body, page)
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe(location)
  })

  test('a form of a page in another language goes back to that page', async () => {
    const { form } = setUp()
    const fromFa = { ...page, host: 'localhost', referer: 'http://localhost/fa' }
    const answers = [
      await form('phone=09121234567&language=fa', fromFa),
      await form('phone=12', fromFa),
      await form('phone=09121234568&language=fa', page),
    ]
    expect(answers.map((answer) => answer.headers.get('location'))).toEqual([
      '/fa?thanks=1#thanks',
      '/fa?error=invalid_phone#error',
      '/fa?thanks=1#thanks',
    ])
  })

  const visitor = 'abcdefghijklmnopqrstuv'
  const fromCampaign = {
    ...page,
    host: 'localhost',
    referer: 'http://localhost/fa?utm_source=tv&gclid=abc&q=private',
    cookie: `lf_visitor=${visitor}; lf_page=hero.b; lf_language=fa`,
  }

  test('a form without JavaScript has the campaign of its page, unless it names one', async () => {
    const { form, json, store } = setUp()
    await form(`phone=09121234567&utm_term=&variant=hero.b`, fromCampaign)
    await form('phone=09121234568&utm_source=sms', fromCampaign)
    await form('phone=09121234569', { ...fromCampaign, host: 'other.example' })
    await json({ phone: '09121234570' }, fromCampaign)
    expect([...store.rows.values()].map(({ details }) => details?.attribution)).toEqual([
      { utm_source: 'tv', gclid: 'abc' },
      { utm_source: 'sms' },
      undefined,
      undefined,
    ])
  })

  test('and keeps it when it has to be sent again', async () => {
    const { form } = setUp()
    const answer = await form('phone=12', fromCampaign)
    expect(answer.headers.get('location')).toBe('/fa?utm_source=tv&gclid=abc&error=invalid_phone#error')
  })

  test('its acceptance is noted once for its visitor, with the script or without it, and no other answer is', async () => {
    const { form, json, posted } = setUp()
    const key = { 'idempotency-key': 'd'.repeat(32) }
    await form('phone=09121234567', fromCampaign)
    await form('phone=09121234567', fromCampaign)
    await form('phone=12', fromCampaign)
    await json({ phone: '09121234568' }, { ...fromCampaign, ...key })
    await json({ phone: '09121234568' }, { ...fromCampaign, ...key })
    await json({ phone: '09121234568' }, fromCampaign)
    await json({ phone: '09121234560', website: 'https://spam.example' }, fromCampaign)
    await json(
      { phone: '09121234561', corrects: [{ phone: '09121234568', key: 'd'.repeat(32) }] },
      fromCampaign,
    )
    await form('phone=09121234569', { ...fromCampaign, cookie: '' })
    await form('phone=09121234570', { ...fromCampaign, referer: 'http://localhost/?variant=hero.a' })
    expect(posted).toMatchObject([
      { visitorId: visitor, word: 'hero.b', url: '/fa', attribution: { utm_source: 'tv' } },
      { visitorId: visitor, word: 'hero.b', url: '/fa' },
    ])
    expect(posted).toHaveLength(2)
  })

  test('a leading 00 is a plus then, while programs are told to write one', async () => {
    const { form, store } = setUp()
    await form('phone=0098+(0)+9121234567', page)
    expect([...store.rows.values()][0]).toMatchObject({ phone: '+989121234567' })
    expect(await (await form('phone=00989121234567')).json()).toEqual({ phone: ['use_plus_prefix'] })
  })

  test('the browser is told for a moment that it has posted a form', async () => {
    const { form } = setUp()
    for (const body of ['phone=09121234567', 'phone=09121234567', 'phone=12'])
      expect((await form(body, page)).headers.getSetCookie()).toEqual([
        'lf_posted=1; Path=/; Max-Age=300; SameSite=Lax',
      ])
    expect((await form('phone=12')).headers.getSetCookie()).toEqual([])
  })

  test('a form from a page that may not submit, or once too often, goes on to words as well', async () => {
    const { form } = setUp({ perMinute: 1 })
    const foreign = await form('phone=09121234567', { ...page, origin: 'https://evil.example' })
    expect(foreign.headers.get('location')).toBe('/?error=origin_not_allowed#error')
    await form('phone=09121234567', page)
    const often = await form('phone=09121234567', page)
    expect(often.status).toBe(303)
    expect(often.headers.get('location')).toBe('/?error=rate_limited#error')
  })

  test('a second form post of a phone goes on to the duplicate page', async () => {
    const { form } = setUp()
    await form('phone=09121234567', page)
    expect((await form('phone=09121234567', page)).headers.get('location')).toBe('/?duplicate=1#duplicate')
  })
})

describe('400', () => {
  const deep = `{"phone":${'['.repeat(1500)}${']'.repeat(1500)}}`
  test.each([
    ['', { phone: ['required'] }],
    ['{}', { phone: ['required'] }],
    ['[]', { phone: ['required'] }],
    ['null', { phone: ['required'] }],
    ['"09121234567"', { phone: ['required'] }],
    ['{"phone":null}', { phone: ['required'] }],
    ['{"phone":"  "}', { phone: ['required'] }],
    ['{"phone":{"$gt":""}}', { phone: ['invalid_phone'] }],
    ['{"phone":["09121234567"]}', { phone: ['invalid_phone'] }],
    ['{"phone":9121234567}', { phone: ['invalid_phone'] }],
    ['{"phone":true}', { phone: ['invalid_phone'] }],
    ['{"phone":"00989121234567"}', { phone: ['use_plus_prefix'] }],
    ['{"phone":"0912123456x"}', { phone: ['invalid_phone'] }],
    ['{"phone":"123456789"}', { phone: ['invalid_phone'] }],
    ['{"phone":"1234567890123456"}', { phone: ['invalid_phone'] }],
    ['{"phone":"〇九一二一二三四五六七"}', { phone: ['invalid_phone'] }],
    ['{"phone":"0912123\\u00004567"}', { phone: ['invalid_phone'] }],
    ['{"phone":"09121234567\\r\\nSet-Cookie: x"}', { phone: ['invalid_phone'] }],
    [deep, { phone: ['invalid_phone'] }],
  ])('%p', async (body, fields) => {
    const { json } = setUp()
    const response = await json(body)
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual(fields)
  })

  test.each([['{"phone":'], ['phone=09121234567'], ['\u0000'], [`${'['.repeat(4000)}`]])(
    '%p is not JSON',
    async (body) => {
      const { json } = setUp()
      const response = await json(body)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({
        error: { code: 'invalid_json', requestId: expect.any(String) },
      })
    },
  )

  test('an Idempotency-Key that is too long is named', async () => {
    const { json } = setUp()
    const response = await json({ phone: newPhone() }, { 'idempotency-key': 'k'.repeat(129) })
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ idempotency_key: ['invalid_idempotency_key'] })
  })
})

describe('403', () => {
  test.each([['https://evil.example'], ['null'], ['https://promo.example.com.evil.example']])(
    'a page on %p may not submit, in JSON or as a form',
    async (origin) => {
      const { json, form, store } = setUp()
      expect((await json({ phone: newPhone() }, { origin })).status).toBe(403)
      expect((await form(`phone=${encodeURIComponent(newPhone())}`, { origin })).status).toBe(403)
      expect(store.rows.size).toBe(0)
    },
  )

  test('a page on a listed origin may, and may read the answer', async () => {
    const { json } = setUp()
    const response = await json({ phone: newPhone() }, { origin: 'https://promo.example.com' })
    expect(response.status).toBe(202)
    expect(response.headers.get('access-control-allow-origin')).toBe('https://promo.example.com')
  })
})

describe('while a proof of work is required', () => {
  const solved = async ({ app }: ReturnType<typeof setUp>) => {
    const response = await app.handle(new Request('http://localhost/api/challenge'))
    return solve((await response.json()) as Challenge)
  }

  test('a challenge is handed out to any page that may submit, and kept by no cache', async () => {
    const { app } = setUp()
    const headers = { origin: 'https://promo.example.com' }
    const response = await app.handle(new Request('http://localhost/api/challenge', { headers }))
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('access-control-allow-origin')).toBe('https://promo.example.com')
  })

  test('a submission without one is refused with a code, in JSON and to a form, and nothing is kept', async () => {
    const { json, form, store } = setUp({ proof: true })
    const refused = await json({ phone: newPhone() })
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ error: { code: 'proof_required' } })
    expect((await form('phone=09121234567')).status).toBe(403)
    const page = await form('phone=09121234567', { accept: 'text/html' })
    expect(page.status).toBe(303)
    expect(page.headers.get('location')).toBe('/?error=proof_required#error')
    expect(store.rows.size).toBe(0)
  })

  test('a solved challenge lets one submission in, as JSON or as a form', async () => {
    const line = setUp({ proof: true })
    const proof = await solved(line)
    expect((await line.json({ phone: newPhone(), proof })).status).toBe(202)
    expect((await line.json({ phone: newPhone(), proof })).status).toBe(403)
    const body = new URLSearchParams({ phone: newPhone(), proof: await solved(line) })
    expect((await line.form(body.toString())).status).toBe(202)
  })

  test('a retry gets its first answer again, with the spent proof or without any', async () => {
    const line = setUp({ proof: true })
    const submission = { phone: newPhone(), proof: await solved(line) }
    const key = { 'idempotency-key': 'one' }
    const first = await (await line.json(submission, key)).json()
    for (const again of [submission, { phone: submission.phone }]) {
      const response = await line.json(again, key)
      expect(response.status).toBe(202)
      expect(await response.json()).toEqual(first)
    }
  })

  test('a submission that nothing could keep is not lost: the same proof is good for its retry', async () => {
    const line = setUp({ proof: true })
    const submission = { phone: newPhone(), proof: await solved(line) }
    const key = { 'idempotency-key': 'one' }
    line.store.failNext(new Error('connect ECONNREFUSED'))
    expect((await line.json(submission, key)).status).toBe(503)
    expect((await line.json(submission, key)).status).toBe(202)
  })

  test('what is invalid is named before any proof is asked for', async () => {
    const { json } = setUp({ proof: true })
    expect(await (await json({ phone: '12' })).json()).toEqual({ phone: ['invalid_phone'] })
  })

  test('no proof is kept with the lead', async () => {
    const line = setUp({ proof: true })
    await line.json({ phone: newPhone(), proof: await solved(line) })
    expect(JSON.stringify([...line.store.rows.values()])).not.toContain('proof')
  })
})

test('while no proof is required, none is looked at', async () => {
  const { json } = setUp()
  expect((await json({ phone: newPhone(), proof: 'junk' })).status).toBe(202)
  expect((await json({ phone: newPhone(), proof: { $ne: 1 } })).status).toBe(202)
})

describe('a visitor who leaves in the middle of a body', () => {
  test('is counted as refused, and no error is logged', async () => {
    const { app, lines, registry } = setUp()
    const body = new ReadableStream({
      start: (controller) => controller.error(new DOMException('The connection was closed.', 'AbortError')),
    })
    const headers = { 'content-type': 'application/json' }
    await app.handle(new Request('http://localhost/api/leads', { method: 'POST', headers, body }))
    expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([])
    expect(await registry.metrics()).toContain('lead_submissions_total{outcome="refused",process="test"} 1')
  })
})

describe('a long campaign, as programs write it', () => {
  const campaign = Object.fromEntries(
    ['utm_source', 'utm_medium', 'utm_campaign'].map((name) => [name, 'ف'.repeat(256)]),
  )
  const escaped = (body: unknown) =>
    JSON.stringify(body).replace(
      /[^ -~]/g,
      (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )

  test('is kept with its lead: three texts of 256 Persian letters, escaped', async () => {
    const { json, store } = setUp()
    const body = escaped({ phone: newPhone(), ...campaign, first_touch: campaign })
    expect(body.length).toBeGreaterThan(9_000)
    expect((await json(body)).status).toBe(202)
    expect([...store.rows.values()][0]?.details).toMatchObject({
      attribution: campaign,
      firstTouch: campaign,
    })
  })

  test('is kept from a form, too', async () => {
    const { form, store } = setUp()
    expect((await form(String(new URLSearchParams({ phone: newPhone(), ...campaign })))).status).toBe(202)
    expect([...store.rows.values()][0]?.details).toMatchObject({ attribution: campaign })
  })

  test('costs no lead where it is more than a lead carries', async () => {
    const { json, store } = setUp()
    const gclid = 'x'.repeat(512)
    const ids = [
      'gclid',
      'gbraid',
      'wbraid',
      'dclid',
      'fbclid',
      'msclkid',
      'ttclid',
      'twclid',
      'yclid',
      'epik',
    ]
    const body = { phone: newPhone(), language: 'fa', ...Object.fromEntries(ids.map((id) => [id, gclid])) }
    expect((await json(body)).status).toBe(202)
    expect([...store.rows.values()][0]?.details).toMatchObject({ attribution: undefined, language: 'fa' })
  })
})

describe('413', () => {
  test('a body of more than 16 KB is too large, also when it does not say so', async () => {
    const { json, app } = setUp()
    const body = JSON.stringify({ phone: newPhone(), pad: 'x'.repeat(17_000) })
    expect((await json(body)).status).toBe(413)
    const stream = new Blob([body]).stream()
    const chunked = new Request('http://localhost/api/leads', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: stream,
    })
    expect((await app.handle(chunked)).status).toBe(413)
  })

  test('a body that says so is refused before it is read', async () => {
    const { app } = setUp()
    const request = new Request('http://localhost/api/leads', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': '17000' },
      body: JSON.stringify({ phone: newPhone() }),
    })
    expect((await app.handle(request)).status).toBe(413)
    expect(request.bodyUsed).toBe(false)
  })
})

describe('415', () => {
  test('a compressed body is told apart from one that is no JSON, and which coding is read', async () => {
    const { send } = setUp()
    for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
      const answer = await send('/api/leads', {
        headers: { 'content-type': type, 'content-encoding': 'gzip' },
        body: Bun.gzipSync(new TextEncoder().encode('{"phone":"09121234567"}')),
      })
      expect([answer.status, answer.headers.get('accept-encoding')]).toEqual([415, 'identity'])
    }
  })

  test.each([['text/plain'], ['multipart/form-data; boundary=x'], ['application/jsonp'], ['']])(
    '%p is not a content type a submission has',
    async (contentType) => {
      const { json } = setUp()
      const response = await json({ phone: newPhone() }, { 'content-type': contentType })
      expect(response.status).toBe(415)
    },
  )
})

describe('429', () => {
  test('one address may submit so often and no more, whatever it claims to be', async () => {
    const { json } = setUp({ perMinute: 3 })
    const forged = (index: number) => ({ 'x-forwarded-for': `6.6.6.${index}, 203.0.113.9` })
    for (let index = 0; index < 3; index++)
      expect((await json({ phone: newPhone() }, forged(index))).status).toBe(202)
    const response = await json({ phone: newPhone() }, forged(99))
    expect(response.status).toBe(429)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await json({ phone: newPhone() }, { 'x-forwarded-for': '203.0.113.10' })).status).toBe(202)
  })
})

describe('503', () => {
  test('when nothing can keep a lead the answer promises nothing and says when to try again', async () => {
    const { json, store } = setUp()
    store.failNext(new Error('connect ECONNREFUSED'))
    const response = await json({ phone: newPhone() })
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ error: { code: 'unavailable' } })
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

describe('where nobody is told who was here', () => {
  test('a repeated phone is answered like a new one, under an id of its own whose status reads as any other', async () => {
    const { app, json, store, registry, requestLog } = setUp({ hidesDuplicates: true })
    const phone = newPhone()
    const first = await json({ phone })
    const again = await json({ phone })
    expect([again.status, [...again.headers]]).toEqual([first.status, [...first.headers]])
    const [one, other] = [await first.json(), await again.json()]
    expect(other).toEqual({ ...one, id: expect.any(String) })
    expect(other.id).not.toBe(one.id)
    for (const { id } of [one, other]) {
      const status = await app.handle(new Request(`http://localhost/api/leads/${id}/status`))
      expect([status.status, await status.json()]).toEqual([200, { id, status: 'stored' }])
    }
    expect(store.rows.size).toBe(2)
    expect(await registry.metrics()).toContain('lead_submissions_total{outcome="duplicate",process="test"} 1')
    expect(requestLog.entries().map(({ outcome }) => outcome)).toEqual(['duplicate'])
  })

  test('a form without JavaScript goes back to the same thanks', async () => {
    const { form } = setUp({ hidesDuplicates: true })
    const fields = `phone=${encodeURIComponent(newPhone())}`
    const headers = { accept: 'text/html' }
    const first = await form(fields, headers)
    const again = await form(fields, headers)
    expect(first.headers.get('location')).toContain('thanks')
    expect([again.status, [...again.headers]]).toEqual([first.status, [...first.headers]])
  })

  test('a replayed key is still answered with its original', async () => {
    const { json } = setUp({ hidesDuplicates: true })
    const phone = newPhone()
    const headers = { 'idempotency-key': 'k-1' }
    const first = await (await json({ phone }, headers)).json()
    const again = await json({ phone }, headers)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect((await again.json()).id).toBe(first.id)
  })
})

describe('what is written down', () => {
  test('no answer, no log and no request log repeats a phone', async () => {
    const { json, store, lines, requestLog } = setUp()
    const phone = '+989121234567'
    const texts: string[] = []
    store.failNext(new Error(`row with ${phone}`))
    for (const body of [{ phone }, { phone }, { phone }, { phone: `${phone}x` }, { phone: [phone] }])
      texts.push(await (await json(body, { referer: `https://a.example/?phone=${phone}` })).text())
    const written = [...texts, ...lines, JSON.stringify(requestLog.entries())].join('\n')
    expect(written).not.toContain('9121234567')
  })

  test('of a flood of refusals the log holds what may be left here, and the counters all', async () => {
    const { json, requestLog, registry } = setUp({ mayLog: false })
    for (let each = 0; each < 3; each++) expect((await json({ phone: 'no' })).status).toBe(400)
    expect(requestLog.entries()).toEqual([])
    expect(await registry.metrics()).toContain('lead_submissions_total{outcome="refused",process="test"} 3')
  })

  test('of a storm the log takes a share of the accepted, and each that is left out is counted', async () => {
    const { json, store, leftOut } = setUp({ logged: [true, false, false, true] })
    const phones = [newPhone(), newPhone(), newPhone()]
    for (const phone of phones) expect((await json({ phone })).status).toBe(202)
    // A duplicate is logged by itself.
    expect(await (await json({ phone: phones[0] })).json()).toEqual({ ok: true, duplicate: true })
    expect([...store.rows.values()].map(({ request }) => request !== undefined)).toEqual([true, false, false])
    expect(leftOut).toHaveBeenCalledTimes(2)
  })

  test('every submission that was not taken is in the request log with its reason', async () => {
    const { json, requestLog } = setUp({ perMinute: 3 })
    const phone = newPhone()
    await json({ phone })
    await json({ phone })
    await json({ phone: '1' })
    await json({ phone })
    expect(requestLog.entries().map((entry) => entry.outcome)).toEqual([
      'duplicate',
      'refused',
      'rate_limited',
    ])
  })

  test('metrics count each outcome once', async () => {
    const { json, registry } = setUp()
    const phone = newPhone()
    await json({ phone })
    await json({ phone })
    await json({})
    const text = await registry.metrics()
    for (const outcome of ['accepted', 'duplicate', 'refused'])
      expect(text).toContain(`lead_submissions_total{outcome="${outcome}",process="test"} 1`)
    expect(text).toContain('endpoint_requests_total{status="success",process="test"} 2')
  })
})

describe('the status of a lead', () => {
  test('is told by its id, and holds nothing personal', async () => {
    const { app, json } = setUp()
    const { id } = (await (await json({ phone: newPhone() })).json()) as { id: string }
    const response = await app.handle(new Request(`http://localhost/api/leads/${id}/status`))
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ id, status: 'stored' })
  })

  test.each([['x'], ['01a1fd57-48ba-7000-9bd6-de0d31d5c61d'], ["1'or'1"]])('of %p is 404', async (id) => {
    const { app } = setUp()
    const response = await app.handle(
      new Request(`http://localhost/api/leads/${encodeURIComponent(id)}/status`),
    )
    expect(response.status).toBe(404)
  })
})

describe('a submission that corrects an earlier one', () => {
  const key = 'b'.repeat(32)
  const mistyped = { phone: '0912 000 0000', key }

  test('names it by its phone and its key, and is taken first', async () => {
    const { json, corrected } = setUp()
    const response = await json({ phone: newPhone(), corrects: [mistyped] })
    expect(response.status).toBe(202)
    const { id } = (await response.json()) as { id: string }
    expect(corrected).toEqual([{ corrects: [{ phone: '09120000000', key }], correctedBy: id }])
  })

  test('corrects it, too, where its own number was known already', async () => {
    const { json, corrected, store } = setUp()
    const phone = newPhone()
    await json({ phone })
    expect((await json({ phone, corrects: [mistyped] })).status).toBe(200)
    expect(corrected).toMatchObject([{ correctedBy: [...store.rows.keys()][0] }])
  })

  test('does not correct its own number, which was only written in another way', async () => {
    const { json, corrected } = setUp()
    await json({ phone: '09120000000' }, { 'idempotency-key': key })
    expect((await json({ phone: '(0912) 000-0000', corrects: [mistyped] })).status).toBe(200)
    expect(corrected).toEqual([])
  })

  test('is asked for again where the first could not be corrected just now, and is one lead then', async () => {
    const { json, corrected, store } = setUp({ correctFails: true })
    const send = () =>
      json({ phone: '09121234567', corrects: [mistyped] }, { 'idempotency-key': 'c'.repeat(32) })
    expect((await send()).status).toBe(503)
    const again = await send()
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true'])
    expect(store.rows.size).toBe(1)
    expect(corrected[1]).toMatchObject({ correctedBy: [...store.rows.keys()][0] })
  })

  test.each([
    ['a key that can be guessed', [{ phone: '09120000000', key: '1' }]],
    ['no key', [{ phone: '09120000000' }]],
    ['no phone', [{ key }]],
    ['what is no list', { phone: '09120000000', key }],
    ['junk', [null, 7, 'x', []]],
  ])('corrects nothing by %s, and is taken all the same', async (_what, corrects) => {
    const { json, corrected } = setUp()
    expect((await json({ phone: newPhone(), corrects })).status).toBe(202)
    expect(corrected).toEqual([])
  })
})
