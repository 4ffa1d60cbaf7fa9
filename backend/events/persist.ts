import { inHalves } from '../batching/in-halves.ts'
import { type EventBatch, type EventTable, UnstorableEvents } from './ports.ts'

export type PersistEventsDeps = Readonly<{
  events: EventTable
  /** Told of an event that no row can hold, which is given up. */
  onUnstorable(event: Readonly<{ batchId: string; place: number; reason: string }>): void
}>

/**
 * Stores a batch. Events that cannot be stored are found by halving it; their neighbours are stored and counted. Doing
 * it again changes nothing. Resolves with how many were not there yet.
 * @throws whatever the table throws when trying again later can help.
 */
export async function persistEvents(deps: PersistEventsDeps, batch: EventBatch): Promise<number> {
  const { id, from: first = 0 } = batch
  const parts = await inHalves(batch.records.split('\n'), {
    together: (records, from) => deps.events.store({ id, records: records.join('\n'), from: first + from }),
    isAtFault: (error) => error instanceof UnstorableEvents,
    async alone(_record, error, from) {
      deps.onUnstorable({ batchId: id, place: first + from, reason: error.message })
      return 0
    },
  })
  return parts.reduce((sum, stored) => sum + stored, 0)
}
