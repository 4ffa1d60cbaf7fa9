import type { Config } from '../config.ts'
import { createDeliveryDesk, type EndpointKeeper } from '../deliveries/desk.ts'
import { createSeal } from '../deliveries/seal.ts'
import { allowedOf } from '../outbound/addresses.ts'
import { createEverySender } from '../outbound/every-sender.ts'
import type { Db } from '../postgres/connection.ts'
import { recover, replay } from '../postgres/delivery-again.ts'
import {
  addEndpoint,
  endpointsOf,
  removeEndpoint,
  resealEndpoint,
  setEndpointState,
} from '../postgres/delivery-endpoints.ts'
import { attemptsOf, endpointFigures } from '../postgres/delivery-figures.ts'

/** What operators do about deliveries, on Postgres and the network. */
export function wireDeliveryDesk(
  config: Pick<Config, 'secretKey' | 'deliveryAllow' | 's3' | 'timeZone'>,
  db: Db,
) {
  const keeper: EndpointKeeper = {
    endpoints: () => endpointsOf(db),
    figures: () => endpointFigures(db),
    add: (endpoint) => addEndpoint(db, endpoint),
    reseal: (endpoint, sealed, host) => resealEndpoint(db, endpoint, sealed, host),
    setState: (id, state, because) => setEndpointState(db, id, state, because),
    recover: (id, since) => recover(db, id, since),
    replay: (id, range, really) => replay(db, id, range, really),
    attempts: (of, most) => attemptsOf(db, of, most),
    remove: (id) => removeEndpoint(db, id),
  }
  return createDeliveryDesk({
    keeper,
    sender: createEverySender({
      allowed: allowedOf(config.deliveryAllow),
      ...(config.s3 && { openBucket: config.s3 }),
    }),
    seal: createSeal(config.secretKey),
    timeZone: config.timeZone,
    nowMs: Date.now,
  })
}
