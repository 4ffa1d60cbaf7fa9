import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A span as a collector reads it. */
export type SpanSent = Readonly<{
  service: string
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  tookMs: number
  attributes: Readonly<Record<string, string>>
}>

type Attribute = Readonly<{ key: string; value: Readonly<{ stringValue?: string; intValue?: string }> }>
type Sent = Readonly<{
  resourceSpans: readonly Readonly<{
    resource: Readonly<{ attributes: readonly Attribute[] }>
    scopeSpans: readonly Readonly<{
      spans: readonly (Omit<SpanSent, 'service' | 'tookMs' | 'attributes'> &
        Readonly<{ startTimeUnixNano: string; endTimeUnixNano: string; attributes: readonly Attribute[] }>)[]
    }>[]
  }>[]
}>

/** A collector that takes OTLP in JSON over HTTP, and keeps what it was sent. */
export async function startCollector() {
  const spans: SpanSent[] = []
  const server = createServer(async (request, response) => {
    const isRight = request.url === '/v1/traces' && request.headers['content-type'] === 'application/json'
    if (isRight) spans.push(...spansIn(JSON.parse(Buffer.concat(await request.toArray()).toString())))
    response.writeHead(isRight ? 200 : 404, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: spans as readonly SpanSent[],
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
}

const read = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? '']))

function spansIn({ resourceSpans }: Sent): SpanSent[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ startTimeUnixNano, endTimeUnixNano, attributes, ...span }) => ({
        ...span,
        service: read(resource.attributes)['service.name'] ?? '',
        tookMs: Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / 1e6,
        attributes: read(attributes),
      })),
    ),
  )
}
