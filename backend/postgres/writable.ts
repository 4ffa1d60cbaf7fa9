import { sql } from 'kysely'
import { connectionFault } from '../connection-fault.ts'
import type { Db } from './connection.ts'
import { onOneMachine } from './standby.ts'

/**
 * Resolves where Postgres would take a write now, which a replica, one that is set to read only and one that waits for a
 * standby where none is would not. Changes nothing, locks no row and writes nothing down, so it cannot tell whether the disk
 * has room: `createWriteRecord` can.
 */
export async function tryToWrite(db: Db): Promise<void> {
  const { rows } = await sql<{ alone: boolean }>`
    with tried as (update live_version set version = version where false)
    select current_setting('synchronous_standby_names') <> '' and not exists (select from pg_stat_replication)
      and current_setting('synchronous_commit') not in ('off', 'local') as alone`.execute(db)
  if (rows[0]!.alone) throw Object.assign(new Error('no standby is connected'), { code: onOneMachine })
}

export const readOnlyTransaction = '25006'

const sentences: readonly (readonly [codes: RegExp, sentence: string])[] = [
  [/^25006$/, 'Postgres takes no writes: it is a replica, or default_transaction_read_only is on'],
  [
    new RegExp(`^${onOneMachine}$`),
    'no standby of Postgres has what is written, and synchronous_standby_names wants one',
  ],
  [/^53100$/, 'the disk of Postgres is full'],
  [/^53/, 'Postgres has no room left for us: memory, connections or another limit'],
  [/^(58|XX)/, 'Postgres cannot read or write its files'],
  [/^(42P01|42883|3F000)$/, 'Postgres does not have our tables: run db:migrate'],
  [/^42501$/, 'Postgres lets us not do it: run db:migrate, which gives our users their rights'],
  [/^(28|3D)/, 'Postgres does not let us in: see user, password and database of its address'],
]

/** What is in the way of writing, in a sentence that names no address. */
export function whyNotWritten(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown }
  const known = sentences.find(([codes]) => typeof code === 'string' && codes.test(code))
  if (known) return known[1]
  const fault = connectionFault(error)
  return fault ? `Postgres cannot be reached: ${fault}` : 'Postgres does not answer'
}

export type WriteRecord = Readonly<{
  /** Passes the work on, and remembers whether Postgres could write it. */
  noting<T>(work: Promise<T>): Promise<T>
  /** Why the last write failed, in a sentence; undefined once one succeeded, or where that is long ago. */
  refusedBecause(): string | undefined
}>

// Whoever is told that nothing can be written sends nothing more, and then nobody would find out that it can again.
const newsForMs = 10_000
// What says "not now, whatever it is": a statement that was too slow, or rows at fault, say nothing of the next.
const refusals = new RegExp(`^(25006|53|58|XX|42501|42P01|42883|3F000|${onOneMachine})`)

/** Remembers what became of the last write that mattered: only that tells of a disk that is full. */
export function createWriteRecord(nowMs: () => number = () => performance.now()): WriteRecord {
  let refused: { because: string; atMs: number } | undefined
  return {
    async noting(work) {
      try {
        const done = await work
        refused = undefined
        return done
      } catch (error) {
        const { code } = error as { code?: unknown }
        if (typeof code === 'string' && code.length === 5 && refusals.test(code))
          refused = { because: whyNotWritten(error), atMs: nowMs() }
        throw error
      }
    },
    refusedBecause: () => (refused && nowMs() - refused.atMs < newsForMs ? refused.because : undefined),
  }
}
