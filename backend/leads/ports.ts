import type { Batch, Lead, LeadState, Verdict } from './lead.ts'
import type { Holder } from './window.ts'

/**
 * A store that can acknowledge. Resolves once every lead it calls `new` is durable, with one verdict a lead, in order.
 * Rejects when it cannot say so; the same batch may then be given again, here or to another store.
 */
export interface BatchStore {
  commit(batch: Batch): Promise<readonly Verdict[]>
}

/** A store that may be closed for a while, such as Redis between a lost connection and its re-seeded claims. */
export interface GatedBatchStore extends BatchStore {
  isOpen(): boolean
}

/** Where leads end up. `store` keeps all of them or none; storing the same leads again changes nothing. */
export interface LeadTable {
  /** @throws Unstorable when the rows themselves are at fault; any other error means: try again later. */
  store(leads: readonly Lead[]): Promise<void>
  /** Keeps what cannot be stored, with the reason. */
  quarantine(lead: Lead, reason: string): Promise<void>
}

/** A claim as it is kept: the phone's key in hex, the lead that holds it, its Idempotency-Key hash or ''. */
export type KeptClaim = Readonly<{ phoneKey: string; leadId: string; idempotencyKey: string }>

/** Gives a phone back whose lead could not be stored or was corrected, so that it may be submitted again. */
export interface ClaimRelease {
  release(lead: Pick<Lead, 'id' | 'phoneKey'>): Promise<void>
}

/** The claim on a phone that was taken under this key is given up, and its lead corrected by another. */
export type Correction = Readonly<{ phoneKey: string; idempotencyKey: string; correctedBy: string }>

/** Corrections that are still to be carried out. */
export interface CorrectionTable {
  /** When it resolves they are durable. */
  note(corrections: readonly Correction[]): Promise<void>
  /** Marks the leads that are there by now, and resolves with those whose claims may still be held elsewhere. */
  settle(): Promise<readonly Pick<Lead, 'id' | 'phoneKey'>[]>
  /** These are carried out to the end. */
  forget(leads: readonly Pick<Lead, 'id'>[]): Promise<void>
}

/** Where a lead can be found. Undefined: not here. Rejects when it cannot tell. */
export interface LeadLookup {
  find(leadId: string): Promise<LeadState | undefined>
}

/** Who holds the claim on a phone. Undefined: nobody, as far as this store knows. Rejects when it cannot tell. */
export interface ClaimLookup {
  holderOf(phoneKey: string): Promise<Holder | undefined>
}

/** What proofs of work were spent on, known to all processes. Rejects when it cannot tell. */
export interface SpentProofs {
  /** Notes that a proof is spent on `use`, unless it was spent before. Resolves with what it was spent on first. */
  spend(proof: string, use: string, ttlMs: number): Promise<string>
}

/** The rows are at fault, not the store: trying the same rows again cannot help. */
export class Unstorable extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'Unstorable'
  }
}
