import { refusalOutcomes } from '../problem.ts'

/** All that can become of a request with events. */
export const eventOutcomes = ['accepted', ...refusalOutcomes] as const
export type EventOutcome = (typeof eventOutcomes)[number]

/** Counts what becomes of requests with events. */
export type EventRequestMetrics = Readonly<{
  /** One request with `events` events. */
  request(outcome: EventOutcome, events: number): void
}>
