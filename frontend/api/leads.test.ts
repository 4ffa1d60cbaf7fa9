import { describe, expect, test } from 'bun:test'
import { newKey } from './key.ts'
import { type SubmitDeps, submitLead } from './leads.ts'

const submission = { phone: '+447700900123', key: 'k1', fields: { utm_source: 'radio', language: 'en' } }

function answering(status: number, body: unknown, headers: Record<string, string> = {}): SubmitDeps {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { fetch: async () => new Response(text, { status, headers }), baseUrl: '', isOnline: () => true }
}

const outcomeOf = (status: number, body: unknown, headers?: Record<string, string>) =>
  submitLead(answering(status, body, headers), submission)

test('the phone, its campaign and the key are sent to the API of the given origin', async () => {
  const sent: { url: string; init: RequestInit }[] = []
  const deps: SubmitDeps = {
    fetch: async (url, init) => {
      sent.push({ url, init })
      return Response.json({ ok: true, queued: true, duplicate: false, id: 'a' }, { status: 202 })
    },
    baseUrl: 'https://api.example',
    isOnline: () => true,
  }
  await submitLead(deps, submission)
  expect(sent).toHaveLength(1)
  expect(sent[0]!.url).toBe('https://api.example/api/leads')
  expect(sent[0]!.init.method).toBe('POST')
  expect(new Headers(sent[0]!.init.headers).get('Idempotency-Key')).toBe('k1')
  expect(JSON.parse(String(sent[0]!.init.body))).toEqual({
    phone: '+447700900123',
    utm_source: 'radio',
    language: 'en',
  })
  await submitLead(deps, submission, 'a-proof')
  expect(JSON.parse(String(sent[1]!.init.body))).toMatchObject({ phone: '+447700900123', proof: 'a-proof' })
})

describe('each answer of the API has one meaning', () => {
  test('202 is accepted, with the id of the lead', async () => {
    expect(await outcomeOf(202, { ok: true, queued: true, duplicate: false, id: 'abc' })).toEqual({
      kind: 'accepted',
      id: 'abc',
    })
  })

  test('200 is a duplicate', async () => {
    expect(await outcomeOf(200, { ok: true, duplicate: true })).toEqual({ kind: 'duplicate' })
  })

  for (const problem of ['required', 'invalid_phone', 'use_plus_prefix'])
    test(`400 ${problem} is refused in these words`, async () => {
      expect(await outcomeOf(400, { phone: [problem] })).toEqual({ kind: 'refused', problem } as never)
    })

  test('403 proof_required asks for a proof, any other 403 is rejected', async () => {
    const error = (code: string) => ({ error: { code, message: 'x', requestId: 'x' } })
    expect(await outcomeOf(403, error('proof_required'))).toEqual({ kind: 'proof_required' })
    expect(await outcomeOf(403, error('origin_not_allowed'))).toEqual({ kind: 'rejected' })
  })

  test('429 and 503 may be sent again after the time they name', async () => {
    const body = { error: { code: 'x', message: 'x', requestId: 'x' } }
    expect(await outcomeOf(429, body, { 'Retry-After': '7' })).toEqual({
      kind: 'again',
      reason: 'rate_limited',
      waitMs: 7000,
    })
    expect(await outcomeOf(503, body)).toEqual({ kind: 'again', reason: 'unavailable', waitMs: undefined })
  })

  test('Retry-After may be a date, and one that has passed means now', async () => {
    const passed = await outcomeOf(503, {}, { 'Retry-After': 'Fri, 01 Jan 2021 00:00:00 GMT' })
    expect(passed).toEqual({ kind: 'again', reason: 'unavailable', waitMs: 0 })
  })

  test('Retry-After as a date is one of the server, however wrong the clock of the device is', async () => {
    for (const year of [1970, 2004, 2041]) {
      const headers = {
        Date: `Fri, 01 Jan ${year} 00:00:00 GMT`,
        'Retry-After': `Fri, 01 Jan ${year} 00:00:05 GMT`,
      }
      expect(await outcomeOf(503, {}, headers)).toMatchObject({ waitMs: 5_000 })
    }
  })

  test('a gateway error in HTML may be sent again', async () => {
    expect(await outcomeOf(502, '<h1>Bad Gateway</h1>')).toMatchObject({
      kind: 'again',
      reason: 'unavailable',
    })
  })

  for (const status of [400, 403, 413, 415])
    test(`${status} is rejected: the same thing again would not help`, async () => {
      const error = { code: 'x', message: 'x', requestId: 'x' }
      expect(await outcomeOf(status, { error })).toEqual({ kind: 'rejected' })
    })

  test('400 about another field is rejected as well', async () => {
    expect(await outcomeOf(400, { idempotency_key: ['invalid_idempotency_key'] })).toEqual({
      kind: 'rejected',
    })
  })
})

describe('a refusal is only final in the words of the API', () => {
  const impostors: [number, unknown][] = [
    [400, '<html><center>400 Bad Request</center></html>'],
    [400, {}],
    [401, { error: { code: 'unauthorized', message: 'x', requestId: 'x' } }],
    [403, '<html>Blocked by your network</html>'],
    [403, { message: 'Forbidden' }],
    [404, { error: { code: 'not_found', message: 'x', requestId: 'x' } }],
    [408, ''],
    [413, '<html><h1>Request Entity Too Large</h1></html>'],
    [425, ''],
  ]
  for (const [status, body] of impostors)
    test(`${status} ${JSON.stringify(body)} may be sent again`, async () => {
      expect(await outcomeOf(status, body, { 'Retry-After': '7' })).toEqual({
        kind: 'again',
        reason: 'unreachable',
        waitMs: 7000,
      })
    })
})

describe('what this page does not know, a newer one may', () => {
  test.each([
    [400, { phone: ['landline_only'] }],
    [405, { error: { code: 'method_not_allowed', message: 'x', requestId: 'x' } }],
    [410, { error: { code: 'moved', message: 'x', requestId: 'x' } }],
  ])('%d %j', async (status, body) => {
    expect(await outcomeOf(status, body)).toEqual({ kind: 'again', reason: 'outdated' })
  })
})

describe('a success is only believed in the words of the API', () => {
  const impostors: [number, unknown][] = [
    [200, '<html>Welcome to the hotel network</html>'],
    [200, { ok: true }],
    [202, { ok: true }],
    [202, { ok: false, id: 'abc' }],
    [204, null],
  ]
  for (const [status, body] of impostors)
    test(`${status} ${JSON.stringify(body)} is not believed`, async () => {
      const deps = answering(200, '')
      const response = new Response(status === 204 ? null : JSON.stringify(body), { status })
      expect(await submitLead({ ...deps, fetch: async () => response }, submission)).toEqual({
        kind: 'again',
        reason: 'unreachable',
      })
    })
})

describe('without an answer the submission may be sent again', () => {
  const failing: SubmitDeps = { ...answering(200, ''), fetch: () => Promise.reject(new TypeError('failed')) }

  test('a lost connection is unreachable, or offline when the device says so', async () => {
    expect(await submitLead(failing, submission)).toEqual({ kind: 'again', reason: 'unreachable' })
    expect(await submitLead({ ...failing, isOnline: () => false }, submission)).toEqual({
      kind: 'again',
      reason: 'offline',
    })
  })

  test('silence past the deadline is unreachable', async () => {
    const silent: SubmitDeps = {
      ...failing,
      timeoutMs: 1,
      fetch: (_url, init) =>
        new Promise((_resolve, reject) => {
          init.signal!.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
        }),
    }
    expect(await submitLead(silent, submission)).toEqual({ kind: 'again', reason: 'unreachable' })
  })
})

test('keys are printable, within 128 characters, and never the same', () => {
  const keys = new Set(Array.from({ length: 100 }, newKey))
  expect(keys.size).toBe(100)
  for (const key of keys) expect(key).toMatch(/^[\x21-\x7e]{16,128}$/)
})
