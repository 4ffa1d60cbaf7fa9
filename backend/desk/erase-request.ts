import type { Actor } from '../operators/audit.ts'

/** Somebody asks, by a form that anybody can send, to have what a phone sent forgotten. An operator decides. */
export type EraseRequest = Readonly<{
  id: string
  askedAt: Date
  language: string
  /** The keyed hash of the phone, and its last digits, to find and ring whoever asks; both are gone once it is decided. */
  phoneKey?: string
  lastDigits?: string
  decidedAt?: Date
  decidedBy?: string
  decision?: 'erased' | 'refused'
  reason?: string
}>

/** Nobody who asks learns whether a phone is known: nothing here looks at a lead. */
export interface EraseRequests {
  /** Kept once while it is open, however often it is asked. */
  ask(asked: Readonly<{ phoneKey: string; lastDigits: string; language: string }>): Promise<void>
  find(id: string): Promise<EraseRequest | undefined>
  /** The open ones first, which waits longest first; then the latest that were decided. */
  list(limit: number): Promise<readonly EraseRequest[]>
  /** Begins the erasure in the same moment, and resolves with its id; undefined where it was decided before. */
  confirm(id: string, by: Actor): Promise<string | undefined>
  /** Written with its entry of the audit; false where it was decided before. */
  refuse(id: string, reason: string, by: Actor): Promise<boolean>
}

export const reasonLengthMax = 500
/** What somebody who asks is told, whatever is known of their phone. */
export const eraseAnswers = ['asked', 'phone', 'later'] as const
export type EraseAnswer = (typeof eraseAnswers)[number]
