import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { createMongoRequestLog, type MongoRequestLog } from '../mongo/request-log.ts'
import { connectPostgres, type Db } from '../postgres/connection.ts'
import type { createRegistry } from '../prometheus/metrics.ts'
import type { redisForCommands } from '../redis/connection.ts'

export type Registry = ReturnType<typeof createRegistry>
export type RedisForCommands = ReturnType<typeof redisForCommands>

const requestLogWaitingMax = 20_000
const logFlushDeadlineMs = 3_000

/** The pool of one process, as whom it comes; `applicationName` tells its connections from others in Postgres. */
export function openPostgres(config: Config, as: 'api' | 'worker', log: Log): Db {
  const url = as === 'api' ? config.databaseUrl : config.workerDatabaseUrl
  return connectPostgres({ url, poolMax: config.databasePoolMax, applicationName: `landfast-${as}`, log })
}

/** Undefined where no MongoDB is configured. */
export function openRequestLog(
  config: Config,
  metrics: { requestLogDropped(count: number): void; requestLogWritten(count: number): void },
  log: Log,
): MongoRequestLog | undefined {
  if (!config.mongoUrl) return undefined
  return createMongoRequestLog({
    url: config.mongoUrl,
    ttlDays: config.requestLogTtlDays,
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
