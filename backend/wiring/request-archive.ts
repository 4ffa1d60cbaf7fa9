import type { Config } from '../config.ts'
import { archiveRequests, type RequestArchiveDeps } from '../desk/request-archive.ts'
import { createKeyedHash } from '../keyed-hash.ts'
import type { Log } from '../log.ts'
import { createFileBucket } from '../minio/files.ts'
import { createLoggedRequests } from '../mongo/logged-requests.ts'
import { connectPostgres, type Db } from '../postgres/connection.ts'
import { readInstallation } from '../postgres/installation.ts'
import { holdRequestArchive } from '../postgres/request-archive.ts'
import { createRequestArchiveMetrics } from '../prometheus/request-archive-metrics.ts'
import { createSeal } from '../seal.ts'
import type { Registry } from './open.ts'
import { unhurried } from './reconcile.ts'

type ArchiveOptions = Readonly<{ config: Pick<Config, 'exports' | 'secretKey'>; db: Db }>

/** Where the request log is archived; undefined where there is no bucket for it. */
export function requestArchiveIn({ config, db }: ArchiveOptions): RequestArchiveDeps | undefined {
  return (
    config.exports && {
      bucket: createFileBucket(config.exports),
      seal: createSeal(config.secretKey, 'request archive'),
      mark: createKeyedHash(config.secretKey)('request archive').slice(0, 16),
      hold: (work) => holdRequestArchive(db, work),
    }
  )
}

export type RequestArchiveOptions = Readonly<{
  config: ArchiveOptions['config'] &
    Pick<Config, 'mongoUrl' | 'requestLogTtlDays' | 'requestLogArchiveDays' | 'workerDatabaseUrl'>
  registry: Registry
  log: Log
}>

/** Archives the request log; undefined where it is not wanted, or there is none. */
export function wireRequestArchive({ config, registry, log }: RequestArchiveOptions) {
  const { mongoUrl, requestLogTtlDays: ttlDays, requestLogArchiveDays: keptDays } = config
  const isWanted = keptDays > 0 && mongoUrl !== undefined && config.exports !== undefined
  const metrics = createRequestArchiveMetrics(registry, isWanted ? Date.now() : 0)
  if (!isWanted) return undefined
  // A connection of its own, made when there is something to do: one is held as long as a day takes, and leads need theirs.
  const db = connectPostgres({
    ...{ url: config.workerDatabaseUrl, poolMax: 1, log },
    applicationName: 'landfast-request-archive',
  })
  const archive = requestArchiveIn({ config, db })!
  const requests = createLoggedRequests(mongoUrl, () => readInstallation(db))
  return {
    async run(now: Date, stop: AbortSignal): Promise<void> {
      const { archived, removed } = await archiveRequests(
        { ...archive, log: requests },
        { now, ttlDays, keptDays },
        unhurried(stop),
      )
      metrics.archived(now.getTime())
      if (archived.length > 0) log.info('request_log.archived', { days: archived })
      if (removed.length > 0) log.info('request_log.archive_removed', { days: removed })
    },
    async close(): Promise<void> {
      await requests.stop()
      await db.destroy()
    },
  }
}
