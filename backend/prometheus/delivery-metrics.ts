import { Counter, type Registry } from 'prom-client'
import { createDurationHistogram } from './duration-histogram.ts'

const outcomes = ['delivered', 'failed', 'gone', 'withheld'] as const

export type DeliveryMetrics = Readonly<{
  attempt(outcome: (typeof outcomes)[number]): void
  /** A receiver has a lead, so long after it was stored. */
  delivered(afterS: number): void
}>

/** Counts what becomes of deliveries in this worker. */
export function createDeliveryMetrics(registry: Registry): DeliveryMetrics {
  const attempts = new Counter({
    name: 'delivery_attempts_total',
    help: 'Attempts to tell an endpoint of a lead by what they came to; withheld: nothing may be sent of that lead any more',
    labelNames: ['outcome'],
    registers: [registry],
  })
  for (const outcome of outcomes) attempts.inc({ outcome }, 0)
  const latency = createDurationHistogram(registry, {
    name: 'delivery_latency_seconds',
    help: 'Seconds from the row of a lead to the receiver that has it',
    bucketsS: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300, 3_600],
  })
  return { attempt: (outcome) => attempts.inc({ outcome }), delivered: (afterS) => latency.observe(afterS) }
}
