import type { Endpoint } from './endpoint.ts'
import type { LeadHappening } from './lead.ts'
import type { Next } from './retry.ts'
import type { Answer, OutboundRequest, Outcome } from './target.ts'

/** One lead that is due at one endpoint. Taken by a worker, it is nobody else's for a while. */
export type Delivery = LeadHappening &
  Readonly<{
    endpointId: string
    /** Which attempt this is, from 1. */
    attempt: number
  }>

/** An attempt that was made, or a lead that nothing may be sent of. */
export type Settled = Readonly<{
  delivery: Delivery
  next: Next | Readonly<{ state: 'withheld'; because: string }>
  /** Absent: nothing was sent. */
  made?: Readonly<{ outcome: Outcome; answer: Answer; at: Date; tookMs: number }>
}>

/**
 * How many deliveries of an endpoint may be taken. With a pause they are for one request, and nobody takes any within that
 * time after; an endpoint of which nothing is due keeps its turn.
 */
export type Room = Readonly<{ most: number; pauseMs: number }>

/** Where deliveries wait, shared by all workers of all machines. Rejects while it is away. */
export interface DeliveryStore {
  endpoints(): Promise<readonly Endpoint[]>
  /** Makes deliveries of what was stored, of so many batches. Resolves with whether there may be more of it. */
  distribute(batchesMax?: number): Promise<boolean>
  /** Whether leads come faster than they are stored just now. */
  isRush(): Promise<boolean>
  /** Takes what is due of each endpoint that there is room for. What is not settled within the lease is due again. */
  take(room: ReadonlyMap<string, Room>): Promise<readonly Delivery[]>
  settle(settled: readonly Settled[]): Promise<void>
  /** These were taken and not begun: they are due again at once, as if they had not been taken. */
  giveBack(deliveries: readonly Delivery[]): Promise<void>
  /** What it takes to reach it is this from now on, unless an operator has changed it meanwhile. */
  reseal(endpoint: Pick<Endpoint, 'id' | 'sealed'>, sealed: Uint8Array): Promise<boolean>
  /** Nothing more is sent to it until an operator says so. Nobody parks what an operator has changed meanwhile. */
  park(endpoint: Pick<Endpoint, 'id' | 'since'>, because: string): Promise<void>
}

/** Brings a request to a receiver. Never rejects: whatever goes wrong is an answer with status 0. */
export interface Sender {
  send(request: OutboundRequest): Promise<Answer>
  /** Why nothing may be sent to this address, or undefined. */
  refusal(url: string): Promise<string | undefined>
}

/** How one endpoint fares: what waits, and what its attempts of the last day came to. */
export type EndpointFigures = Readonly<{
  endpointId: string
  waiting: number
  oldestWaitingS: number
  parked: number
  delivered: number
  failed: number
  medianMs: number | null
  lastFailure: string | null
  lastFailureAt: Date | null
}>

/** One attempt, as it is kept for thirty days. */
export type KeptAttempt = Readonly<{
  endpoint: string
  leadId: string
  event: string
  attempt: number
  at: Date
  tookMs: number
  outcome: string
  status: number | null
  because: string | null
  answer: string | null
  answerHash: string | null
}>

/** What somebody did about an endpoint, without addresses with credentials, headers and secrets. */
export type KeptChange = Readonly<{
  at: Date
  by: string
  action: string
  endpoint?: string
  before?: Readonly<Record<string, unknown>>
  after?: Readonly<Record<string, unknown>>
}>

/** What to send once more: one lead, or all that was written in a time. */
export type ReplayRange = Readonly<{ leadId?: string; since?: Date; until?: Date }>
