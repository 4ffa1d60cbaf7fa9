import { type Socket as BunSocket, connect } from 'bun'

/** An answer of the server: its status and its body. */
export type Answer = Readonly<{ status: number; body: string }>

/** One keep-alive connection that has one request on the way at a time. */
export type HttpConnection = Readonly<{
  /** Resolves with undefined when no whole answer came in time; the next request opens the connection again. */
  post(path: string, headers: string, body: string): Promise<Answer | undefined>
  close(): void
}>

const answerDeadlineMs = 10_000

/** A client that costs little, so that the load of a test is the server's own. It reads only what our API answers. */
export function httpConnection(origin: URL): HttpConnection {
  let socket: BunSocket | undefined
  let received = ''
  let resolve: ((answer: Answer | undefined) => void) | undefined
  const host = origin.host

  function end(answer?: Answer): void {
    const waiting = resolve
    resolve = undefined
    received = ''
    waiting?.(answer)
  }

  function drop(which: BunSocket): void {
    if (socket !== which) return
    socket = undefined
    end()
  }

  function read(chunk: Buffer): void {
    received += chunk.toString('latin1')
    const headEnd = received.indexOf('\r\n\r\n')
    if (headEnd < 0) return
    const head = received.slice(0, headEnd)
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
    if (received.length < headEnd + 4 + length) return
    const closes = /\r\nconnection: close/i.test(head)
    end({ status: Number(head.slice(9, 12)), body: received.slice(headEnd + 4, headEnd + 4 + length) })
    if (closes) close()
  }

  function close(): void {
    const closing = socket
    socket = undefined
    closing?.terminate()
  }

  async function open(): Promise<BunSocket> {
    const opened = await connect({
      hostname: origin.hostname,
      port: Number(origin.port),
      socket: {
        data(from, chunk) {
          if (from === socket) read(chunk)
        },
        close: drop,
        end: drop,
        error: drop,
      },
    })
    socket = opened
    return opened
  }

  return {
    async post(path, headers, body) {
      let to: BunSocket
      try {
        to = socket ?? (await open())
      } catch {
        return undefined
      }
      const { promise, resolve: answered } = Promise.withResolvers<Answer | undefined>()
      resolve = answered
      const timer = setTimeout(() => {
        close()
        end()
      }, answerDeadlineMs)
      to.write(
        `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`,
      )
      const answer = await promise
      clearTimeout(timer)
      return answer
    },
    close,
  }
}
