import { expect, test } from 'bun:test'
import { createLog } from './log.ts'
import { startCollector } from './testing/stage/collector.ts'
import { createTracer, newSpanId, readTraceparent, traceparentOf } from './tracing.ts'

const quiet = createLog({ level: 'error', process: 'test' })
const away = { url: 'http://127.0.0.1:9', share: 1 }

test('a visitor has one trace a day, another visitor another, and nobody is found by it', async () => {
  const tracer = createTracer(away, 'test', quiet)
  const trace = tracer.traceOf('a-visitor')
  expect(trace).toMatch(/^[0-9a-f]{32}$/)
  expect(tracer.traceOf('a-visitor')).toBe(trace)
  expect(tracer.traceOf('another')).not.toBe(trace)
  expect(tracer.traceOf('')).not.toBe(tracer.traceOf(''))
  await tracer.close()
})

test.each([
  [0, 0],
  [1, 1_000],
])('with a share of %d of a thousand visitors %d are followed', async (share, followed) => {
  const tracer = createTracer({ ...away, share }, 'test', quiet)
  const traces = Array.from({ length: 1_000 }, (_, index) => tracer.traceOf(`visitor-${index}`))
  expect(traces.filter(Boolean).length).toBe(followed)
  await tracer.close()
})

test('spans reach a collector with their times, and nothing is lost at the end', async () => {
  const collector = await startCollector()
  const tracer = createTracer({ url: collector.url, share: 1 }, 'test', quiet)
  const context = { traceId: tracer.traceOf('')!, spanId: newSpanId() }
  const startMs = tracer.nowMs()
  tracer.ended({
    ...{ name: 'look', kind: 'client', context, startMs, endMs: startMs + 12.5 },
    attributes: { 'http.response.status_code': 200, 'lead.outcome': 'new' },
  })
  await tracer.close()
  await collector.stop()
  expect(collector.spans).toMatchObject([{ ...context, name: 'look', kind: 3, service: 'landfast-test' }])
  expect(collector.spans[0]!.tookMs).toBeCloseTo(12.5, 1)
  expect(collector.spans[0]!.attributes).toEqual({
    'http.response.status_code': '200',
    'lead.outcome': 'new',
  })
})

test('what is written of a span is read again, and what nobody follows is not', () => {
  const context = { traceId: 'a'.repeat(32), spanId: newSpanId() }
  expect(readTraceparent(traceparentOf(context))).toEqual(context)
  for (const text of ['', traceparentOf(context).replace(/1$/, '0'), '00-x-y-01'])
    expect(readTraceparent(text)).toBeUndefined()
})
