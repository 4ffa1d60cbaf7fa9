import { describe, expect, test } from 'bun:test'
import type { InvalidFields } from '../problem.ts'
import { email } from './email.ts'
import { readEndpoint } from './endpoint.ts'
import type { LeadHappening, StoredLead } from './lead.ts'
import { leadMessage, testMessage } from './message.ts'
import { newSecret } from './signature.ts'

const nowMs = Date.parse('2026-12-01T08:00:00Z')
const made = { id: 'a', secret: newSecret() }
const given = {
  name: 'mail',
  url: 'smtps://us%40example.com:hush@mail.example.com',
  ...{ to: 'sales@example.com, boss@example.com', from: 'leads@example.com' },
}
const settingsOf = (more: object = {}) => readEndpoint({ ...given, ...more }, made).settings
const idOf = (n: number) => `019ad2a5-0000-7000-8000-00000000000${n}`
const lead = (n: number, more: Partial<StoredLead> = {}): StoredLead => ({
  ...{ id: idOf(n), phone: `+98912123456${n}`, state: 'new', acceptedAt: new Date(nowMs) },
  attribution: { utm_campaign: 'تابستان ☀️', utm_source: 'sms' },
  ...more,
})
const house = { publicUrl: 'https://lead.example.com', timeZone: 'Asia/Tehran' }
const told = (of: StoredLead, more: Partial<LeadHappening> = {}) =>
  leadMessage(
    { event: 'lead.stored', leadId: of.id, change: 0, writtenAt: new Date(nowMs), lead: of, ...more },
    house,
  )
const mail = (messages: Parameters<typeof email.request>[0], more?: object) =>
  email.request(messages, settingsOf(more), nowMs)

describe('a mail', () => {
  test('of one lead says whom to ring, in the subject as well', () => {
    const { headers, body, html, url } = mail([told(lead(1))])
    expect(url).toBe(given.url)
    expect(headers).toEqual({
      From: 'leads@example.com',
      To: 'sales@example.com, boss@example.com',
      Subject: 'New lead: 0912 123 4561',
      'Message-ID': expect.stringMatching(/^<[0-9a-f]{40}@example\.com>$/),
      'Auto-Submitted': 'auto-generated',
    })
    for (const text of ['0912 123 4561 (+989121234561)', 'تابستان ☀️', 'sms', '11:30', idOf(1)]) {
      expect(body).toContain(text)
      expect(html).toContain(text)
    }
    expect(html).toContain('<a href="tel:+989121234561">')
  })

  test('of several has each once, and counts them', () => {
    const { headers, body, html } = mail([1, 2, 3].map((n) => told(lead(n))))
    expect(headers.Subject).toBe('3 new leads')
    for (const n of [1, 2, 3]) {
      expect(body.split(idOf(n))).toHaveLength(2)
      expect(html!.split(idOf(n))).toHaveLength(2)
    }
  })

  test('is the same in every attempt, by one id', () => {
    const [first, later] = [0, 86_400_000].map((ms) =>
      email.request([told(lead(1))], settingsOf(), nowMs + ms),
    )
    expect(later).toEqual(first!)
    expect(mail([told(lead(2))]).headers['Message-ID']).not.toBe(first!.headers['Message-ID']!)
  })

  test('in Persian runs from right to left, and its numbers do not', () => {
    const { headers, html, body } = mail([told(lead(1)), told(lead(2))], { words: 'fa' })
    expect(headers.Subject).toBe('۲ سرنخ تازه')
    expect(html).toContain('<html lang="fa" dir="rtl">')
    expect(html).toContain('<bdi dir="ltr">0912 123 4561 (+989121234561)</bdi>')
    expect(body).toContain('تلفن: \u20660912 123 4561 (+989121234561)\u2069')
  })

  test('takes nothing that a visitor’s link says for its own', () => {
    const evil = '<script>x</script>\r\nBcc: e@example.com\u202e" onload="'
    const { body, html } = mail([told(lead(1, { attribution: { utm_campaign: evil } }))])
    expect(html).not.toContain('<script')
    expect(html).not.toContain('" onload')
    expect(body).not.toMatch(/^Bcc/m)
    expect(body + html).not.toContain('\u202e')
  })

  test('that is thin tells no phone and no campaign', () => {
    const { headers, body, html } = mail([told(lead(1))], { thin: true })
    const all = JSON.stringify(headers) + body + html
    expect(all).not.toContain('1234561')
    expect(all).not.toContain('تابستان')
    expect(html).toContain(`https://lead.example.com/api/leads/${idOf(1)}/status`)
  })

  test('says what became of a lead, and is a test where it is one', () => {
    const { body, headers } = mail([
      told(lead(1, { state: 'corrected', correctedBy: idOf(2) }), { event: 'lead.updated' }),
      told(lead(3), { event: 'lead.updated', told: { state: 'won' } }),
      told(lead(4), { event: 'lead.erased', lead: undefined }),
    ])
    expect(headers.Subject).toBe('3 leads changed')
    expect(body).toContain(`ring the lead \u2066${idOf(2)}\u2069 instead`)
    expect(body).toContain('is \u2068won\u2069 now')
    expect(body).toContain(`${idOf(4)}\u2069 is to be forgotten`)
    expect(mail([testMessage('mail', 'x', new Date(nowMs), 'UTC')])).toMatchObject({
      headers: { Subject: 'A test of Landfast' },
      body: expect.stringContaining('سلام 👋'),
    })
  })

  test('says how a day went, by source', () => {
    const counts = { leads: 57, duplicates: 1, suspects: 3 }
    const report = {
      ...{ date: '2026-11-30', time_zone: 'Asia/Tehran', ...counts },
      by_source: [{ source: 'تلگرام', ...counts }],
    }
    const { headers, body, html } = mail([
      told(lead(1), { event: 'report.daily', lead: undefined, told: { report } }),
    ])
    expect(headers.Subject).toBe('2026-11-30: 57 leads')
    for (const text of ['(Asia/Tehran): 57 leads, 3 suspect, 1 duplicates', 'تلگرام\u2069: 57 leads'])
      for (const part of [body, html]) expect(part).toContain(text)
  })

  test.each([
    [250, 'delivered', undefined],
    [0, 'failed', true],
    [421, 'failed', true],
    [451, 'failed', true],
    [535, 'gone', undefined],
    [550, 'gone', undefined],
  ])('that is answered %d has %s', (status, kind, isTheirs) =>
    expect(email.judge({ status, body: 'so' }, nowMs)).toMatchObject({ kind, ...(isTheirs && { isTheirs }) }),
  )

  test('says which endpoint is in trouble, and why', () => {
    const notice = { endpoint: 'crm', trouble: 'parked', because: 'it answered 410' } as const
    const { headers, body } = mail([
      leadMessage(
        {
          event: 'operator.notice',
          leadId: idOf(1),
          change: 0,
          writtenAt: new Date(nowMs),
          told: { notice },
        },
        house,
      ),
    ])
    expect(headers.Subject).toBe('Leads do not get through')
    expect(body).toMatch(/crm is parked.*it answered 410/)
  })

  test('goes a minute after the one before, or as is said', () => {
    expect(email.pauseMs!(settingsOf())).toBe(60_000)
    expect(email.pauseMs!(settingsOf({ every: '300' }))).toBe(300_000)
  })

  test.each([
    ['to', { to: undefined }],
    ['to', { to: 'nobody' }],
    ['to', { to: 'a@example.com\r\nBcc: b@example.com' }],
    ['to', { to: Array(11).fill('a@example.com').join() }],
    ['from', { from: 'Name <a@example.com>' }],
    ['from', { from: undefined }],
    ['every', { every: '1' }],
    ['words', { words: 'de' }],
    ['url', { url: 'smtps://mail.example.com/inbox' }],
    ['url', { url: 'smtps://mail.example.com?starttls=no' }],
    ['url', { target: 'email', url: 'https://mail.example.com' }],
    ['headers', { headers: { 'X-Key': 'x' } }],
  ])('to an endpoint whose %s is wrong is refused by that name: %j', (field, changed) => {
    try {
      settingsOf(changed)
      throw new Error('it was taken')
    } catch (error) {
      expect(Object.keys((error as InvalidFields).fields)).toEqual([field])
    }
  })
})
