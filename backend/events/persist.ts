import { inHalves } from '../batching/in-halves.ts'
import { type EventBatch, type EventTable, UnstorableEvents } from './ports.ts'

export type PersistEventsDeps = Readonly<{
  events: EventTable
  /** Told of an event that no row can hold, which is given up. */
  onUnstorable(event: Readonly<{ batchId: string; place: number; reason: string }>): void
}>

/**
 * Stores batches together. Events that cannot be stored are found by halving; their neighbours are stored and counted.
 * Doing it again changes nothing. Resolves with how many were not there yet.
 * @throws whatever the table throws when trying again later can help.
 */
export async function persistEvents(
  deps: PersistEventsDeps,
  batches: readonly EventBatch[],
): Promise<number> {
  const parts = await inHalves(batches, {
    together: (some) => deps.events.store(some),
    isAtFault,
    alone: (batch) => persistEach(deps, batch),
  })
  return sumOf(parts)
}

/** One batch with an event at fault in it. */
async function persistEach(deps: PersistEventsDeps, { id, records, from = 0 }: EventBatch): Promise<number> {
  const parts = await inHalves(records.split('\n'), {
    together: (some, at) => deps.events.store([{ id, records: some.join('\n'), from: from + at }]),
    isAtFault,
    async alone(_record, error, at) {
      deps.onUnstorable({ batchId: id, place: from + at, reason: error.message })
      return 0
    },
  })
  return sumOf(parts)
}

const isAtFault = (error: unknown) => error instanceof UnstorableEvents

const sumOf = (parts: readonly number[]) => parts.reduce((sum, stored) => sum + stored, 0)
