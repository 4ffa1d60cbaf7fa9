import { type PersistEventsDeps, persistEvents } from '../events/persist.ts'
import type { EventBatch } from '../events/ports.ts'
import { errorFields, type Log } from '../log.ts'
import type { EventWorkerMetrics } from '../prometheus/event-metrics.ts'
import { untilStored } from './until-stored.ts'

export type EventJobDeps = Pick<PersistEventsDeps, 'events'> &
  Readonly<{ metrics: EventWorkerMetrics; log: Log }>

/** Stores one batch of events, and waits for Postgres inside the job as leads do. Only a stopping worker puts it back. */
export async function storeEventBatch(
  deps: EventJobDeps,
  job: Readonly<{ batch: EventBatch; signal: AbortSignal }>,
): Promise<void> {
  const persistDeps: PersistEventsDeps = {
    events: deps.events,
    onUnstorable(event) {
      deps.metrics.unstorable()
      deps.log.error('event.unstorable', event)
    },
  }
  const stored = await untilStored(() => persistEvents(persistDeps, job.batch), {
    signal: job.signal,
    onWait(error, pauseMs) {
      deps.metrics.waiting()
      deps.log.warn('event.store_waits', { batch: job.batch.id, pauseMs, ...errorFields(error) })
    },
  })
  deps.metrics.stored(stored)
}
