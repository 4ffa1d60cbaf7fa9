import type { Installation } from '../leads/installation.ts'
import type { Db } from '../postgres/connection.ts'
import { readInstallation } from '../postgres/installation.ts'

export type OwnInstallation = Readonly<{
  /** Who we are, and who we were last while Postgres is away; rejects until it has answered once. */
  read(): Promise<Installation | undefined>
  /** Its id as it was last read. */
  id(): string | undefined
}>

/** Who this process works for. */
export function createOwnInstallation(db: Db): OwnInstallation {
  let known: Installation | undefined
  return {
    async read() {
      try {
        known = await readInstallation(db)
      } catch (error) {
        if (!known) throw error
        // Whether it was put back can only be told by itself.
        return { ...known, highWaterMs: Number.POSITIVE_INFINITY }
      }
      return known
    },
    id: () => known?.id,
  }
}
