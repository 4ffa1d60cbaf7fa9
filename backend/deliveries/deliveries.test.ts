import { describe, expect, test } from 'bun:test'
import { Webhook } from 'standardwebhooks'
import type { InvalidFields } from '../problem.ts'
import { createSeal } from '../seal.ts'
import { openSettings, readEndpoint, sealSettings } from './endpoint.ts'
import { type LeadHappening, leadEvents, type StoredLead } from './lead.ts'
import { leadMessage, testMessage } from './message.ts'
import { attemptsMax, nextAfter, pausesMs, retryAfterMs } from './retry.ts'
import { isSecret, newSecret, rotated } from './signature.ts'
import { isWanted, readWanted, type Wanted, wantsEvent, withheldBecause } from './wanted.ts'
import { judgeByStatus, webhook } from './webhook.ts'

const nowMs = Date.parse('2026-12-01T08:00:00Z')
const lead: StoredLead = {
  id: '019ad2a5-0000-7000-8000-000000000001',
  phone: '+989121234567',
  state: 'new',
  acceptedAt: new Date(nowMs - 1_000),
  attribution: { utm_campaign: 'summer', utm_source: 'sms' },
  firstTouch: { utm_source: 'tv' },
  variant: 'hero.b-cta.a',
  language: 'en-gb',
  consent: '2026-01',
}
const house = { publicUrl: 'https://lead.example.com', timeZone: 'UTC' }
const happening = { leadId: lead.id, change: 0, writtenAt: new Date(nowMs), lead } as const
const message = leadMessage({ event: 'lead.stored', ...happening }, house)

describe('a webhook', () => {
  const secret = newSecret()
  const settings = {
    url: 'https://example.com/',
    secrets: [{ secret }],
    headers: { authorization: 'Bearer x' },
    thin: false,
    own: {},
  }

  test('is believed by the library of receivers, and not with another secret or body', () => {
    const { headers, body } = webhook.request([message], settings, Date.now())
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
    expect(() => new Webhook(newSecret()).verify(body, headers)).toThrow()
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow()
  })

  test('has the same id and body for every attempt, and the time of each', () => {
    const [first, later] = [0, 60_000].map((afterMs) => webhook.request([message], settings, nowMs + afterMs))
    expect(later!.body).toBe(first!.body)
    expect(later!.headers['webhook-id']).toBe(first!.headers['webhook-id'])
    expect(Number(later!.headers['webhook-timestamp']) - Number(first!.headers['webhook-timestamp'])).toBe(60)
  })

  test('says all forms of the phone, both touches, and what was agreed to', () => {
    const { body } = webhook.request([message], settings, nowMs)
    expect(JSON.parse(body)).toEqual({
      type: 'lead.stored',
      timestamp: '2026-12-01T08:00:00.000Z',
      data: {
        id: lead.id,
        accepted_at: '2026-12-01T07:59:59.000Z',
        state: 'new',
        phone: {
          kept: '+989121234567',
          e164: '+989121234567',
          national: '0912 123 4567',
          tel: 'tel:+989121234567',
          country: 'IR',
        },
        variant: 'hero.b-cta.a',
        language: 'en-gb',
        consent: '2026-01',
        suspect: [],
        last_touch: lead.attribution,
        first_touch: lead.firstTouch,
      },
    })
    expect(body.length).toBeLessThan(20_000)
  })

  test('knows the time as people read it in the zone of the installation', () => {
    const inTehran = leadMessage(
      { event: 'lead.stored', ...happening },
      { ...house, timeZone: 'Asia/Tehran' },
    )
    expect([message.localTime, inTehran.localTime]).toEqual(['1 Dec, 07:59 UTC', '1 Dec, 11:29 GMT+3:30'])
  })

  test('of a number without a country says what was typed', () => {
    const typed = leadMessage(
      { event: 'lead.stored', ...happening, lead: { ...lead, phone: '09121234567' } },
      house,
    )
    expect(typed.data.phone).toMatchObject({ kept: '09121234567', e164: null, national: '09121234567' })
  })

  test('of a batch holds each with the id that it has alone, is the same for the same, and signed as a whole', () => {
    const others = ['b', 'c'].map((id) => ({ ...message, id }))
    const asked = { ...settings, own: { batch: '100' } }
    const send = (held: (typeof message)[]) => webhook.request(held, asked, Date.now())
    const { headers, body } = send([message, ...others])
    expect(new Webhook(secret).verify(body, headers)).toEqual({
      type: 'batch',
      timestamp: message.timestamp,
      data: [message, ...others].map(({ id, type, timestamp, data }) => ({ id, type, timestamp, data })),
    })
    const again = send([message, ...others])
    expect([again.body, again.headers['webhook-id']]).toEqual([body, headers['webhook-id']])
    // A batch of one is one, and any other has another id.
    expect(JSON.parse(send([message]).body)).toMatchObject({ type: 'batch', data: [{ id: message.id }] })
    const ids = [[message], others, [message, ...others]].map((held) => send(held).headers['webhook-id'])
    expect(new Set(ids).size).toBe(3)
    expect(webhook.requestMax!(asked)).toBe(100)
    expect(webhook.requestMax!(settings)).toBe(1)
  })

  test('of a batch is no longer than receivers take', () => {
    const long = { ...message, data: { text: 'x'.repeat(200_000) } }
    const asked = { ...settings, own: { batch: '100' } }
    expect(webhook.fits!([long, long, long], asked)).toBe(2)
    expect(webhook.fits!([{ ...long, data: { text: 'x'.repeat(600_000) } }, long], asked)).toBe(1)
  })

  test('that is thin holds no phone and nothing of where the visitor came from', () => {
    const { body } = webhook.request([message], { ...settings, thin: true }, nowMs)
    expect(JSON.parse(body).data).toEqual({
      id: lead.id,
      state: 'new',
      status_url: `https://lead.example.com/api/leads/${lead.id}/status`,
    })
  })

  test('signs with the old secret beside the new one for a day after it was changed', () => {
    const next = newSecret()
    const changed = rotated(settings, next, Date.now())
    const { headers, body } = webhook.request([message], changed, Date.now())
    for (const each of [secret, next]) expect(new Webhook(each).verify(body, headers)).toBeTruthy()
    const later = webhook.request([message], changed, Date.now() + 25 * 3_600_000)
    expect(later.headers['webhook-signature']!.split(' ')).toHaveLength(1)
  })

  test('of a test says nothing of anybody', () => {
    const { body, headers } = webhook.request(
      [testMessage('crm', 'x1', new Date(nowMs), 'UTC')],
      settings,
      nowMs,
    )
    expect(JSON.parse(body)).toMatchObject({ type: 'delivery.test', data: { endpoint: 'crm' } })
    expect(headers['webhook-id']).toBe('delivery_test_x1')
  })

  test.each([
    [200, 'delivered'],
    [204, 'delivered'],
    [302, 'failed'],
    [400, 'failed'],
    [404, 'failed'],
    [410, 'gone'],
    [429, 'failed'],
    [500, 'failed'],
    [0, 'failed'],
  ])('that is answered %d has %s', (status, kind) => {
    expect(judgeByStatus({ status, body: '' }, nowMs).kind).toBe(kind as never)
  })
})

describe('what failed', () => {
  const failed = { kind: 'failed', because: 'it answered 500', isTheirs: true } as const

  test('is tried twelve times in some three days, and then parked', () => {
    expect(attemptsMax).toBe(12)
    expect(pausesMs.reduce((sum, ms) => sum + ms, 0) / 3_600_000).toBeCloseTo(75.6, 0)
    for (let attempt = 1; attempt < attemptsMax; attempt++)
      expect(nextAfter(failed, attempt, 0.5)).toEqual({
        state: 'waiting',
        afterMs: pausesMs[attempt - 1]!,
        because: 'it answered 500',
      })
    expect(nextAfter(failed, attemptsMax, 0.5)).toEqual({ state: 'parked', because: 'it answered 500' })
  })

  test('does not come back all in one moment', () => {
    expect([0, 1].map((random) => (nextAfter(failed, 1, random) as { afterMs: number }).afterMs)).toEqual([
      4_500, 5_500,
    ])
  })

  test('waits as long as the receiver asks for, and no longer than a day', () => {
    const after = (retryAfter: string) => {
      const outcome = judgeByStatus({ status: 429, body: '', retryAfter }, nowMs)
      return (nextAfter(outcome, 1, 0.5) as { afterMs: number }).afterMs
    }
    expect(after('120')).toBe(120_000)
    expect(after('Tue, 01 Dec 2026 08:10:00 GMT')).toBe(600_000)
    expect(after('2')).toBe(2_000)
    expect(after('0')).toBe(1_050)
    expect(after('99999999')).toBe(86_400_000)
    expect(after('9'.repeat(400))).toBe(86_400_000)
    expect(after('Tuesday, 01-Dec-26 08:10:00 GMT')).toBe(600_000)
    expect(after('Tue Dec  1 08:10:00 2026')).toBe(600_000)
    expect(after('Mon, 01 Jan 2001 00:00:00 GMT')).toBe(1_050)
    for (const nothing of ['soon', '-5', '1.5', '+3', '12 s', '0x10', '', '120, 120', 'Sunny day'])
      expect([nothing, retryAfterMs(nothing, nowMs)]).toEqual([nothing, undefined])
  })
})

describe('which leads', () => {
  test.each([
    [{}, true],
    [{ campaign: ['summer'] }, true],
    [{ campaign: ['winter', 'summer'] }, true],
    [{ campaign: ['winter'] }, false],
    [{ source: ['sms'], campaign: ['summer'] }, true],
    [{ source: ['tv'] }, false],
    [{ variant: ['hero.b'] }, true],
    [{ variant: ['cta.a'] }, true],
    [{ variant: ['hero.b-cta.a'] }, true],
    [{ variant: ['hero.a'] }, false],
    [{ language: ['en'] }, true],
    [{ language: ['en-gb'] }, true],
    [{ language: ['fa'] }, false],
  ])('%j lets the sample through: %p', (wanted, isIt) => expect(isWanted(lead, wanted)).toBe(isIt))

  test('nothing is sent of a lead that is erased, a duplicate, corrected or not released', () => {
    const because = (changed: Partial<StoredLead>) =>
      withheldBecause({ event: 'lead.stored', lead: { ...lead, ...changed } }, {})
    expect(because({})).toBeUndefined()
    expect(withheldBecause({ event: 'lead.stored' }, {})).toBe('the lead is erased')
    expect(because({ duplicateOf: lead.id })).toBe('the lead is a duplicate')
    expect(because({ correctedBy: lead.id })).toBe('the lead was corrected before it was sent')
    expect(because({ state: 'suspect' })).toBe('the lead is suspect')
    const suspect = { ...lead, state: 'suspect', suspect: ['fast'] }
    const released = { ...suspect, state: 'new' }
    expect(withheldBecause({ event: 'lead.stored', lead: suspect }, { suspect: true })).toBeUndefined()
    expect(withheldBecause({ event: 'lead.released', lead: suspect }, {})).toBe('the lead is suspect')
    expect(withheldBecause({ event: 'lead.released', lead: released }, {})).toBeUndefined()
    // It is told of by its release, and by that alone.
    expect(withheldBecause({ event: 'lead.stored', lead: released }, {})).toBe('the lead is suspect')
    expect(
      withheldBecause({ event: 'lead.updated', lead: { ...lead, correctedBy: lead.id } }, {}),
    ).toBeUndefined()
    expect(withheldBecause({ event: 'lead.erased' }, {})).toBeUndefined()
  })

  test('of those that are wanted an endpoint is told what it has chosen, else all that tells it whom to ring', () => {
    const corrected = { ...lead, state: 'corrected', correctedBy: lead.id }
    const wants = (wanted: Wanted) =>
      leadEvents.filter((event) => wantsEvent({ event, lead, told: { state: 'called' } }, wanted))
    expect(wants({ events: ['report.daily'] })).toEqual(['report.daily'])
    expect(wants({})).toEqual(['lead.stored', 'lead.released', 'lead.erased'])
    expect(wantsEvent({ event: 'lead.updated', lead: corrected }, {})).toBe(true)
    expect(wants({ events: ['lead.updated'] })).toEqual(['lead.updated'])
    expect(wantsEvent({ event: 'lead.updated', lead: corrected }, { events: ['lead.stored'] })).toBe(false)
    expect(readWanted({ events: ['lead.erased', 'lead.stored'] })).toEqual({
      events: ['lead.stored', 'lead.erased'],
    })
  })
})

describe('what became of a lead', () => {
  const of = (given: Partial<LeadHappening> & Pick<LeadHappening, 'event'>) =>
    leadMessage({ ...happening, ...given }, house)

  test('stays the same in every attempt, whatever becomes of it meanwhile', () => {
    const later = { ...lead, state: 'called' }
    for (const event of ['lead.stored', 'lead.released'] as const)
      expect(of({ event, lead: later })).toEqual(of({ event }))
    const told = { state: 'interested' }
    expect(of({ event: 'lead.updated', told, lead: later })).toEqual(of({ event: 'lead.updated', told }))
    const suspect = { ...lead, state: 'suspect', suspect: ['fast'] }
    expect(of({ event: 'lead.stored', lead: { ...suspect, state: 'new' } })).toEqual(
      of({ event: 'lead.stored', lead: suspect }),
    )
  })

  test('has an id of its own for each change', () => {
    const ids = [0, 1, 2].map((change) => of({ event: 'lead.updated', change }).id)
    expect(ids).toEqual([`lead_updated_${lead.id}`, `lead_updated_${lead.id}_1`, `lead_updated_${lead.id}_2`])
  })

  test('tells of an erasure by id and keyed hash, of a release all that of a stored one is told', () => {
    const erased = of({ event: 'lead.erased', lead: undefined, told: { phone_hash: 'ab' } })
    expect(erased).toMatchObject({ id: `lead_erased_${lead.id}`, data: { id: lead.id, phone_hash: 'ab' } })
    expect(erased.thin).toEqual(erased.data)
    const released = of({ event: 'lead.released', lead: { ...lead, suspect: ['fast'] } })
    expect(released.data).toEqual({ ...message.data, suspect: ['fast'] })
  })
})

describe('what is sealed', () => {
  const made = { id: 'a', secret: newSecret() }
  const { settings } = readEndpoint({ name: 'crm', url: 'https://example.com/secret-path' }, made)
  const seal = createSeal('k'.repeat(40))
  const sealed = sealSettings(seal, 'a', settings)

  test('opens with the same key and name alone, and shows nothing', () => {
    expect(openSettings(seal, { id: 'a', sealed })).toEqual(settings)
    expect(sealed.toString('latin1')).not.toContain('secret-path')
    expect(() => openSettings(seal, { id: 'b', sealed })).toThrow()
    expect(() => openSettings(createSeal('j'.repeat(40)), { id: 'a', sealed })).toThrow()
    for (let at = 0; at < sealed.length; at += 7) {
      const changed = Buffer.from(sealed)
      changed[at]! ^= 1
      expect(() => seal.open(changed, 'a')).toThrow()
    }
    expect(() => seal.open(Buffer.of(1), 'a')).toThrow()
  })

  test('is another each time', () => expect(sealSettings(seal, 'a', settings).equals(sealed)).toBe(false))
})

describe('a new endpoint', () => {
  const made = { id: 'a', secret: newSecret() }
  const given = { name: 'crm', url: 'https://example.com/leads#part' }

  test('has a secret that receivers can read, and an address without its last part', () => {
    const { settings, host } = readEndpoint(given, made)
    expect(isSecret(settings.secrets[0]!.secret)).toBe(true)
    expect([settings.url, host]).toEqual(['https://example.com/leads', 'example.com'])
    expect(
      readEndpoint({ ...given, language: ['EN'], suspect: true, concurrency: 9, per_second: 5 }, made),
    ).toMatchObject({
      wanted: { language: ['en'], suspect: true },
      concurrency: 9,
      perSecond: 5,
    })
  })

  test('is of the kind that is said, or that its address shows', () => {
    const sheet = 'https://script.google.com/macros/s/x/exec'
    expect(readEndpoint(given, made).target).toBe('webhook')
    expect(readEndpoint({ ...given, url: sheet }, made).target).toBe('google-sheets')
    expect(readEndpoint({ ...given, url: sheet, target: 'webhook' }, made).target).toBe('webhook')
  })

  test.each([
    ['name', { name: 'A b' }],
    ['name', { name: '' }],
    ['target', { target: 'fax' }],
    ['target', { target: 'toString' }],
    ['url', { url: 'nowhere' }],
    ['url', { url: undefined }],
    ['url', { url: 'https://script.google.com/macros/s/x/dev' }],
    ['url', { url: `https://example.com/${'x'.repeat(3_000)}` }],
    ['secret', { secret: 'whsec_short' }],
    ['thin', { thin: 'yes' }],
    ['concurrency', { concurrency: 0 }],
    ['concurrency', { concurrency: 65 }],
    ['per_second', { per_second: 1.5 }],
    ['campaign', { campaign: 'summer' }],
    ['language', { language: [1] }],
    ['suspect', { suspect: 1 }],
    ['notices', { notices: true }],
    ['events', { events: ['lead.lost'] }],
    ['batch', { batch: '101' }],
    ['batch', { batch: '0' }],
    ['batch', { batch: 'many' }],
    ['events', { events: 'lead.stored' }],
    ['headers', { headers: [] }],
    ['headers', { headers: { host: 'example.com' } }],
    ['headers', { headers: { 'webhook-id': 'x' } }],
    ['headers', { headers: { 'x-a': 'line\nbreak' } }],
    ['headers', { headers: { 'x a': 'b' } }],
  ])('whose %s is wrong is refused by that name: %j', (field, changed) => {
    try {
      readEndpoint({ ...given, ...changed }, made)
      throw new Error('it was taken')
    } catch (error) {
      expect(Object.keys((error as InvalidFields).fields)).toEqual([field])
    }
  })
})
