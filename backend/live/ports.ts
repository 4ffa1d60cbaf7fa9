import type { Experiment } from '../experiments/experiment.ts'
import type { FlagKey } from '../flags/definitions.ts'
import type { FlagSetting } from '../flags/setting.ts'
import type { Actor } from '../operators/audit.ts'
import type { LiveRows } from './snapshot.ts'

/** Where what operators change is kept. */
export interface LiveStore {
  /** Everything at one moment. Rejects while the store is away. */
  load(): Promise<LiveRows>
}

/**
 * Changes what is kept, one change at a time over all processes, each with its entry of the audit. Each resolves with the new
 * version, which is higher than any before. What `edit` throws ends the change and is thrown on; nothing is changed then.
 */
export interface LiveEditor {
  /** `edit` gets what is kept, or undefined where nobody has changed the flag. */
  setFlag(key: FlagKey, by: Actor, edit: (kept: FlagSetting | undefined) => FlagSetting): Promise<number>
  resetFlag(key: FlagKey, by: Actor): Promise<number>
  setExperiment(key: string, by: Actor, edit: (kept: Experiment | undefined) => Experiment): Promise<number>
  removeExperiment(key: string, by: Actor): Promise<number>
}

/** How many processes listen for changes, and how many of them have one in force. */
export type Followers = Readonly<{ listening: number; following: number }>

/** How API processes tell each other that something has changed. It may be away: every process also looks by itself. */
export interface LiveChannel {
  /** `reload` resolves with the version it has brought into force; only then is the change acknowledged. */
  onChange(reload: () => Promise<number>): void
  /**
   * Tells every process of a version, this one included. Resolves when all who listen have it in force, or with how
   * many do at the deadline. Rejects when nobody could be told.
   */
  announce(version: number, deadlineMs: number): Promise<Followers>
}
