import type { LiveRows } from './snapshot.ts'

/** Where what operators change is kept. */
export interface LiveStore {
  /** Everything at one moment. Rejects while the store is away. */
  load(): Promise<LiveRows>
}

/** How API processes tell each other that something has changed. It may be away: every process also looks by itself. */
export interface ConfigChannel {
  /** `reload` resolves with the version it has brought into force; only then is the change acknowledged. */
  onChange(reload: () => Promise<number>): void
  /**
   * Tells every process of a version. Resolves with how many listen and how many of them have it in force, after the
   * last has said so or at the deadline. Rejects when nobody could be told.
   */
  announce(version: number, deadlineMs: number): Promise<Readonly<{ listening: number; following: number }>>
}
