import { afterAll } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServiceName } from '../../local/service.ts'
import { type Services, startServices } from '../../local/services.ts'
import type { Db } from '../../postgres/connection.ts'
import { quietLog } from './engines.ts'
import { isPooled, startPooler } from './pooler.ts'
import { readyDatabase } from './ready-database.ts'
import { adminUser } from './redis-admin.ts'

export type OwnServices = Readonly<{
  services: Services
  /** Where they keep their data, each in a folder of its name. */
  folder: string
  db: Db
  /** Registers what has to end before the servers do; what came last ends first. */
  atEnd(end: () => unknown): void
}>

/**
 * Real servers of this file's own, which its tests may kill, and a migrated database, with their data below `parent`.
 * Gone when the tests are done.
 */
export async function ownServices(only: readonly ServiceName[], parent = tmpdir()): Promise<OwnServices> {
  const folder = mkdtempSync(join(parent, 'landfast-line-'))
  const started = await startServices({ dataDir: folder, only, own: true, redisSettings: adminUser })
  await started.settled
  const pooled = await throughPooler(started)
  const services = { ...started, env: { ...started.env, ...pooled.env } }
  for (const service of services.all)
    if (service.state !== 'running') throw new Error(`${service.title} is ${service.state}: ${service.how}`)
  // We look at what there is ourselves, whatever a pooler says meanwhile.
  const db = await readyDatabase(started, {
    poolMax: 4,
    applicationName: 'line-test',
    log: quietLog,
  })
  const ends: (() => unknown)[] = []
  afterAll(async () => {
    // A line that outlives its servers would wait for them.
    for (const end of ends.reverse()) await end()
    await db.destroy()
    await pooled.stop()
    await services.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return { services, folder, db, atEnd: (end) => ends.push(end) }
}

/** The addresses of Postgres with a pooler before them, where the run asks for one. */
async function throughPooler({ env }: Services) {
  const names = ['DATABASE_URL', 'WORKER_DATABASE_URL', 'MIGRATE_DATABASE_URL'] as const
  if (!isPooled || !env.DATABASE_URL) return { env: {}, stop: () => undefined }
  const pooler = await startPooler(names.map((name) => env[name]!))
  return {
    env: Object.fromEntries(names.map((name) => [name, pooler.through(env[name]!)])),
    stop: pooler.stop,
  }
}
