import { describe, expect, test } from 'bun:test'
import { readEndpoint } from './endpoint.ts'
import type { StoredLead } from './lead.ts'
import { leadMessage, type Message } from './message.ts'
import type { Notice } from './notice.ts'
import { newSecret } from './signature.ts'
import type { Target } from './target.ts'
import { targets } from './targets.ts'

const nowMs = Date.parse('2026-12-01T08:00:00Z')
const lead = {
  id: '019ad2a5-0000-7000-8000-000000000001',
  phone: '+989121234567',
  state: 'new',
  acceptedAt: new Date(nowMs),
}
const token = `123456:${'A'.repeat(35)}`
const chats = ['slack', 'discord', 'teams', 'telegram'] as const

const sampled = (count: number, changed: (index: number) => Partial<StoredLead> = () => ({})) =>
  Array.from({ length: count }, (_, index) => {
    const each = {
      ...lead,
      id: `019ad2a5-0000-7000-8000-${String(index).padStart(12, '0')}`,
      ...changed(index),
    }
    return leadMessage(
      { event: 'lead.stored', leadId: each.id, change: 0, writtenAt: new Date(nowMs), lead: each },
      { publicUrl: 'https://example.com', timeZone: 'Asia/Tehran' },
    )
  })

describe.each(chats)('the chat %s', (name) => {
  const target: Target = targets[name]
  const { settings } = readEndpoint(
    {
      name: 'x',
      target: name,
      url: 'https://example.com/in',
      ...(name === 'telegram' && { token, chat: '-1001234567890' }),
    },
    { id: 'a', secret: newSecret() },
  )
  /** All texts of a body, as they are read. */
  function textsOf(value: unknown): string {
    if (typeof value === 'string') return value.replace(/\\([^\w\s])/g, '$1')
    return typeof value === 'object' && value !== null ? Object.values(value).map(textsOf).join('\n') : ''
  }
  const said = (messages: readonly Message[], changed: object = {}) =>
    textsOf(JSON.parse(target.request(messages, { ...settings, ...changed }, nowMs).body))

  test('says what a caller needs: the number to ring in each form, where it came from, and when', () => {
    const [told] = sampled(1, () => ({
      attribution: { utm_campaign: 'summer', utm_source: 'sms' },
      variant: 'hero.b',
      language: 'fa',
    }))
    const text = said([told!])
    for (const fact of [
      'New lead',
      '\u2066+989121234567\u2069',
      '\u20660912 123 4567\u2069',
      'wa.me/989121234567',
    ])
      expect(text).toContain(fact)
    for (const fact of ['summer', 'sms', 'hero.b', 'fa', '1 Dec, 11:30 GMT+3:30', told!.data.id as string])
      expect(text).toContain(fact)
    expect(text).not.toContain('robot')
    expect(said(sampled(1, () => ({ suspect: ['fast'] })))).toMatch(/robot’s[\s\S]*fast/)
  })

  test('keeps Persian and emoji together, and lets what a link says turn, break or format nothing', () => {
    const [told] = sampled(1, () => ({
      attribution: {
        utm_campaign: 'نیم‌فاصله 👩‍👩‍👧 \u202eevil\n\u2066x',
        utm_source: `@everyone ${'ب'.repeat(300)}`,
      },
    }))
    const text = said([told!])
    expect(text).toContain('\u2068نیم‌فاصله 👩‍👩‍👧 evil x\u2069')
    expect(text).not.toContain('\u202e')
    expect(text).toMatch(/ب…\u2069/)
    expect(text.match(/[\u2066\u2068]/g)!.length).toBe(text.match(/\u2069/g)!.length)
  })

  test('tells several leads in one message, each once, as many as it has room for', () => {
    const many = sampled(target.requestMax!(settings), (index) => ({
      phone: `+98912${String(1_000_000 + index)}`,
      attribution: { utm_campaign: '<&>*_"'.repeat(40), utm_source: 'گوگل'.repeat(50) },
    }))
    const count = target.fits!(many, settings)
    expect(count).toBeGreaterThan(5)
    expect(count).toBeLessThanOrEqual(many.length)
    const text = said(many.slice(0, count))
    for (const [index, { data }] of many.entries()) {
      expect(text.split(data.id as string).length - 1).toBe(index < count ? 1 : 0)
      expect(text.includes(`+98912${1_000_000 + index}`)).toBe(index < count)
    }
    const huge = sampled(1, () => ({
      attribution: { utm_campaign: '&'.repeat(256), utm_source: '&'.repeat(256) },
    }))
    expect(target.fits!(huge, settings)).toBe(1)
    expect(said(many.slice(0, 2), { thin: true })).not.toContain('98912')
  })

  test('says of a lead that was corrected or erased which one it was, alone and among others', () => {
    const told = (event: 'lead.updated' | 'lead.erased', corrected_by: string | null) =>
      leadMessage(
        { event, leadId: lead.id, change: 1, writtenAt: new Date(nowMs), lead, told: { corrected_by } },
        { publicUrl: 'https://example.com', timeZone: 'UTC' },
      )
    const [corrected, erased] = [told('lead.updated', 'the-other'), told('lead.erased', null)]
    for (const text of [said([corrected]), said([corrected, erased])])
      expect(text).toMatch(/Lead changed[\s\S]*the-other[\s\S]*019ad2a5/)
    for (const text of [said([erased]), said([corrected, erased])])
      expect(text).toMatch(/Lead erased[\s\S]*delete[\s\S]*019ad2a5/)
  })

  test('says of an endpoint in trouble which it is, why, and what to do', () => {
    const told = (notice: Notice) =>
      leadMessage(
        {
          event: 'operator.notice',
          leadId: lead.id,
          change: 0,
          writtenAt: new Date(nowMs),
          told: { notice },
        },
        { publicUrl: 'https://example.com', timeZone: 'UTC' },
      )
    const [parked, well] = [
      told({ endpoint: 'crm', trouble: 'parked', because: 'it answered 410' }),
      told({ endpoint: 'crm', trouble: null, because: null }),
    ]
    for (const text of [said([parked]), said([parked, well])])
      expect(text).toMatch(
        /in trouble[\s\S]*crm is parked[\s\S]*it answered 410[\s\S]*deliveries recover crm/,
      )
    expect(said([well])).toMatch(/well again[\s\S]*crm is well again/)
    expect(said([well])).not.toContain(lead.id)
  })

  test('leaves between two messages the time that its documentation asks for', () => {
    const leastMs = { slack: 1_000, discord: 2_000, teams: 250, telegram: 3_000 }[name]
    expect(target.pauseMs!(settings)).toBeGreaterThan(leastMs)
    if (name === 'telegram')
      expect(target.pauseMs!({ ...settings, own: { chat: '77' } })).toBeGreaterThan(1_000)
  })

  test('takes a page for people for no answer of a chat', () => {
    expect(target.judge({ status: 200, body: '<!doctype html><p>Hi' }, nowMs).kind).toBe('failed')
  })
})

describe('what a chat says', () => {
  const json = (value: object) => JSON.stringify(value)
  test.each([
    ['slack', 200, 'ok', 'delivered'],
    ['slack', 400, 'invalid_payload', 'failed'],
    ['slack', 404, 'no_service', 'gone'],
    ['slack', 403, 'action_prohibited', 'gone'],
    ['slack', 410, 'channel_is_archived', 'gone'],
    ['slack', 404, 'constructor', 'failed'],
    ['slack', 500, 'rollup_error', 'failed'],
    ['discord', 200, json({ id: '1' }), 'delivered'],
    ['discord', 404, json({ message: 'Unknown Webhook', code: 10015 }), 'gone'],
    ['discord', 401, json({ message: 'Invalid Webhook Token', code: 50027 }), 'gone'],
    ['discord', 400, json({ message: 'Invalid Form Body', code: 50035 }), 'failed'],
    ['teams', 202, '', 'delivered'],
    ['teams', 404, json({ error: { code: 'WorkflowNotFound', message: 'x' } }), 'gone'],
    ['teams', 413, json({ error: { code: 'RequestEntityTooLarge', message: 'too large' } }), 'failed'],
    ['telegram', 200, json({ ok: true, result: {} }), 'delivered'],
    ['telegram', 200, json({ ok: false }), 'failed'],
    ['telegram', 200, '', 'failed'],
    ['telegram', 401, json({ ok: false, error_code: 401, description: 'Unauthorized' }), 'gone'],
    [
      'telegram',
      403,
      json({ ok: false, error_code: 403, description: 'Forbidden: bot was blocked by the user' }),
      'gone',
    ],
    [
      'telegram',
      400,
      json({ ok: false, error_code: 400, description: 'Bad Request: chat not found' }),
      'gone',
    ],
    [
      'telegram',
      400,
      json({ ok: false, error_code: 400, description: "Bad Request: can't parse entities" }),
      'failed',
    ],
  ] as const)('%s: %d %s is %s', (name, status, body, kind) => {
    const outcome = (targets[name] as Target).judge({ status, body }, nowMs)
    expect(outcome.kind).toBe(kind)
    // In its own words, so that an operator can look them up.
    if ('because' in outcome && /[a-z]{4}/.test(body))
      expect(outcome.because).not.toBe(`it answered ${status}`)
  })

  test.each([
    ['discord', json({ message: 'You are being rate limited.', retry_after: 0.6, global: false }), 1_000],
    ['telegram', json({ ok: false, error_code: 429, parameters: { retry_after: 35 } }), 35_000],
  ] as const)('%s says in its body how long to wait', (name, body, retryAfterMs) => {
    expect(targets[name].judge({ status: 429, body }, nowMs)).toMatchObject({ isTheirs: true, retryAfterMs })
  })

  test('a group of Telegram that has become another is followed', () => {
    const body = json({ ok: false, error_code: 400, parameters: { migrate_to_chat_id: -100_777 } })
    expect(targets.telegram.judge({ status: 400, body }, nowMs)).toMatchObject({
      kind: 'failed',
      changed: { chat: '-100777' },
    })
  })
})

describe('a chat is added', () => {
  const read = (given: object) => readEndpoint({ name: 'x', ...given }, { id: 'a', secret: newSecret() })

  test.each([
    ['https://hooks.slack.com/services/T0AB/B0CD/abcDEF', 'slack'],
    ['https://discord.com/api/webhooks/123/a-b_c', 'discord'],
    ['https://x.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=x', 'teams'],
    ['https://x.environment.api.powerplatform.com/powerautomate/triggers/manual/paths/invoke?sig=x', 'teams'],
  ] as const)('by %s as %s', (url, target) =>
    expect(read({ url })).toMatchObject({ target, settings: { url } }),
  )

  test('by the address of a server that reads the same', () => {
    expect(read({ target: 'slack', url: 'https://chat.example.com/hooks/abc' }).target).toBe('slack')
  })

  test('to Telegram by token and chat, and nothing more', () => {
    expect(read({ target: 'telegram', token, chat: -1001 }).settings).toMatchObject({
      url: 'https://api.telegram.org/',
      own: { token, chat: '-1001' },
      secrets: [],
    })
  })

  test.each([
    ['url', { target: 'slack', url: 'https://hooks.slack.com/service/T/B/x' }],
    ['url', { target: 'slack', url: 'https://example.slack.com/archives/C1' }],
    ['url', { target: 'discord', url: 'https://discord.com/channels/1/2' }],
    ['url', { target: 'teams', url: 'https://x.webhook.office.com/webhookb2/1' }],
    [
      'url',
      { target: 'telegram', url: `https://api.telegram.org/bot${token}/sendMessage`, token, chat: '1' },
    ],
    ['token', { target: 'telegram', chat: '1' }],
    ['token', { target: 'telegram', token: 'bot', chat: '1' }],
    ['chat', { target: 'telegram', token }],
    ['chat', { target: 'telegram', token, chat: 'my group' }],
    ['chat', { url: 'https://example.com/', chat: '1' }],
  ])('and %s is refused by name where it cannot be right: %j', (field, given) => {
    expect(() => read(given)).toThrow(expect.objectContaining({ fields: { [field]: [expect.any(String)] } }))
  })
})
