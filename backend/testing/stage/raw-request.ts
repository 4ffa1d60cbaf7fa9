import { connect } from 'node:net'

/** What came back on a connection of its own, up to its end; status 0 where nothing was answered. */
export type RawAnswer = Readonly<{ status: number; head: string; body: string }>

const deadlineMs = 10_000

/**
 * Sends these very bytes, one for each character, which no client library would. Reads until the server closes. `from` is
 * another address of this machine, which makes another client.
 */
export function sendRaw(origin: string, text: string, options: { from?: string } = {}): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve) => {
    let received = ''
    const to = { port: Number(port), host: hostname, localAddress: options.from }
    const socket = connect(to, () => socket.write(Buffer.from(text, 'latin1')))
    const timer = setTimeout(() => socket.destroy(), deadlineMs)
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(readAnswer(received))
    })
  })
}

/** One request as it goes over the wire; the server closes after its answer. */
export function rawRequest(input: {
  target: string
  host: string
  method?: string
  headers?: readonly string[]
  body?: string
}): string {
  const { target, host, method = 'GET', headers = [], body = '' } = input
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: close',
    ...headers,
    ...(body ? ['Content-Type: application/json', `Content-Length: ${body.length}`] : []),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

function readAnswer(received: string): RawAnswer {
  const end = received.indexOf('\r\n\r\n')
  const head = end < 0 ? received : received.slice(0, end)
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0)
  return { status, head, body: end < 0 ? '' : received.slice(end + 4) }
}
