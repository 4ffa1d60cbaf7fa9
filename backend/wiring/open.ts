import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { clockOfPostgres } from '../postgres/clock.ts'
import { connectPostgres, type Db } from '../postgres/connection.ts'
import { createQueryMetrics } from '../prometheus/engine-metrics.ts'
import { addGauges, type createRegistry } from '../prometheus/metrics.ts'
import type { redisForCommands } from '../redis/connection.ts'
import { createSharedClock, type SharedClock } from '../shared-clock.ts'

export type Registry = ReturnType<typeof createRegistry>
export type RedisForCommands = ReturnType<typeof redisForCommands>

/** The pool of one process, as whom it comes; `applicationName` tells its connections from others in Postgres. */
export function openPostgres(config: Config, as: 'api' | 'worker', registry: Registry, log: Log): Db {
  return connectPostgres({
    url: as === 'api' ? config.databaseUrl : config.workerDatabaseUrl,
    poolMax: config.databasePoolMax,
    applicationName: `landfast-${as}`,
    onQuery: createQueryMetrics(registry),
    log,
  })
}

/** The time of one process, and a gauge that tells how far its machine's own is from it. */
export async function startClock(db: Db, registry: Registry, log: Log): Promise<SharedClock> {
  const clock = createSharedClock({ ask: () => clockOfPostgres(db), log })
  addGauges(registry, {
    clock_ahead_of_postgres_seconds: {
      help: 'How far the clock of this machine is ahead of that of Postgres; NaN until Postgres has told',
      read: () => clock.aheadMs() / 1000,
    },
  })
  await clock.start()
  return clock
}
