import type { Config } from '../config.ts'
import { createDeliveryDesk, type DeliveryDesk } from '../deliveries/desk.ts'
import type { Actor } from '../operators/audit.ts'
import { allowedOf } from '../outbound/addresses.ts'
import { createEverySender } from '../outbound/every-sender.ts'
import type { Db } from '../postgres/connection.ts'
import { createEndpointKeeper } from '../postgres/delivery-keeper.ts'
import { createSeal } from '../seal.ts'

/** What operators do about deliveries, on Postgres and the network: the desk of whoever does it. */
export function wireDeliveryDesk(
  config: Pick<Config, 'secretKey' | 'deliveryAllow' | 's3' | 'timeZone'>,
  db: Db,
): (by: Actor) => DeliveryDesk {
  const sender = createEverySender({
    allowed: allowedOf(config.deliveryAllow),
    ...(config.s3 && { openBucket: config.s3 }),
  })
  const shared = { sender, seal: createSeal(config.secretKey), timeZone: config.timeZone, nowMs: Date.now }
  return (by) => createDeliveryDesk({ ...shared, keeper: createEndpointKeeper(db, by) })
}
