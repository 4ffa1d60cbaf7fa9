import type { LeadDetails } from './details.ts'

/** What is known of the request that brought a submission; travels with it to the request log. */
export type RequestContext = Readonly<{
  path: string
  userAgent: string
  referrer: string
  ipHash: string
  ipMask: string
}>

/** A submission on its way to be kept. Phones are compared by `phoneKey`, a keyed hash in hex (32 characters). */
export type Lead = Readonly<{
  id: string
  phone: string
  phoneKey: string
  /** Keyed hash of the client's Idempotency-Key in hex, or ''. */
  idempotencyKey: string
  details?: LeadDetails
  request?: RequestContext
  /** The `traceparent` under which it was sent, where it is among those that are followed. */
  trace?: string
}>

/** Leads that are committed, queued and stored together. Never merged, split or refilled once composed. */
export type Batch = Readonly<{
  id: string
  leads: readonly Lead[]
  /** Duplicates are kept as well, each as a row that names its lead: their visitors are not told that they are any. */
  keepsDuplicates?: boolean
  /** The key of the seal under which the ids of its leads were given out. Absent: they are as `idAt` makes them. */
  sealKey?: string
}>

/**
 * What was decided of one submission:
 * `new` it is kept under its own id; `duplicate` its phone is claimed by another lead;
 * `replay` it is the same submission again, by its Idempotency-Key.
 * `id` is that of the lead; `own`, of a duplicate, the one under which it is kept where duplicates are kept.
 */
export type Verdict = Readonly<{ kind: 'new' | 'duplicate' | 'replay'; id: string; own?: string }>

export type LeadState = 'queued' | 'stored' | 'quarantined'
