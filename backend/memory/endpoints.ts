import type { EndpointKeeper } from '../deliveries/desk.ts'
import type { Endpoint } from '../deliveries/endpoint.ts'

/** Endpoints that keep state like the real ones; nothing is ever delivered to them. Can be told to be away. */
export function memoryEndpoints(): EndpointKeeper & { away: boolean } {
  const kept = new Map<string, Endpoint>()
  const change = (id: string, changed: Partial<Endpoint>) => {
    const endpoint = kept.get(id)
    if (endpoint) kept.set(id, { ...endpoint, ...changed })
  }
  return {
    away: false,
    async endpoints() {
      if (this.away) throw new Error('endpoints are away')
      return [...kept.values()]
    },
    async figures() {
      const none = { waiting: 0, oldestWaitingS: 0, parked: 0, delivered: 0, failed: 0 }
      const never = { medianMs: null, lastFailure: null, lastFailureAt: null }
      return new Map([...kept.keys()].map((endpointId) => [endpointId, { endpointId, ...none, ...never }]))
    },
    async add(endpoint) {
      if ([...kept.values()].some(({ name }) => name === endpoint.name)) return false
      kept.set(endpoint.id, { ...endpoint, state: 'on', since: new Date() })
      return true
    },
    async reseal({ id }, sealed, host) {
      change(id, { sealed, ...(host !== undefined && { host }) })
      return true
    },
    async setState(id, state, because) {
      change(id, { state, because, since: new Date() })
    },
    recover: async () => 0,
    replay: async () => 0,
    attempts: async () => [],
    heldSince: async () => undefined,
    async letGo() {},
    async tested() {},
    changes: async () => [],
    async remove(id) {
      kept.delete(id)
    },
  }
}
