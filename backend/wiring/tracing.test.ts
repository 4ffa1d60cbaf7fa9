import { expect, test } from 'bun:test'
import type { Peer } from '../http/request/client-ip.ts'
import type { SubmissionLine } from '../leads/submit.ts'
import type { Span, Tracer } from '../tracing.ts'
import { newVisitorId } from '../words/visitor-id.ts'
import { traceApi } from './tracing.ts'

const peer = { requestIP: () => null } as Peer
const visitorId = newVisitorId()

function stage(isFollowed: (visitorId: string) => boolean) {
  const spans: Span[] = []
  const tracer: Tracer = {
    traceOf: (visitor) => (isFollowed(visitor) ? `trace of ${visitor}` : undefined),
    nowMs: () => 0,
    ended: (span) => spans.push(span),
    close: async () => {},
  }
  const sent: (string | undefined)[] = []
  const { seen, line } = traceApi(tracer)
  const traced = line({
    submit: async (_, __, trace) => {
      sent.push(trace)
      return { kind: 'new', id: 'x' }
    },
  } as SubmissionLine)
  const page = seen('GET /', () => {
    const answer = new Response('page')
    answer.headers.append('set-cookie', 'lf_page=hero.b; Path=/')
    answer.headers.append('set-cookie', `__Host-lf_visitor=${visitorId}; Path=/; Secure`)
    return answer
  })
  const submit = seen('POST /api/leads', async () => {
    await traced.submit({} as never)
    return new Response(null, { status: 202 })
  })
  return { spans, sent, page, submit }
}

const ask = (method: string, cookie?: string) =>
  new Request('http://localhost/', { method, headers: cookie ? { cookie } : {} })

test('a first visit and the submission that follows are of one trace, by the cookie that the page gave', async () => {
  const { spans, sent, page, submit } = stage(() => true)
  await page(ask('GET'), peer)
  await submit(ask('POST', `lf_visitor=${visitorId}`), peer)
  expect(spans.map(({ name, context }) => [name, context.traceId])).toEqual(
    ['GET /', 'send leads', 'POST /api/leads'].map((name) => [name, `trace of ${visitorId}`]),
  )
  expect(spans[1]!.parentId).toBe(spans[2]!.context.spanId)
  expect(sent).toEqual([`00-trace of ${visitorId}-${spans[1]!.context.spanId}-01`])
})

test('of whom nobody follows nothing is kept, and nothing travels', async () => {
  const { spans, sent, page, submit } = stage(() => false)
  expect(await ((await page(ask('GET'), peer)) as Response).text()).toBe('page')
  await submit(ask('POST', `lf_visitor=${visitorId}`), peer)
  expect([spans, sent]).toEqual([[], [undefined]])
})
