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
  try {
    return await deps.events.store(batch)
  } catch (error) {
    if (!(error instanceof UnstorableEvents)) throw error
    const lines = batch.lines.split('\n')
    const from = batch.from ?? 0
    if (lines.length === 1) {
      deps.onUnstorable({ batchId: batch.id, place: from, reason: error.message })
      return 0
    }
    const middle = Math.ceil(lines.length / 2)
    const part = (first: number, end?: number) =>
      persistEvents(deps, {
        id: batch.id,
        lines: lines.slice(first, end).join('\n'),
        from: from + first,
      })
    return (await part(0, middle)) + (await part(middle))
  }
}
