import { sql } from 'kysely'
import type { Db } from './connection.ts'

/**
 * What a power cut may take of what this Postgres has committed, in a sentence. Some who sell Postgres have these off and keep
 * pages whole by other means, so it is said and refuses nobody. That a commit waits for the disk our sessions see to.
 */
export async function lostInPowerCut(db: Db): Promise<string | undefined> {
  const { rows } = await sql<{ off: string[] }>`
    select array_remove(array[
      case when current_setting('fsync') <> 'on' then 'fsync' end,
      case when current_setting('full_page_writes') <> 'on' then 'full_page_writes' end
    ], null) as off`.execute(db)
  const { off } = rows[0]!
  return off.length === 0
    ? undefined
    : `Postgres may lose in a power cut what it has committed: ${off.join(' and ')} must be on`
}
