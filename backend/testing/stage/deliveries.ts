import { randomUUID } from 'node:crypto'
import { readEndpoint, sealSettings } from '../../deliveries/endpoint.ts'
import { createSeal } from '../../deliveries/seal.ts'
import { newSecret } from '../../deliveries/signature.ts'
import { startDeliveries } from '../../jobs/deliveries.ts'
import { allowedOf } from '../../outbound/addresses.ts'
import { createSender } from '../../outbound/sender.ts'
import type { Db } from '../../postgres/connection.ts'
import { createDeliveryStore } from '../../postgres/deliveries.ts'
import { addEndpoint } from '../../postgres/delivery-endpoints.ts'
import { createDeliveryMetrics } from '../../prometheus/delivery-metrics.ts'
import { createRegistry } from '../../prometheus/metrics.ts'
import { quietLog } from './engines.ts'
import type { Receiver } from './receiver.ts'

/** Adds an endpoint for a receiver, which then trusts its secret. Resolves with its id. */
export async function addReceiver(
  db: Db,
  secretKey: string,
  receiver: Pick<Receiver, 'url' | 'trust'>,
  given: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const secret = newSecret()
  const id = randomUUID()
  const name = `r${id.slice(0, 8)}`
  const endpoint = readEndpoint({ name, url: receiver.url, ...given }, { id, secret })
  await addEndpoint(db, { ...endpoint, sealed: sealSettings(createSeal(secretKey), id, endpoint.settings) })
  receiver.trust(secret)
  return id
}

/** Delivers as a worker does; to this machine as well. */
export function startDelivering(
  db: Db,
  secretKey: string,
  { allow = ['127.0.0.1'], timeoutMs }: Readonly<{ allow?: readonly string[]; timeoutMs?: number }> = {},
) {
  return startDeliveries({
    store: createDeliveryStore(db),
    sender: createSender({ allowed: allowedOf(allow), ...(timeoutMs && { timeoutMs }) }),
    seal: createSeal(secretKey),
    publicUrl: 'https://example.com',
    timeZone: 'Asia/Tehran',
    metrics: createDeliveryMetrics(createRegistry('test')),
    nowMs: Date.now,
    random: Math.random,
    log: quietLog,
  })
}
