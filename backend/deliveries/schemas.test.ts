import { describe, expect, test } from 'bun:test'
import type { TSchema } from '@sinclair/typebox'
import { FormatRegistry } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import fc from 'fast-check'
import type { LeadHappening } from './lead.ts'
import { leadMessage, testMessage } from './message.ts'
import { batchSchema, bodySchema, eventNames, eventSchemas, messageVersion, thinSchemas } from './schemas.ts'
import frozen from './schemas-2026-12.json'
import { webhook } from './webhook.ts'

FormatRegistry.Set('uuid', (text) => /^[0-9a-f-]{36}$/.test(text))
FormatRegistry.Set('date', (text) => /^\d{4}-\d\d-\d\d$/.test(text))
FormatRegistry.Set('date-time', (text) => new Date(text).toISOString() === text)

type Json = Readonly<Record<string, unknown>>
const asJson = (schema: TSchema): Json => JSON.parse(JSON.stringify(schema))
const now = {
  ...Object.fromEntries(
    eventNames.map((event) => [event, { body: asJson(bodySchema(event)), thin: asJson(thinSchemas[event]) }]),
  ),
  batch: asJson(batchSchema),
}

/** What a receiver that was written for `before` does not find any more. */
function lostSince(before: unknown, after: unknown, at = ''): string[] {
  if (Array.isArray(before)) {
    const isList = Array.isArray(after)
    return before
      .filter((each) => !isList || !after.some((one) => lostSince(each, one).length === 0))
      .map(() => at)
  }
  if (typeof before !== 'object' || before === null) return before === after ? [] : [at]
  if (typeof after !== 'object' || after === null) return [at]
  return Object.entries(before)
    .filter(([name]) => name !== 'description' || at.endsWith('/properties'))
    .flatMap(([name, value]) => lostSince(value, (after as Json)[name], `${at}/${name}`))
}

/** The same schema, in which nothing may stand that it does not name. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict)
  if (typeof schema !== 'object' || schema === null) return schema
  const inner = Object.fromEntries(Object.entries(schema).map(([name, each]) => [name, strict(each)]))
  return 'properties' in schema && 'type' in schema
    ? { ...schema, ...inner, additionalProperties: false }
    : { ...schema, ...inner }
}

describe('what receivers are told', () => {
  test('is only ever added to', () => {
    expect(messageVersion).toBe('2026-12')
    expect(lostSince(frozen, now)).toEqual([])
    // This would find a field that is gone, was renamed, is of another kind or may be absent.
    const body = bodySchema('lead.erased')
    const changed = asJson(body) as { properties: { data: { properties: Json; required: string[] } } }
    const { phone_hash: _, ...left } = changed.properties.data.properties
    const as = (properties: Json, required = changed.properties.data.required) => ({
      ...changed,
      properties: { ...changed.properties, data: { ...changed.properties.data, properties, required } },
    })
    expect(lostSince(asJson(body), as(left))).toEqual(['/properties/data/properties/phone_hash'])
    expect(lostSince(asJson(body), as({ ...left, phone_hash: { type: 'number' } }))).not.toEqual([])
    expect(lostSince(asJson(body), as(changed.properties.data.properties, ['id']))).not.toEqual([])
    expect(lostSince(asJson(body), as({ ...changed.properties.data.properties, more: {} }))).toEqual([])
  })

  const touch = fc.option(fc.dictionary(fc.string(), fc.string()), { nil: undefined })
  const word = fc.option(fc.string(), { nil: undefined })
  const happening = fc.record({
    event: fc.constantFrom(
      'lead.stored' as const,
      'lead.released' as const,
      'lead.updated' as const,
      'lead.erased' as const,
    ),
    leadId: fc.uuid(),
    change: fc.nat(),
    writtenAt: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }),
    told: fc.option(fc.record({ state: fc.string(), phone_hash: fc.string() }), { nil: undefined }),
    lead: fc.record({
      id: fc.uuid(),
      phone: fc.constantFrom('+989121234567', '09121234567', '+4915112345678', '+1'),
      state: fc.constantFrom('new', 'suspect', 'corrected', 'called'),
      acceptedAt: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }),
      correctedBy: fc.option(fc.uuid(), { nil: undefined }),
      ...{ attribution: touch, firstTouch: touch, variant: word, language: word, consent: word },
      suspect: fc.option(fc.array(fc.string()), { nil: undefined }),
    }),
  })

  test('is what its schema says, of any lead, whole and thin, and not a field more', () => {
    const house = { publicUrl: 'https://lead.example.com', timeZone: 'Asia/Tehran' }
    const settings = { url: 'https://example.com/', secrets: [], headers: {}, own: {} }
    fc.assert(
      fc.property(happening, (given) => {
        const message = leadMessage(given as LeadHappening, house)
        const bodyOf = (thin: boolean) =>
          JSON.parse(webhook.request([message], { ...settings, thin }, 0).body)
        expect([...Value.Errors(strict(bodySchema(given.event)) as TSchema, bodyOf(false))]).toEqual([])
        expect([...Value.Errors(strict(thinSchemas[given.event]) as TSchema, bodyOf(true).data)]).toEqual([])
      }),
    )
    const batch = webhook.request(
      [testMessage('crm', 'x', new Date(0), 'UTC')],
      { ...settings, thin: false, own: { batch: '9' } },
      0,
    )
    expect([...Value.Errors(strict(batchSchema) as TSchema, JSON.parse(batch.body))]).toEqual([])
    const counts = { leads: 1, duplicates: 0, suspects: 2 }
    const report = { date: '2026-11-30', time_zone: 'UTC', ...counts, by_source: [{ source: '', ...counts }] }
    const [day] = fc.sample(happening, 1) as unknown as LeadHappening[]
    const told = leadMessage({ ...day!, event: 'report.daily', told: { report } }, house)
    expect([...Value.Errors(strict(eventSchemas['report.daily'].data) as TSchema, told.data)]).toEqual([])
    const { type, timestamp, data } = testMessage('crm', 'x', new Date(0), 'UTC')
    expect([
      ...Value.Errors(strict(bodySchema('delivery.test')) as TSchema, { type, timestamp, data }),
    ]).toEqual([])
  })
})
