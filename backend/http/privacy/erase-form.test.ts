import { expect, test } from 'bun:test'
import { makeLeads } from '../../testing/stage/leads.ts'
import { memoryApp } from '../../testing/stage/memory-app.ts'
import { corsRules } from '../request/cors.ts'

let waitS = 0
const { ask, cookieOf, leadDesk, eraseRequests } = await memoryApp((deps) => ({
  ...deps,
  eraseForm: {
    eraseRequests: deps.admin.eraseRequests,
    phoneKeyOf: deps.admin.phoneKeyOf,
    eraseFormWait: () => waitS,
    clientAddress: deps.leads.clientAddress,
    origins: corsRules([], 'http://localhost'),
    problems: deps.problems,
  },
}))
const send = (phone: string, headers: Record<string, string> = {}) =>
  ask('/api/privacy/erase', {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/x-www-form-urlencoded', origin: 'http://localhost' },
      ...headers,
    },
    body: new URLSearchParams({ phone, lang: 'fa' }).toString(),
  })
const known = '+447700900123'
const stranger = '+447700900456'
const lead = makeLeads(1, { phone: known })[0]!
leadDesk.put({ ...lead, acceptedAt: new Date(), suspect: false, state: 'new' })

test('whoever asks is answered the same, whether their phone is known or not, and however often', async () => {
  const answers = []
  for (const phone of [known, stranger, known]) {
    const answer = await send(phone)
    const { 'x-request-id': _id, ...headers } = Object.fromEntries(answer.headers)
    answers.push(JSON.stringify([answer.status, headers, await answer.text()]))
  }
  expect(new Set(answers).size).toBe(1)
  expect(answers[0]).toContain('/privacy/erase?lang=fa&came=asked')
  expect((await eraseRequests.list(9)).map(({ lastDigits }) => lastDigits)).toEqual(['0123', '0456'])
})

test('the form needs no script, is for no search engine, and says in either language what became of it', async () => {
  for (const [path, accepts, holds] of [
    ['/privacy/erase', 'fa', 'dir="rtl"'],
    ['/privacy/erase', 'de', 'dir="ltr"'],
    ['/privacy/erase?lang=fa&came=asked', 'en', 'role="status"'],
    ['/privacy/erase?lang=en&came=phone', 'fa', 'does not look like a phone'],
    ['/privacy/erase?lang=en&came=later', 'fa', 'too many requests'],
    ['/privacy/erase?lang="><script>&came=<b>', 'en', 'method="post"'],
  ] as const) {
    const answer = await ask(path, { headers: { 'accept-language': accepts } })
    const html = await answer.text()
    expect([path, html.includes(holds), html.includes('<script')]).toEqual([path, true, false])
    expect(answer.headers.get('x-robots-tag')).toContain('noindex')
    expect(answer.headers.get('content-security-policy')).toStartWith("default-src 'none'")
    expect(answer.headers.get('cache-control')).toBe('no-store')
  }
})

test('what is no phone, too much, too often, or from elsewhere is not kept', async () => {
  const kept = (await eraseRequests.list(99)).length
  for (const typed of ['', 'hello', '12', 'x'.repeat(65), `${known}\0`])
    expect((await send(typed)).headers.get('location')).toContain('came=phone')
  waitS = 60
  expect((await send('+447700900789')).headers.get('location')).toContain('came=later')
  waitS = 0
  expect((await send('+447700900789', { origin: 'https://evil.example' })).status).toBe(403)
  expect((await send('9'.repeat(2_000))).status).toBe(413)
  expect((await eraseRequests.list(99)).length).toBe(kept)
})

test('an operator looks first, then confirms or refuses with a reason; what names the phone is gone then', async () => {
  const headers = {
    ...{ cookie: await cookieOf('manager'), origin: 'http://localhost' },
    'content-type': 'application/json',
  }
  const act = async (path: string, body = {}) => {
    const answer = await ask(`/api/admin/erase-requests${path}`, {
      ...{ method: 'POST', headers },
      body: JSON.stringify(body),
    })
    return { status: answer.status, said: (await answer.json()) as Record<string, unknown> }
  }
  const [first, second] = await eraseRequests.list(9)
  expect((await act(`/${first!.id}/look`)).said).toEqual({ found: { leads: 1 } })
  expect((await act(`/${first!.id}/confirm`)).said.erasure).toBeString()
  expect((await act(`/${first!.id}/confirm`)).status).toBe(404)
  expect((await act(`/${second!.id}/refuse`)).status).toBe(400)
  expect((await act(`/${second!.id}/refuse`, { reason: 'Not theirs.' })).status).toBe(200)
  const after = await eraseRequests.list(9)
  expect(after.map(({ decision }) => decision).sort()).toEqual(['erased', 'refused'])
  expect(after.some(({ phoneKey, lastDigits }) => phoneKey || lastDigits)).toBe(false)
})

test('without the setting there is no form', async () => {
  const { ask: askWithout } = await memoryApp()
  expect((await askWithout('/privacy/erase')).status).toBe(404)
  expect((await askWithout('/api/privacy/erase', { method: 'POST', body: 'phone=1' })).status).toBe(404)
})
