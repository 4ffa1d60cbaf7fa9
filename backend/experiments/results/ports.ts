import type { Counted } from './results.ts'

/** Where the counts of an experiment are read. */
export interface ResultsReader {
  /** From the moment on, which begins a quarter of an hour, or from the beginning. */
  counted(experiment: string, since: Date | undefined): Promise<Pick<Counted, 'days' | 'robots' | 'byDevice'>>
  /** What was ever changed of it, the latest first, as far as the audit reaches back. */
  changes(experiment: string): Promise<readonly Change[]>
}

/** Absent: as it comes with the page, or not there at all. */
export type Change = Readonly<{ at: Date; before?: Dealing; after?: Dealing }>
export type Dealing = Readonly<{
  variants: readonly Readonly<{ name: string; weight: number }>[]
  salt: string
}>
