import { createGroupCommit } from '../batching/group-commit.ts'
import { type PersistEventsDeps, persistEvents } from '../events/persist.ts'
import type { EventBatch } from '../events/ports.ts'
import { errorFields, type Log } from '../log.ts'
import type { EventWorkerMetrics } from '../prometheus/event-metrics.ts'
import { untilStored } from './until-stored.ts'

export type EventJobDeps = Pick<PersistEventsDeps, 'events'> &
  Readonly<{ metrics: EventWorkerMetrics; log: Log }>

export type EventJob = Readonly<{ batch: EventBatch; signal: AbortSignal }>

// What a statement costs whatever it stores is shared by all batches that wait meanwhile; its memory and its time are bounded.
const batchesTogetherMax = 64
const bytesTogetherMax = 512 * 1024

/**
 * Stores batches of events, those together that come while others are being stored. Each waits for Postgres inside its job as leads
 * do; only a stopping worker puts it back.
 */
export function createEventJobs({ events, metrics, log }: EventJobDeps): (job: EventJob) => Promise<void> {
  const deps: PersistEventsDeps = {
    events,
    onUnstorable(event) {
      metrics.unstorable()
      log.error('event.unstorable', event)
    },
  }
  const together = createGroupCommit<EventBatch, void>({
    async commit(batches) {
      metrics.stored(await persistEvents(deps, batches))
      return batches.map(() => undefined)
    },
    sizeOf: ({ records }) => records.length,
    itemsMax: batchesTogetherMax,
    sizeMax: bytesTogetherMax,
    // They count in the same rows, so that more at once would only wait for each other.
    inFlightMax: 1,
    waitingMax: Number.POSITIVE_INFINITY,
  })
  return async ({ batch, signal }) => {
    await untilStored(() => together.join(batch), {
      signal,
      onWait(error, pauseMs) {
        metrics.waiting()
        log.warn('event.store_waits', { batch: batch.id, pauseMs, ...errorFields(error) })
      },
    })
  }
}
