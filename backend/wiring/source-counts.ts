import type { Log } from '../log.ts'
import { connectPostgres } from '../postgres/connection.ts'
import { countSources } from '../postgres/source-counts.ts'

// Leads are stored by others meanwhile: a transaction is short, and ends rather than take long.
const statementTimeoutMs = 5_000
// While this much is counted in a turn, it is a tenth of what a core does.
const perTurnMs = 1_000

/** Counts where leads come from, on a connection of its own. */
export function wireSourceCounts(databaseUrl: string, log: Log) {
  const db = connectPostgres({
    ...{ url: databaseUrl, poolMax: 1, statementTimeoutMs, log },
    applicationName: 'landfast-counts',
  })
  return {
    /** What has come since the last time; of much, a part, and the rest the next time. */
    async count(stop: AbortSignal): Promise<void> {
      const untilMs = performance.now() + perTurnMs
      while (!stop.aborted && performance.now() < untilMs && (await countSources(db)) > 0);
    },
    close: () => db.destroy(),
  }
}
