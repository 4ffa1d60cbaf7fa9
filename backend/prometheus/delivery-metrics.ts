import { Counter, type Registry } from 'prom-client'
import { type TargetName, targetNames } from '../deliveries/targets.ts'
import { createDurationHistogram } from './duration-histogram.ts'

const outcomes = ['delivered', 'failed', 'gone', 'withheld'] as const

export type DeliveryMetrics = Readonly<{
  attempt(target: TargetName, outcome: (typeof outcomes)[number]): void
  /** One request, of one lead or several. */
  request(target: TargetName): void
  /** A receiver has a lead, so long after it was stored. */
  delivered(afterS: number): void
}>

/** Counts what becomes of deliveries in this worker. */
export function createDeliveryMetrics(registry: Registry): DeliveryMetrics {
  const attempts = new Counter({
    name: 'delivery_attempts_total',
    help: 'Attempts to tell an endpoint of a lead by what they came to; withheld: nothing may be sent of that lead any more',
    labelNames: ['target', 'outcome'],
    registers: [registry],
  })
  const requests = new Counter({
    name: 'delivery_requests_total',
    help: 'Requests made to tell of leads by target; one may tell of several',
    labelNames: ['target'],
    registers: [registry],
  })
  for (const target of targetNames) {
    requests.inc({ target }, 0)
    for (const outcome of outcomes) attempts.inc({ target, outcome }, 0)
  }
  const latency = createDurationHistogram(registry, {
    name: 'delivery_latency_seconds',
    help: 'Seconds from the row of a lead to the receiver that has it',
    bucketsS: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300, 3_600],
  })
  return {
    attempt: (target, outcome) => attempts.inc({ target, outcome }),
    request: (target) => requests.inc({ target }),
    delivered: (afterS) => latency.observe(afterS),
  }
}
