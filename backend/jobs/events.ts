import { setTimeout as sleep } from 'node:timers/promises'
import { type PersistEventsDeps, persistEvents } from '../events/persist.ts'
import type { EventBatch } from '../events/ports.ts'
import { errorFields, type Log } from '../log.ts'
import type { EventWorkerMetrics } from '../prometheus/event-metrics.ts'

export type EventJobDeps = Pick<PersistEventsDeps, 'events'> &
  Readonly<{ metrics: EventWorkerMetrics; log: Log }>

const firstPauseMs = 100
const pauseMsMax = 5_000

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
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, pauseMsMax)) {
    try {
      deps.metrics.stored(await persistEvents(persistDeps, job.batch))
      return
    } catch (error) {
      deps.metrics.waiting()
      deps.log.warn('event.store_waits', { batch: job.batch.id, pauseMs, ...errorFields(error) })
      if (job.signal.aborted) throw error
      // Rejects when the worker is stopping; the next round is then the last.
      await sleep(pauseMs, undefined, { signal: job.signal }).catch(() => {})
    }
  }
}
