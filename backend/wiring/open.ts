import type { Config } from '../config.ts'
import { mayBePhone } from '../leads/phone-readings.ts'
import type { Log } from '../log.ts'
import { createMongoRequestLog, type MongoRequestLog } from '../mongo/request-log.ts'
import { clockOfPostgres } from '../postgres/clock.ts'
import { connectPostgres, type Db } from '../postgres/connection.ts'
import { addGauges, type createRegistry } from '../prometheus/metrics.ts'
import type { redisForCommands } from '../redis/connection.ts'
import { createSharedClock, type SharedClock } from '../shared-clock.ts'
import type { OwnInstallation } from './installation.ts'

export type Registry = ReturnType<typeof createRegistry>
export type RedisForCommands = ReturnType<typeof redisForCommands>

const requestLogWaitingMax = 20_000
const logFlushDeadlineMs = 3_000

/** The pool of one process, as whom it comes; `applicationName` tells its connections from others in Postgres. */
export function openPostgres(config: Config, as: 'api' | 'worker', log: Log): Db {
  const url = as === 'api' ? config.databaseUrl : config.workerDatabaseUrl
  return connectPostgres({ url, poolMax: config.databasePoolMax, applicationName: `landfast-${as}`, log })
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

/** Undefined where no MongoDB is configured. */
export function openRequestLog(
  config: Config,
  installation: OwnInstallation,
  metrics: { requestLogDropped(count: number): void; requestLogWritten(count: number): void },
  log: Log,
): MongoRequestLog | undefined {
  if (!config.mongoUrl) return undefined
  return createMongoRequestLog({
    url: config.mongoUrl,
    ttlDays: config.requestLogTtlDays,
    isPhone: (digits) => mayBePhone(digits, config.defaultRegion),
    installation: installation.read,
    maxWaiting: requestLogWaitingMax,
    onDropped: metrics.requestLogDropped,
    onWritten: metrics.requestLogWritten,
    log,
  })
}

/** Writes what still waits, for three seconds at most, then lets go of MongoDB. */
export async function closeRequestLog(requestLog: MongoRequestLog | undefined): Promise<void> {
  await requestLog?.flush(logFlushDeadlineMs)
  await requestLog?.close()
}
