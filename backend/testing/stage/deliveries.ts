import { randomUUID } from 'node:crypto'
import { readEndpoint, sealSettings } from '../../deliveries/endpoint.ts'
import { newSecret } from '../../deliveries/signature.ts'
import { startDeliveries } from '../../jobs/deliveries.ts'
import { allowedOf } from '../../outbound/addresses.ts'
import { createEverySender } from '../../outbound/every-sender.ts'
import type { Db } from '../../postgres/connection.ts'
import { createDeliveryStore } from '../../postgres/deliveries.ts'
import { addEndpoint } from '../../postgres/delivery-endpoints.ts'
import { createDeliveryMetrics } from '../../prometheus/delivery-metrics.ts'
import { createRegistry } from '../../prometheus/metrics.ts'
import { createSeal } from '../../seal.ts'
import { quietLog } from './engines.ts'
import { mailCa } from './mail-server.ts'
import type { Receiver } from './receiver.ts'

/** Adds an endpoint as an operator would. Resolves with its id and secret. */
export async function addEndpointFor(
  db: Db,
  secretKey: string,
  given: Readonly<Record<string, unknown>>,
): Promise<Readonly<{ id: string; secret: string }>> {
  const [id, secret] = [randomUUID(), newSecret()]
  const endpoint = readEndpoint({ name: `r${id.slice(0, 8)}`, ...given }, { id, secret })
  await addEndpoint(db, { ...endpoint, sealed: sealSettings(createSeal(secretKey), id, endpoint.settings) })
  return { id, secret }
}

/** Adds an endpoint for a receiver, which then trusts its secret. Resolves with its id. */
export async function addReceiver(
  db: Db,
  secretKey: string,
  receiver: Pick<Receiver, 'url' | 'trust'>,
  given: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { id, secret } = await addEndpointFor(db, secretKey, { url: receiver.url, ...given })
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
    sender: createEverySender({ allowed: allowedOf(allow), ca: mailCa, ...(timeoutMs && { timeoutMs }) }),
    seal: createSeal(secretKey),
    publicUrl: 'https://example.com',
    timeZone: 'Asia/Tehran',
    metrics: createDeliveryMetrics(createRegistry('test')),
    nowMs: Date.now,
    random: Math.random,
    log: quietLog,
  })
}
