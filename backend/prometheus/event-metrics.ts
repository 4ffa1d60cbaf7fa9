import { Counter, type Registry } from 'prom-client'
import { type EventOutcome, type EventRequestMetrics, eventOutcomes } from '../events/outcome.ts'

export type EventMetrics = EventRequestMetrics &
  Readonly<{
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

/** Counts what becomes of events in an API process. */
export function createEventMetrics(registry: Registry): EventMetrics {
  const registers = [registry]
  const counts = Object.fromEntries(eventOutcomes.map((outcome) => [outcome, 0])) as Record<
    EventOutcome,
    number
  >
  let accepted = 0
  new Counter({
    name: 'event_requests_total',
    help: 'Requests with events by what became of them',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset()
      for (const outcome of eventOutcomes) this.inc({ outcome }, counts[outcome])
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
    request(outcome, events) {
      counts[outcome]++
      if (outcome === 'accepted') accepted += events
    },
    fallback: () => fallbacks.inc(),
    exposureLost: () => lost.inc(),
  }
}

/** Counts what becomes of events in the worker. */
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
