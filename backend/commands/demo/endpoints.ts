import { randomUUID } from 'node:crypto'
import { readEndpoint, sealSettings } from '../../deliveries/endpoint.ts'
import { newSecret } from '../../deliveries/signature.ts'
import { theCommand } from '../../operators/audit.ts'
import type { Db } from '../../postgres/connection.ts'
import { createEndpointKeeper } from '../../postgres/delivery-keeper.ts'
import { addAttempts } from '../../postgres/demo.ts'
import { createSeal } from '../../seal.ts'

// Of a domain that answers nobody. None of them is on, so that nothing is ever sent there.
const endpoints = [
  { name: 'crm', url: 'https://crm.example.com/leads', failing: 3 },
  { name: 'callcentre', url: 'https://calls.example.com/hook', failing: 40 },
] as const
const attempts = 600

/** Two endpoints, paused, with attempts of the last day. */
export async function makeEndpoints(db: Db, secretKey: string): Promise<void> {
  const seal = createSeal(secretKey)
  const keeper = createEndpointKeeper(db, theCommand)
  for (const { name, url, failing } of endpoints) {
    const { settings, ...endpoint } = readEndpoint({ name, url }, { id: randomUUID(), secret: newSecret() })
    await keeper.add({ ...endpoint, sealed: sealSettings(seal, endpoint.id, settings) })
    await keeper.setState(endpoint.id, 'paused', 'a demonstration: nothing is sent')
    await addAttempts(db, { endpointId: endpoint.id, name, failing, attempts })
  }
}
