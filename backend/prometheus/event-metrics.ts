import { Counter, type Registry } from 'prom-client'
import { createDurationHistogram } from './duration-histogram.ts'

/** What became of a request with events. */
export type EventOutcome = 'accepted' | 'refused' | 'rate_limited' | 'unavailable' | 'failed'

export type EventMetrics = Readonly<{
  /** One request with `events` events, answered after `durationMs`. */
  request(outcome: EventOutcome, events: number, durationMs: number): void
  /** A batch that went through Postgres because Redis could not take it. */
  fallback(): void
  /** An exposure that nobody waited for and no store took. */
  exposureLost(): void
}>

export type EventWorkerMetrics = Readonly<{
  stored(count: number): void
  unstorable(): void
  /** A batch that has to wait for Postgres. */
  waiting(): void
}>

const outcomes: readonly EventOutcome[] = ['accepted', 'refused', 'rate_limited', 'unavailable', 'failed']

export function createEventMetrics(registry: Registry): EventMetrics {
  const registers = [registry]
  const counts = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<EventOutcome, number>
  let accepted = 0
  new Counter({
    name: 'event_requests_total',
    help: 'Requests with events by what became of them',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset()
      for (const outcome of outcomes) this.inc({ outcome }, counts[outcome])
    },
  })
  new Counter({
    name: 'events_accepted_total',
    help: 'Events that were acknowledged',
    registers,
    collect() {
      this.reset()
      this.inc(accepted)
    },
  })
  const duration = createDurationHistogram(registry, {
    name: 'event_request_duration_seconds',
    help: 'Seconds from request to answer where events are taken',
    bucketsS: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  })
  const fallbacks = new Counter({
    name: 'event_batches_through_postgres_total',
    help: 'Batches of events that went through Postgres because Redis could not take them',
    registers,
  })
  const lost = new Counter({
    name: 'event_exposures_lost_total',
    help: 'Exposures that could not be kept',
    registers,
  })
  return {
    request(outcome, events, durationMs) {
      counts[outcome]++
      if (outcome === 'accepted') accepted += events
      duration.observe(durationMs / 1000)
    },
    fallback: () => fallbacks.inc(),
    exposureLost: () => lost.inc(),
  }
}

export function createEventWorkerMetrics(registry: Registry): EventWorkerMetrics {
  const registers = [registry]
  const stored = new Counter({ name: 'events_stored_total', help: 'Events stored in Postgres', registers })
  const unstorable = new Counter({
    name: 'events_unstorable_total',
    help: 'Events that no row can hold and that were given up',
    registers,
  })
  const waits = new Counter({
    name: 'event_store_waits_total',
    help: 'Times a batch of events had to wait for Postgres',
    registers,
  })
  return {
    stored: (count) => stored.inc(count),
    unstorable: () => unstorable.inc(),
    waiting: () => waits.inc(),
  }
}
