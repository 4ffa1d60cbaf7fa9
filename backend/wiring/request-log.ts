import type { Config } from '../config.ts'
import { createIdleCores } from '../idle-cores.ts'
import { createLogPace, createLogShare, type LogShare } from '../leads/log-share.ts'
import { mayBePhone } from '../leads/phone-readings.ts'
import type { RequestEntry } from '../leads/request-log.ts'
import type { Log } from '../log.ts'
import { createMongoRequestLog, type MongoRequestLog } from '../mongo/request-log.ts'
import { addGauges } from '../prometheus/metrics.ts'
import type { OwnInstallation } from './installation.ts'
import type { Registry } from './open.ts'

const waitingMax = 20_000
const flushDeadlineMs = 3_000
const lookEveryMs = 1_000
// While leads need the machine, MongoDB has a tenth of the time; it may stand on the same one.
const idleForAll = 0.25
const restsPerBatch = 9

export type RequestLogOptions = Readonly<{
  config: Config
  installation: OwnInstallation
  metrics: { requestLogDropped(count: number): void; requestLogWritten(count: number): void }
  registry: Registry
  /**
   * Once a second: exchanges with the other processes what share of accepted leads the log can take, told that of this one.
   * Resolves with what it is told, or with the same.
   */
  exchange(own: number): Promise<number>
  log: Log
}>

/** The request log of one process, and how much of it there may be just now. */
export type PacedRequestLog = Readonly<{
  log: MongoRequestLog
  share: Pick<LogShare, 'takes'> & Readonly<{ leftOut(): void }>
  /** Writes what still waits, for three seconds at most, then lets go of MongoDB. */
  close(): Promise<void>
}>

/**
 * Opens the request log, best effort as it is: what MongoDB cannot take, or would take from leads, is left out evenly
 * before it costs anything, and counted. Undefined where no MongoDB is configured.
 */
export function openRequestLog(options: RequestLogOptions): PacedRequestLog | undefined {
  const { config, metrics, log } = options
  if (!config.mongoUrl) return undefined
  const idle = createIdleCores()
  let offered = 0
  let written = 0
  let isStorm = false
  const inMongo = createMongoRequestLog({
    url: config.mongoUrl,
    ttlDays: config.requestLogTtlDays,
    isPhone: (digits) => mayBePhone(digits, config.defaultRegion),
    installation: options.installation.read,
    maxWaiting: waitingMax,
    restMs: (tookMs) => (isStorm && idle() < idleForAll ? tookMs * restsPerBatch : 0),
    onDropped: metrics.requestLogDropped,
    onWritten(count) {
      written += count
      metrics.requestLogWritten(count)
    },
    log,
  })
  const share = createLogShare()
  const pace = createLogPace()
  let used = 1
  const look = async () => {
    const now = pace({ offered, written, waiting: inMongo.waiting(), waitingMax })
    isStorm = now.isStorm
    offered = 0
    written = 0
    used = Math.min(now.share, await options.exchange(now.share).catch(() => now.share))
    share.use(used)
  }
  const looking = setInterval(() => void look(), lookEveryMs)
  looking.unref()
  addGauges(options.registry, {
    request_log_share: {
      help: 'What part of accepted leads the request log takes just now',
      read: () => used,
    },
  })

  return {
    log: {
      ...inMongo,
      write(entry: RequestEntry) {
        offered++
        inMongo.write(entry)
      },
    },
    share: { takes: share.takes, leftOut: () => metrics.requestLogDropped(1) },
    async close() {
      clearInterval(looking)
      await inMongo.flush(flushDeadlineMs)
      await inMongo.close()
    },
  }
}
