import { AsyncLocalStorage } from 'node:async_hooks'
import type { DeliveryStore } from '../deliveries/ports.ts'
import type { Seen } from '../http/app.ts'
import { readVisit, visitorIn } from '../http/request/visit-cookies.ts'
import type { LeadTable } from '../leads/ports.ts'
import type { SubmissionLine } from '../leads/submit.ts'
import { keysOf } from '../redis/keys.ts'
import { newSpanId, readTraceparent, type SpanContext, type Tracer, traceparentOf } from '../tracing.ts'
import type { RedisForCommands } from './open.ts'

const rememberedForS = 3_600

/**
 * What one API process tells of a visitor: the page, the submission, and how it was kept. Page and submission are of one
 * trace because the visitor is, by the cookie that the page gives.
 */
export function traceApi(tracer: Tracer) {
  const within = new AsyncLocalStorage<SpanContext>()

  const seen: Seen = (name, handle) => async (request, server) => {
    const startMs = tracer.nowMs()
    const { visitorId } = readVisit(request.headers.get('cookie'))
    // Who comes for the first time is known by the answer.
    const isNew = visitorId === '' && request.method === 'GET'
    const known = isNew ? undefined : tracer.traceOf(visitorId)
    if (!isNew && known === undefined) return handle(request, server)
    const spanId = newSpanId()
    const answer = await (known
      ? within.run({ traceId: known, spanId }, () => handle(request, server))
      : handle(request, server))
    const traceId = known ?? tracer.traceOf(visitorIn(answer.headers.getSetCookie()))
    if (traceId)
      tracer.ended({
        ...{ name, kind: 'server', context: { traceId, spanId }, startMs, endMs: tracer.nowMs() },
        attributes: { 'http.request.method': request.method, 'http.response.status_code': answer.status },
        failed: answer.status >= 500,
      })
    return answer
  }

  const line = (untraced: SubmissionLine): SubmissionLine => ({
    ...untraced,
    async submit(submission, request) {
      const parent = within.getStore()
      if (!parent) return untraced.submit(submission, request)
      const context = { traceId: parent.traceId, spanId: newSpanId() }
      const startMs = tracer.nowMs()
      let outcome = 'refused'
      try {
        const verdict = await untraced.submit(submission, request, traceparentOf(context))
        outcome = verdict.kind
        return verdict
      } finally {
        tracer.ended({
          ...{ name: 'send leads', kind: 'producer', context, parentId: parent.spanId },
          ...{ startMs, endMs: tracer.nowMs() },
          attributes: {
            'messaging.system': 'bullmq',
            'messaging.destination.name': 'leads',
            'lead.outcome': outcome,
          },
          failed: outcome === 'refused',
        })
      }
    },
  })

  return { seen, line }
}

/** What a worker tells of a lead: that it was stored, and each attempt to deliver it, which may be another worker's. */
export function traceWorker(tracer: Tracer, redis: RedisForCommands) {
  const traceKey = (leadId: string) => `${keysOf(redis).own('trace')}:${leadId}`

  const table = (untraced: LeadTable): LeadTable => ({
    ...untraced,
    async store(leads) {
      const startMs = tracer.nowMs()
      let failed = true
      try {
        await untraced.store(leads)
        failed = false
      } finally {
        const endMs = tracer.nowMs()
        for (const { id, trace } of leads) {
          const parent = trace === undefined ? undefined : readTraceparent(trace)
          if (parent) stored(id, parent, { startMs, endMs, failed })
        }
      }
    },
  })

  function stored(
    leadId: string,
    { traceId, spanId: parentId }: SpanContext,
    how: Readonly<{ startMs: number; endMs: number; failed: boolean }>,
  ): void {
    const context = { traceId, spanId: newSpanId() }
    tracer.ended({
      ...{ name: 'process leads', kind: 'consumer', context, parentId, ...how },
      attributes: { 'messaging.system': 'bullmq', 'messaging.destination.name': 'leads', 'lead.id': leadId },
    })
    tracer.ended({
      ...{ name: 'store_leads', kind: 'client', context: { traceId, spanId: newSpanId() } },
      ...{ parentId: context.spanId, ...how },
      attributes: { 'db.system.name': 'postgresql', 'db.operation.name': 'store_leads' },
    })
    if (!how.failed) redis.set(traceKey(leadId), traceparentOf(context), 'EX', rememberedForS).catch(() => {})
  }

  const deliveries = (untraced: DeliveryStore): DeliveryStore => ({
    ...untraced,
    async settle(settled) {
      await untraced.settle(settled)
      const made = settled.flatMap(({ delivery, made }) => (made ? [{ delivery, made }] : []))
      if (made.length === 0) return
      redis.mget(made.map(({ delivery }) => traceKey(delivery.leadId))).then(
        (found) => {
          for (const [index, { delivery, made: attempt }] of made.entries()) {
            const parent = readTraceparent(found[index] ?? '')
            const { outcome, answer, at, tookMs } = attempt
            if (parent)
              tracer.ended({
                ...{ name: `deliver ${delivery.event}`, kind: 'client', parentId: parent.spanId },
                context: { traceId: parent.traceId, spanId: newSpanId() },
                ...{ startMs: at.getTime(), endMs: at.getTime() + tookMs },
                attributes: {
                  'http.response.status_code': answer.status,
                  'delivery.attempt': delivery.attempt,
                  'delivery.outcome': outcome.kind,
                  'lead.id': delivery.leadId,
                },
                failed: outcome.kind !== 'delivered',
              })
          }
        },
        () => {},
      )
    },
  })

  return { table, deliveries }
}
