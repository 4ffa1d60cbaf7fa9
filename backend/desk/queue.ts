import type { Actor } from '../operators/audit.ts'

/** What came of it when what could not be stored was stored again. */
export type Replayed = Readonly<{
  stored: number
  /** What stays, by the reason. */
  stay: readonly Readonly<{ reason: string; count: number }>[]
  /** Batches that were given up and are in the queue again. */
  queued: number
}>

/** A wish to store again what could not be: one lead, or all there are with the batches that were given up. */
export type Replay = Readonly<{
  id: string
  leadId?: string
  askedAt: Date
  by: Actor
  replayed?: Replayed
  finishedAt?: Date
}>

/** The wishes. The API asks; a worker, which may delete, carries them out, as often as it takes. */
export interface Replays {
  /** One at a time: whoever asks while another is open gets that one. */
  ask(by: Actor, leadId?: string): Promise<Replay>
  /** The latest first. */
  list(limit: number): Promise<readonly Replay[]>
  /** Those that are to be carried out, the oldest first. */
  open(): Promise<readonly Replay[]>
  /** With the entry of the audit. */
  finish(id: string, replayed: Replayed): Promise<void>
}

export type Quarantined = Readonly<{ id: string; acceptedAt: Date; at: Date; reason: string }>
export type FailedBatch = Readonly<{ id: string; at: Date | null; leads: number; reason: string }>

/** What has been acknowledged and is not in the table. */
export type QueueState = Readonly<{
  /** Absent without Redis; `away` while it does not answer. */
  redis?: 'away' | Readonly<{ batches: number; leads: number; oldestWaitingS: number; failed: number }>
  failed: readonly FailedBatch[]
  quarantined: Readonly<{ count: number; latest: readonly Quarantined[] }>
  workers: readonly Readonly<{ id: string; heardS: number; idleBecause?: string }>[]
}>

export interface QueueReader {
  read(): Promise<QueueState>
}

export const failedShown = 50
export const quarantinedListed = 100
