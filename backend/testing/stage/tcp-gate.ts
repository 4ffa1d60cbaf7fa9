import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * `open` passes everything; `mute` passes what is asked but no answer; `held` passes nothing until it is open again, and
 * then all of it, late; `shut` takes no connection and ends all.
 */
export type GateState = 'open' | 'mute' | 'held' | 'shut'

/** What becomes of the bytes that a watcher was shown: they go on, vanish, or the connection ends without them. */
export type Fate = 'pass' | 'drop' | 'cut'

/** Sees every piece that goes through the gate, to act at one exact point of the conversation on one connection. */
export type Watcher = (direction: 'asked' | 'answered', bytes: Buffer, connection: object) => Fate

/** A port in front of a server, to take the server away from one client only. */
export async function openTcpGate(target: { host: string; port: number }) {
  let leadsTo = target
  let state: GateState = 'open'
  let watcher: Watcher | undefined
  const sockets = new Set<Socket>()
  let stranded = new Set<Socket>()
  let late: (() => void)[] = []
  const server = createServer((client) => {
    if (state === 'shut') return client.destroy()
    const upstream = connect(leadsTo)
    const end = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    const pass = (direction: 'asked' | 'answered', bytes: Buffer, to: Socket) => {
      const fate = watcher?.(direction, bytes, client) ?? 'pass'
      if (fate === 'cut') end()
      else if (fate === 'pass') to.write(bytes)
    }
    client.on('data', (bytes: Buffer) => {
      if (stranded.has(client)) return
      if (state === 'held') late.push(() => upstream.write(bytes))
      else pass('asked', bytes, upstream)
    })
    upstream.on('data', (bytes: Buffer) => {
      if (stranded.has(client)) return
      if (state === 'held') late.push(() => client.write(bytes))
      else if (state === 'open') pass('answered', bytes, client)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    port: (server.address() as AddressInfo).port,
    set(next: GateState) {
      state = next
      if (state === 'open') for (const deliver of late) deliver()
      if (state !== 'held') late = []
      if (state === 'shut') for (const socket of sockets) socket.destroy()
    },
    /** The connections there are now pass nothing any more and nobody is told, as when a machine loses its power. */
    strand() {
      stranded = new Set(sockets)
    },
    /** New connections go to another server; those there are stay where they are, as behind an address that moves. */
    leadTo(next: { host: string; port: number }) {
      leadsTo = next
    },
    watch(next: Watcher | undefined) {
      watcher = next
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

export type TcpGate = Awaited<ReturnType<typeof openTcpGate>>

/** A gate in front of the server at this address. `url` is the way through it, with no slash at the end. */
export async function gateTo(address: string) {
  const url = new URL(address)
  const gate = await openTcpGate({ host: url.hostname, port: Number(url.port) })
  url.hostname = '127.0.0.1'
  url.port = String(gate.port)
  return { ...gate, url: url.href.replace(/\/$/, '') }
}
