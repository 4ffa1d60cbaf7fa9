import { expect, test } from 'bun:test'
import { anEntry } from '../testing/stage/request-entry.ts'
import { toDocument } from './document.ts'

const noPhone = () => false

const phone = '09121234567'

test('an entry becomes a document of the request log', () => {
  const entry = anEntry({ campaign: 'summer2025', outcome: 'duplicate' })
  expect(toDocument(entry, () => 'desktop', noPhone)).toEqual({
    _id: entry.id,
    ts: entry.time,
    method: 'POST',
    path: '/api/leads',
    outcome: 'duplicate',
    duplicate: true,
    task_state: 'none',
    phone_hash: entry.phoneHash!,
    phone_mask: '***567',
    ip_hash: entry.request.ipHash,
    ip_mask: '203.0.113.*',
    ua: entry.request.userAgent,
    meta: { referrer: 'https://example.com/offer', campaign_id: 'summer2025', device: 'desktop' },
  })
})

test('what is not known is null', () => {
  const entry = anEntry({ phoneHash: undefined, phoneMask: undefined, campaign: undefined })
  const document = toDocument(
    { ...entry, request: { ...entry.request, referrer: '' } },
    () => 'unknown',
    noPhone,
  )
  expect(document).toMatchObject({ phone_hash: null, phone_mask: null })
  expect(document.meta).toEqual({ referrer: null, campaign_id: null, device: 'unknown' })
})

test('why a submission is suspect stands in its entry', () => {
  const document = toDocument(anEntry({ suspect: ['honeypot', 'fast'] }), () => 'unknown', noPhone)
  expect(document.suspect).toEqual(['honeypot', 'fast'])
})

test('no phone number slips in through what a client may write', () => {
  const entry = anEntry({})
  const request = {
    ...entry.request,
    path: `/api/leads/${phone}`,
    userAgent: `app ${phone}`,
    referrer: `https://a.example/${phone}/x`,
  }
  expect(JSON.stringify(toDocument({ ...entry, request }, () => 'unknown', noPhone))).not.toContain(phone)
})

test('texts are capped at 256 characters and well-formed', () => {
  const entry = anEntry({ campaign: `${'c'.repeat(255)}😀` })
  const request = { ...entry.request, userAgent: 'u'.repeat(9_000), referrer: `\ud800${'r'.repeat(9_000)}` }
  const document = toDocument({ ...entry, request }, () => 'unknown', noPhone)
  for (const text of [document.ua, document.meta.referrer!, document.meta.campaign_id!]) {
    expect(text).toHaveLength(256)
    expect(text.isWellFormed()).toBe(true)
  }
})
