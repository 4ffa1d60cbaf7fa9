import { createHash, randomBytes } from 'node:crypto'
import type { Log } from './log.ts'
import { tiringLog } from './tiring-log.ts'

export type TracingConfig = Readonly<{
  /** Where a collector takes OTLP over HTTP. */
  url: string
  /** Of all visitors, from 0 to 1. */
  share: number
}>

/** Where a span belongs: its trace, and the span that it is part of. */
export type SpanContext = Readonly<{ traceId: string; spanId: string }>

const kinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const
export type Span = Readonly<{
  name: string
  kind: keyof typeof kinds
  context: SpanContext
  parentId?: string
  startMs: number
  endMs: number
  attributes: Readonly<Record<string, string | number>>
  failed?: boolean
}>

export type Tracer = Readonly<{
  /** The trace of a visitor on this day, or a new one where nobody is known; undefined: it is not among those that are kept. */
  traceOf(visitorId: string): string | undefined
  nowMs(): number
  /** Keeps a span until it is sent. Never throws, never waits. */
  ended(span: Span): void
  /** Sends what is left. */
  close(): Promise<void>
}>

const sendEveryMs = 1_000
const sendDeadlineMs = 5_000
// What comes faster than the collector takes it is left out: nothing waits for a trace.
const heldMax = 4_096
const idBytes = 8
const traceBytes = 16

export const newSpanId = () => randomBytes(idBytes).toString('hex')

/** As W3C has it, marked as kept. */
export const traceparentOf = ({ traceId, spanId }: SpanContext) => `00-${traceId}-${spanId}-01`

/** Undefined where it is none, or nobody keeps it. */
export function readTraceparent(text: string): SpanContext | undefined {
  const [, traceId, spanId] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(text) ?? []
  return traceId && spanId ? { traceId, spanId } : undefined
}

/** Sends spans to a collector, as OTLP in JSON. What it does not take is lost, and told of. */
export function createTracer(config: TracingConfig, process: string, log: Log): Tracer {
  const tired = tiringLog(log)
  const nowMs = () => performance.timeOrigin + performance.now()
  let held: Span[] = []
  let leftOut = 0
  let sending = Promise.resolve()

  async function send(): Promise<void> {
    const [spans, lost] = [held, leftOut]
    held = []
    leftOut = 0
    if (lost > 0) tired.warn('traces.lost', { spans: lost, because: 'more came than are sent' })
    if (spans.length === 0) return
    try {
      const answer = await fetch(`${config.url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(requestOf(spans, process)),
        redirect: 'error',
        signal: AbortSignal.timeout(sendDeadlineMs),
      })
      if (!answer.ok) throw new Error(`the collector answers ${answer.status}`)
    } catch (error) {
      tired.warn('traces.lost', { spans: spans.length, because: (error as Error).message })
    }
  }
  const sendNext = () => {
    sending = sending.then(send)
    return sending
  }
  const timer = setInterval(sendNext, sendEveryMs)
  timer.unref()

  return {
    traceOf(visitorId) {
      const day = new Date(nowMs()).toISOString().slice(0, 10)
      const traceId =
        visitorId === ''
          ? randomBytes(traceBytes).toString('hex')
          : createHash('sha256')
              .update(`${day} ${visitorId}`)
              .digest('hex')
              .slice(0, 2 * traceBytes)
      return Number.parseInt(traceId.slice(0, 8), 16) / 2 ** 32 < config.share ? traceId : undefined
    },
    nowMs,
    ended(span) {
      if (held.length < heldMax) held.push(span)
      else leftOut++
    },
    async close() {
      clearInterval(timer)
      await sendNext()
    },
  }
}

const nanosecondsOf = (ms: number) => `${Math.round(ms * 1_000)}000`

function requestOf(spans: readonly Span[], process: string) {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ 'service.name': `landfast-${process}` }) },
        scopeSpans: [
          {
            scope: { name: 'landfast' },
            spans: spans.map(({ name, kind, context, parentId, startMs, endMs, attributes, failed }) => ({
              ...context,
              ...(parentId && { parentSpanId: parentId }),
              name,
              kind: kinds[kind],
              startTimeUnixNano: nanosecondsOf(startMs),
              endTimeUnixNano: nanosecondsOf(endMs),
              attributes: attributesOf(attributes),
              status: failed ? { code: 2 } : {},
            })),
          },
        ],
      },
    ],
  }
}

const attributesOf = (attributes: Span['attributes']) =>
  Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(Math.round(value)) },
  }))
