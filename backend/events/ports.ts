import type { Span } from './span.ts'

/** Events that are committed, queued and stored together, as the records of `event.ts`. Never changed once composed. */
export type EventBatch = Readonly<{
  /** A UUIDv7: its time is that of all events in it, and the place of an event gives it its own id. */
  id: string
  records: string
  /** The place of the first record; above 0 only in a part of a batch. */
  from?: number
}>

/**
 * A store that can acknowledge. Resolves once every event is durable. Rejects when it cannot say so; the same batch may
 * then be given again, here or to another store, and counts once.
 */
export interface EventStore {
  commit(batch: EventBatch): Promise<void>
}

/** A store that may be closed for a while. */
export interface GatedEventStore extends EventStore {
  isOpen(): boolean
}

/** Where events end up, with what is counted of them. */
export interface EventTable {
  /**
   * Keeps all events of these batches and counts those that were not there yet, or does neither. Resolves with how many
   * that were. @throws UnstorableEvents when they themselves are at fault; any other error means: try again later.
   */
  store(batches: readonly EventBatch[]): Promise<number>
}

/** The events are at fault, not the store: trying the same ones again cannot help. */
export class UnstorableEvents extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'UnstorableEvents'
  }
}

/**
 * How often something happened, and how many visitors did it for the first time. Of exposures also how many of those
 * visitors submitted the form, whenever they did.
 */
export type CountRow = Readonly<{
  experiment: string
  variant: string
  eventType: string
  bot: boolean
  events: number
  visitors: number
  converted: number
}>

/** How many values of a web vital fell into each bucket of `vitals.ts`. */
export type VitalRow = Readonly<{
  experiment: string
  variant: string
  eventType: string
  buckets: readonly number[]
}>

/** Where results are read. `spans` do not overlap. */
export interface StatsReader {
  counts(experiments: readonly string[], spans: readonly Span[]): Promise<readonly CountRow[]>
  vitals(experiments: readonly string[], spans: readonly Span[]): Promise<readonly VitalRow[]>
}
