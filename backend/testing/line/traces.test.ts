import { expect, test } from 'bun:test'
import { newVisitorId } from '../../words/visitor-id.ts'
import { startCollector } from '../stage/collector.ts'
import { addReceiver } from '../stage/deliveries.ts'
import { until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { lineSecret, startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { startReceiver } from '../stage/receiver.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const collector = await startCollector()
atEnd(collector.stop)
const receiver = await startReceiver()
atEnd(receiver.stop)
const line = await startLine({
  env: {
    ...services.env,
    DELIVERY_ALLOW: '127.0.0.1',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER_ARG: '1',
  },
})
atEnd(() => line.stop())

test('one trace shows page, API, Redis, worker, Postgres and delivery', async () => {
  await addReceiver(db, lineSecret, receiver)
  const cookie = `lf_visitor=${newVisitorId()}`
  await (await fetch(line.origin, { headers: { cookie } })).text()
  const phone = newPhone()
  const answer = await fetch(`${line.origin}/api/leads`, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/json' },
    body: JSON.stringify({ phone }),
  })
  const { id } = (await answer.json()) as { id: string }
  const named = (name: string) => collector.spans.find((span) => span.name === name)
  await until('the delivery is told of', () => named('deliver lead.stored'))

  const expected = [
    ['GET /', undefined, 'landfast-api', 2],
    ['POST /api/leads', undefined, 'landfast-api', 2],
    ['send leads', 'POST /api/leads', 'landfast-api', 4],
    ['process leads', 'send leads', 'landfast-worker', 5],
    ['store_leads', 'process leads', 'landfast-worker', 3],
    ['deliver lead.stored', 'process leads', 'landfast-worker', 3],
  ] as const
  await until('all of it is told of', () => expected.every(([name]) => named(name)))
  for (const [name, parent, service, kind] of expected) {
    const span = named(name)!
    expect([name, span.service, span.kind]).toEqual([name, service, kind])
    expect([name, span.parentSpanId]).toEqual([name, parent && named(parent)!.spanId])
    expect(span.traceId).toBe(named('GET /')!.traceId)
    expect(span.tookMs).toBeGreaterThanOrEqual(0)
  }
  expect(named('process leads')!.attributes['lead.id']).toBe(id)
  expect(named('deliver lead.stored')!.attributes['delivery.outcome']).toBe('delivered')
  expect(JSON.stringify(collector.spans)).not.toContain(phone.slice(-8))
}, 120_000)

test('a collector that is gone costs nobody a lead, and is told of', async () => {
  await collector.stop()
  const answer = await fetch(`${line.origin}/api/leads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ phone: newPhone() }),
  })
  expect(answer.status).toBe(202)
  await until('the log says so', () => line.api.output().includes('traces.lost'))
}, 60_000)
