import type { PageExperiments } from '../experiments/experiment.ts'
import { type LiveRows, makeSnapshot, noRows, type Snapshot } from '../live/snapshot.ts'
import type { PageLive } from '../page/ports.ts'

export type MemoryPageLive = PageLive &
  Readonly<{
    current(): Snapshot
    /** An operator changes something; the version grows. */
    change(rows: Partial<Omit<LiveRows, 'version'>>): void
  }> & {
    /** False: as if the store had never answered. */
    loaded: boolean
  }

/** Experiments and flags as one process holds them, changed by a test instead of an operator. */
export function memoryPageLive(drawn: () => PageExperiments): MemoryPageLive {
  let rows: LiveRows = noRows
  let known: { rows: LiveRows; drawn: PageExperiments; snapshot: Snapshot } | undefined
  return {
    loaded: true,
    isLoaded() {
      return this.loaded
    },
    current() {
      if (known?.rows !== rows || known.drawn !== drawn())
        known = { rows, drawn: drawn(), snapshot: makeSnapshot(rows, drawn()) }
      return known.snapshot
    },
    change(changed) {
      rows = { ...rows, ...changed, version: rows.version + 1 }
    },
  }
}
