import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

/** What a receiver got. */
export type Received = Readonly<{
  id: string
  type: string
  data: Readonly<Record<string, unknown>>
  body: string
  headers: Readonly<Record<string, string>>
}>

/** What it does with a message that it has looked at: says this, or breaks off. */
export type Said = Response | 'breaks off'
export type Manner = (message: Received, times: number) => Said | Promise<Said>

const ok: Manner = () => new Response('thanks')

/**
 * A receiver that keeps a ledger of what it has answered 2xx to, and verifies each message by the library that
 * receivers use. With `forgets` it keeps no message whole, for there may be a million.
 */
export async function startReceiver(manner: Manner = ok, { forgets = false } = {}) {
  let behaves = manner
  let webhook: Webhook | undefined
  let count = 0
  const attempts: Received[] = []
  const ledger = new Set<string>()
  const bodies = new Map<string, Set<number | bigint>>()
  const times = new Map<string, number>()
  const unverified: string[] = []

  async function answer(request: IncomingMessage): Promise<Said> {
    const body = Buffer.concat(await request.toArray()).toString('utf8')
    const headers = request.headers as Record<string, string>
    const id = headers['webhook-id'] ?? ''
    try {
      webhook?.verify(body, headers)
    } catch (error) {
      unverified.push(`${id}: ${error}`)
    }
    const { type, data } = JSON.parse(body) as Pick<Received, 'type' | 'data'>
    const message = { id, type, data, body, headers }
    count++
    if (!forgets) attempts.push(message)
    times.set(id, (times.get(id) ?? 0) + 1)
    bodies.set(id, (bodies.get(id) ?? new Set()).add(Bun.hash(body)))
    const said = await behaves(message, times.get(id)!)
    if (said !== 'breaks off' && said.ok) ledger.add(id)
    return said
  }

  const server = createServer((request, response) => {
    answer(request).then(
      async (said) => {
        if (said === 'breaks off') return request.socket.destroy()
        response.writeHead(said.status, Object.fromEntries(said.headers))
        response.end(await said.text())
      },
      () => request.socket.destroy(),
    )
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const port = await listen(0)

  async function stop(): Promise<void> {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }

  return {
    url: `http://127.0.0.1:${port}/leads`,
    /** Every attempt, in order; of one that forgets, only their count. */
    attempts,
    count: () => count,
    /** The ids that it has said 2xx to. */
    ledger,
    /** The bodies that came, by id, each as a hash. */
    bodies,
    /** What its library would not have believed. */
    unverified,
    /** From now on it verifies by this secret. */
    trust(secret: string) {
      webhook = new Webhook(secret)
    },
    behave(next: Manner) {
      behaves = next
    },
    stop,
    /** After `stop`, at the same address. */
    start: () => listen(port),
  }
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>
