import { openTcpGate, type TcpGate } from './tcp-gate.ts'

/** The ways on which the nodes of a cluster speak of each other, each through a gate of ours, so that one can be cut off. */
export type ClusterBus = Readonly<{
  /** Opens the way to one more node. Returns the port under which the others know it. */
  leadTo(port: number): Promise<number>
  /** From now on this node hears none of the others and they do not hear it; everybody else reaches it. Undefined: all are heard. */
  cutOff(node: Readonly<{ id: string; busPort: number }> | undefined): void
  close(): void
}>

// What nodes say begins with a head that names its sender (`clusterMsg` of Redis).
const senderAt = 40
const idLength = 40

export function openClusterBus(): ClusterBus {
  const gates: TcpGate[] = []
  let away: Readonly<{ id: string; busPort: number }> | undefined
  return {
    async leadTo(port) {
      const gate = await openTcpGate({ host: '127.0.0.1', port })
      const senders = new WeakMap<object, string>()
      // A piece that is missing is missed: such a connection has to be made anew.
      const torn = new WeakSet<object>()
      gate.watch((direction, bytes, connection) => {
        if (direction === 'asked' && !senders.has(connection) && bytes.length >= senderAt + idLength)
          senders.set(connection, bytes.toString('latin1', senderAt, senderAt + idLength))
        if (away && (away.busPort === port || away.id === senders.get(connection))) {
          torn.add(connection)
          return 'drop'
        }
        return torn.has(connection) ? 'cut' : 'pass'
      })
      gates.push(gate)
      return gate.port
    },
    cutOff(node) {
      away = node
    },
    close() {
      for (const gate of gates) gate.close()
    },
  }
}
