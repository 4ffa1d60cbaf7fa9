import type { Config } from '../config.ts'
import type { DeliveryStore } from '../deliveries/ports.ts'
import { startDeliveries } from '../jobs/deliveries.ts'
import type { Log } from '../log.ts'
import { allowedOf } from '../outbound/addresses.ts'
import { createEverySender } from '../outbound/every-sender.ts'
import type { Db } from '../postgres/connection.ts'
import { createDeliveryStore } from '../postgres/deliveries.ts'
import { deliveryFigures } from '../postgres/delivery-figures.ts'
import { createDeliveryMetrics } from '../prometheus/delivery-metrics.ts'
import { addGaugesOf } from '../prometheus/metrics.ts'
import { rememberedHighWater } from '../redis/home.ts'
import type { RunningWorker } from '../redis/worker.ts'
import { createSeal } from '../seal.ts'
import type { SharedClock } from '../shared-clock.ts'
import type { RedisForCommands, Registry } from './open.ts'

export type DeliveriesOptions = Readonly<{
  config: Config
  db: Db
  /** None without Redis: then nobody remembers how far Postgres was. */
  shards: readonly RedisForCommands[]
  clock: Pick<SharedClock, 'nowMs'>
  registry: Registry
  /** Absent: nobody is followed. */
  traced?(store: DeliveryStore): DeliveryStore
  log: Log
}>

/** What the worker does with leads that are stored: tells of them whoever is to be told. */
export function wireDeliveries({ config, db, shards, clock, registry, traced, log }: DeliveriesOptions) {
  const metrics = createDeliveryMetrics(registry)
  addGaugesOf(registry, () => deliveryFigures(db), {
    delivery_waiting: {
      help: 'Deliveries that are still to be made; NaN while Postgres is away',
      of: ({ waiting }) => waiting,
    },
    delivery_oldest_waiting_seconds: {
      help: 'Age of the oldest delivery to an endpoint that is on; NaN while Postgres is away',
      of: ({ oldestWaitingS }) => oldestWaitingS,
    },
    delivery_parked: {
      help: 'Deliveries that were given up and wait for an operator; NaN while Postgres is away',
      of: ({ parked }) => parked,
    },
    delivery_endpoints_parked: {
      help: 'Endpoints to which nothing is sent until an operator says so; NaN while Postgres is away',
      of: ({ endpointsParked }) => endpointsParked,
    },
  })
  const store = createDeliveryStore(db, () => rememberedHighWater(shards))
  return {
    start: (): RunningWorker =>
      startDeliveries({
        store: traced?.(store) ?? store,
        sender: createEverySender({ allowed: allowedOf(config.deliveryAllow) }),
        seal: createSeal(config.secretKey),
        publicUrl: config.publicUrl,
        timeZone: config.timeZone,
        metrics,
        nowMs: clock.nowMs,
        random: Math.random,
        log,
      }),
  }
}
