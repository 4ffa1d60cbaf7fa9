import type { Config } from '../config.ts'
import type { ExportRows } from '../desk/export.ts'
import { type KeptExportDeps, silentForMs, sweepKept, writeKept } from '../desk/kept-export.ts'
import type { LeadFilter } from '../desk/work.ts'
import { errorFields, type Log } from '../log.ts'
import { createFileBucket } from '../minio/files.ts'
import { connectPostgres, type Db } from '../postgres/connection.ts'
import { createKeptExports } from '../postgres/kept-exports.ts'
import { rowsOf } from '../postgres/lead-exports.ts'
import { createSeal } from '../seal.ts'

type Options = Readonly<{ config: Pick<Config, 'exports' | 'secretKey'>; db: Db }>

/** Where large exports are kept; undefined where there is no bucket for them. */
export function keptIn({
  config,
  db,
}: Options): Pick<KeptExportDeps, 'kept' | 'bucket' | 'seal'> | undefined {
  return (
    config.exports && {
      kept: createKeptExports(db),
      bucket: createFileBucket(config.exports),
      seal: createSeal(config.secretKey, 'exports'),
    }
  )
}

const statementTimeoutMs = 60_000

/** Writes them, one after the other, on a connection that is made when there is one to write. */
export function wireKeptExports({
  config,
  db,
  databaseUrl,
  log,
}: Options & Readonly<{ databaseUrl: string; log: Log }>) {
  const where = keptIn({ config, db })
  if (!where) return undefined
  const long = connectPostgres({
    ...{ url: databaseUrl, poolMax: 1, statementTimeoutMs, log },
    applicationName: 'landfast-exports',
  })
  const rows = (filter: LeadFilter): Promise<ExportRows> => rowsOf(long, filter)
  return {
    async write(stop: AbortSignal): Promise<void> {
      for (;;) {
        const due = stop.aborted ? undefined : await where.kept.takeDue(silentForMs)
        if (!due) return
        const { id, attempt } = due
        try {
          const isThere = await writeKept({ ...where, rows }, due, stop)
          log.info(isThere ? 'export.kept' : 'export.left', { id, attempt })
        } catch (error) {
          if (stop.aborted) return
          // The one behind it may be written all the same.
          log.error('export.failed', { id, attempt, ...errorFields(error) })
          await where.kept.failed(due)
        }
      }
    },
    async prune(): Promise<void> {
      await where.kept.expire()
      await sweepKept(where)
    },
    close: () => long.destroy(),
  }
}
