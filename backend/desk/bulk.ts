import type { Actor } from '../operators/audit.ts'
import type { LeadFilter, WorkState } from './work.ts'

/** What many leads become at once: of one state, or somebody's to call. */
export type BulkChange = Readonly<{ state: WorkState }> | Readonly<{ owner: string | null }>
/** Which ones: all that a view shows in the moment of asking, or those that were chosen by hand. */
export type BulkSelection = Readonly<{ filter: LeadFilter }> | Readonly<{ ids: readonly string[] }>

/** One change of many leads, and how far it has come. */
export type Bulk = Readonly<{
  id: string
  by: Actor
  askedAt: Date
  change: BulkChange
  /** How the view was narrowed, without what was typed of a phone; absent where they were chosen by hand. */
  shown?: Readonly<Record<string, unknown>>
  status: 'running' | 'done' | 'undoing' | 'undone'
  /** How many matched in the moment of asking. */
  total: number
  changed: number
  /** Were so already. */
  same: number
  /** Somebody changed them meanwhile, or they cannot become this. */
  left: number
  /** Have again what they had. */
  undone: number
  /** Somebody changed them since, and that stays. */
  kept: number
  finishedAt?: Date
}>

/**
 * Changes of many leads, carried out in small steps: whatever ends in the middle of one, the next goes on where the last
 * was kept. A lead is changed that is still what it was when it was asked for.
 */
export interface BulkChanges {
  /** Keeps which leads match now. */
  begin(
    asked: Readonly<{
      id: string
      change: BulkChange
      selection: BulkSelection
      shown?: Bulk['shown']
    }>,
    by: Actor,
  ): Promise<'begun' | 'too_many' | 'none'>
  /** Changes, or restores, some more. `busy`: another process is at it. */
  step(id: string): Promise<'more' | 'done' | 'busy'>
  /** Has everything restored that nobody changed since; also in the middle, which then ends there. */
  undo(id: string, by: Actor): Promise<boolean>
  find(id: string): Promise<Bulk | undefined>
  /** The latest first. */
  list(limit: number): Promise<readonly Bulk[]>
  /** Those that nobody has gone on with for so long. */
  abandoned(forMs: number): Promise<readonly string[]>
}

/** As many as are kept in one moment; who means more means another campaign. */
export const bulkMax = 100_000

/** Goes on until it is done, or another process is at it. `rest` comes between two steps, and rejects when it is time to stop. */
export async function carryOutBulk(
  bulks: Pick<BulkChanges, 'step'>,
  id: string,
  rest: () => Promise<void>,
): Promise<void> {
  while ((await bulks.step(id)) === 'more') await rest()
}
