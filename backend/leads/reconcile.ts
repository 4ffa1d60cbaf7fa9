import type { KeptClaim } from './ports.ts'

export type ReconcileDeps = Readonly<{
  /** Gives back claims whose lead is neither queued nor kept. */
  releasePhantoms(): Promise<Readonly<{ claims: number; released: number; unreadable: number }>>
  /** The claims that the table knows, in pages. */
  claimsSince(since: Date): AsyncIterable<readonly KeptClaim[]>
  /** Tells the store in front of claims. Resolves with how many it did not have. */
  tell(claims: readonly KeptClaim[]): Promise<number>
  /** Puts batches that were given up back into the queue. Resolves with how many. */
  retryFailed(): Promise<number>
  /** Resolves when the next page may be looked at; rejects when it is time to stop. */
  pause(): Promise<void>
  dedupWindowMs: number
  nowMs(): number
}>

/** What was looked at, and what of it had to be mended: all but `claims` and `known` is 0 where nothing went wrong. */
export type Reconciled = Readonly<{
  claims: number
  released: number
  /** Claims that name no lead. They are left, and hold nobody up. */
  unreadable: number
  known: number
  told: number
  retried: number
}>

const claimsAtOnce = 500

/**
 * Compares what the two stores know of the window, and mends what differs. The line itself makes no difference; a
 * restored backup, a store that was emptied or a hand in it can. Safe to repeat, to stop, and beside visitors.
 */
export async function reconcile(deps: ReconcileDeps): Promise<Reconciled> {
  const retried = await deps.retryFailed()
  const { claims, released, unreadable } = await deps.releasePhantoms()
  let known = 0
  let told = 0
  for await (const page of deps.claimsSince(new Date(deps.nowMs() - deps.dedupWindowMs))) {
    known += page.length
    for (let from = 0; from < page.length; from += claimsAtOnce) {
      told += await deps.tell(page.slice(from, from + claimsAtOnce))
      await deps.pause()
    }
  }
  return { claims, released, unreadable, known, told, retried }
}
