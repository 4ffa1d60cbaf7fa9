import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** `open` passes everything; `mute` passes what is asked but no answer; `shut` takes no connection and ends all. */
export type GateState = 'open' | 'mute' | 'shut'

/** A port in front of a server, to take the server away from one client only. */
export async function openTcpGate(target: { host: string; port: number }) {
  let state: GateState = 'open'
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    if (state === 'shut') return client.destroy()
    const upstream = connect(target)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (bytes) => upstream.write(bytes))
    upstream.on('data', (bytes) => {
      if (state === 'open') client.write(bytes)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    port: (server.address() as AddressInfo).port,
    set(next: GateState) {
      state = next
      if (state === 'shut') for (const socket of sockets) socket.destroy()
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
