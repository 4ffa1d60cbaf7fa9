import type { Log } from '../log.ts'
import { connectPostgres } from '../postgres/connection.ts'
import { countSources, isRushUncounted } from '../postgres/source-counts.ts'
import { foldSources } from '../postgres/source-fold.ts'

// Leads are stored by others meanwhile: a transaction is short, and ends rather than take long.
const statementTimeoutMs = 5_000
// A turn is due every ten seconds; while leads rush in, it may take no more of a core than a hundredth.
const perTurnMs = { usual: 1_000, rush: 100 }

/** Counts where leads come from, on a connection of its own. */
export function wireSourceCounts(databaseUrl: string, log: Log) {
  const db = connectPostgres({
    ...{ url: databaseUrl, poolMax: 1, statementTimeoutMs, log },
    applicationName: 'landfast-counts',
  })
  return {
    /** What has come since the last time; of much, a part, and the rest the next time. */
    async count(stop: AbortSignal): Promise<void> {
      const mayTakeMs = perTurnMs[(await isRushUncounted(db)) ? 'rush' : 'usual']
      const untilMs = performance.now() + mayTakeMs
      while (!stop.aborted && performance.now() < untilMs && (await countSources(db)) > 0);
    },
    fold: () => foldSources(db),
    close: () => db.destroy(),
  }
}
