import { describe, expect, test } from 'bun:test'
import { readEndpoint } from './endpoint.ts'
import { googleSheets } from './google-sheets.ts'
import { leadMessage, testMessage } from './message.ts'
import { newSecret } from './signature.ts'
import type { Target } from './target.ts'
import { type TargetName, targetNames, targets } from './targets.ts'

const nowMs = Date.parse('2026-12-01T08:00:00Z')
const lead = {
  id: '019ad2a5-0000-7000-8000-000000000001',
  phone: '+989121234567',
  state: 'new',
  acceptedAt: new Date(nowMs),
  attribution: { utm_campaign: 'تابستان ☀️ "=1+1"' },
}
const message = leadMessage(
  { event: 'lead.stored', leadId: lead.id, change: 0, writtenAt: new Date(nowMs), lead },
  { publicUrl: 'https://example.com', timeZone: 'UTC' },
)

/** Who tells people, in words, and not programs. */
const chats: readonly string[] = ['slack', 'discord', 'teams', 'telegram']
const asked: Partial<Record<TargetName, object>> = {
  telegram: { url: 'https://example.com/in', token: `123456:${'A'.repeat(35)}`, chat: '-1001234567890' },
}

// A mail server and a storage take no message of JSON, and say other things: email.test.ts, drop.test.ts.
const ofTheWeb = targetNames.filter((name) => name !== 'email' && !name.endsWith('-drop'))

describe.each(ofTheWeb)('the target %s', (name) => {
  const target: Target = targets[name]
  const made = { id: 'a', secret: newSecret() }
  const settingsOf = (given: object = {}) =>
    readEndpoint(
      { name: 'x', target: name, url: 'https://example.com/in?a=1', ...asked[name], ...given },
      made,
    ).settings

  test('says the same in every attempt, whole and by an id of the lead, to the address it was given', () => {
    const [first, later] = [0, 86_400_000].map((ms) => target.request([message], settingsOf(), nowMs + ms))
    expect(first!.body).toBe(later!.body)
    expect(first!.url).toStartWith(settingsOf().url)
    expect(first!.headers['content-type']).toBe('application/json')
    expect(first!.body).toContain(lead.id)
    expect(first!.body).toContain('تابستان ☀️')
    expect(first!.body).toContain('+989121234567')
    if (chats.includes(name)) return
    expect(JSON.parse(first!.body)).toMatchObject({ type: 'lead.stored' })
    expect(JSON.stringify(first)).toContain(`lead_stored_${lead.id}`)
  })

  test('sends a test that tells nothing of anybody, and headers of one’s own', () => {
    const settings = settingsOf({ headers: { 'X-Key': 'mine' } })
    const { body, headers } = target.request([testMessage('x', 'y', new Date(nowMs), 'UTC')], settings, nowMs)
    expect(body).toContain('سلام 👋')
    if (!chats.includes(name))
      expect(JSON.parse(body)).toMatchObject({ type: 'delivery.test', data: { endpoint: 'x' } })
    expect(headers['X-Key']).toBe('mine')
  })

  test('that is thin tells no phone and no campaign', () => {
    const { body } = target.request([message], settingsOf({ thin: true }), nowMs)
    expect(body).not.toContain('9121234567')
    expect(body).not.toContain('تابستان')
    expect(body).toContain(lead.id)
  })

  test('takes neither silence nor an error for delivered, waits as it is asked, and parks at 410', () => {
    for (const status of [0, 301, 307, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504])
      expect([status, target.judge({ status, body: '' }, nowMs)]).toMatchObject([status, { kind: 'failed' }])
    expect(target.judge({ status: 429, body: '', retryAfter: '9' }, nowMs)).toMatchObject({
      retryAfterMs: 9_000,
    })
    expect(target.judge({ status: 410, body: '' }, nowMs).kind).toBe('gone')
  })
})

describe('a sheet', () => {
  const answers = (status: number, location?: string) =>
    googleSheets.judge({ status, body: '', ...(location && { location }) }, nowMs)

  test('is written when its script sends on to its output, and only then', () => {
    expect(answers(302, 'https://script.googleusercontent.com/macros/echo?user_content_key=x').kind).toBe(
      'delivered',
    )
    expect(answers(302, 'https://accounts.google.com/ServiceLogin?x')).toMatchObject({
      kind: 'failed',
      because: 'it wants a sign-in: deploy the script for "Anyone"',
    })
    expect(answers(302, 'https://script.googleusercontent.com.example.com/').kind).toBe('failed')
    expect(answers(302).kind).toBe('failed')
    // Its page about an error of the script.
    expect(answers(200)).toMatchObject({ kind: 'failed', because: expect.stringContaining('Executions') })
  })
})
