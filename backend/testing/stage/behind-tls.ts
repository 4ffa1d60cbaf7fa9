import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { freePorts } from './line.ts'

/** An authority that nobody knows, and the certificate of this machine that it vouches for. */
export const ownCa = join(import.meta.dir, 'own-ca')
/** The settings of whoever is to trust it. */
export const trusting = { NODE_EXTRA_CA_CERTS: join(ownCa, 'ca.pem') }

/** A way by TLS to the server at this address, with the certificate of our own authority. */
export async function behindTls(address: string) {
  const url = new URL(address)
  const behind = { host: url.hostname, port: Number(url.port) }
  const [port] = await freePorts(1)
  const server = createServer(
    { cert: readFileSync(join(ownCa, 'server.pem')), key: readFileSync(join(ownCa, 'server.key')) },
    (socket) => {
      const store = connect(behind)
      for (const end of [socket, store]) end.on('error', () => {})
      socket.pipe(store).pipe(socket)
      socket.on('close', () => store.destroy())
      store.on('close', () => socket.destroy())
    },
  )
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  url.hostname = '127.0.0.1'
  url.port = String(port)
  return { url, close: () => void server.close() }
}
