import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { ServiceName } from '../../local/service.ts'
import { startServices } from '../../local/services.ts'
import { createLog } from '../../log.ts'
import { connectPostgres, type Db } from '../../postgres/connection.ts'
import { metricAt, until } from '../stage/faults.ts'
import { type Ledger, sendVisitors } from '../stage/ledger.ts'
import { lineSecret, startLine } from '../stage/line.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { readyDatabase } from '../stage/ready-database.ts'
import { adminUser } from '../stage/redis-admin.ts'

const log = createLog({ level: 'error', process: 'drill' })
const settleMs = 2_000
const deadlineMs = 120_000

export type Played = Readonly<{
  toldNothing: number
  mendedS: number
  /** Leads that were acknowledged and have no row, and as many as may have none. */
  gone: number
  mayBeGone: number
  broken: readonly string[]
}>
export type Drill = Readonly<{ title: string; loses: string; play(scene: DrillScene): Promise<Played> }>
export type DrillScene = Awaited<ReturnType<typeof openDrill>>

/** A line on servers of its own, with visitors, some of whom were there before its backup and some after. */
export async function openDrill(perSecond: number, say: (sentence: string) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'landfast-drill-'))
  // Postgres may run as another user, who has to pass through.
  chmodSync(folder, 0o755)
  const dataDir = join(folder, 'data')
  const start = (only: readonly ServiceName[]) =>
    startServices({ dataDir, only, own: true, redisSettings: adminUser })
  const stores = { postgres: await start(['postgres']), redis: await start(['redis']) }
  const env = { ...stores.postgres.env, ...stores.redis.env }
  const connect = () =>
    connectPostgres({ url: env.MIGRATE_DATABASE_URL!, poolMax: 2, applicationName: 'drill', log })
  await (await readyDatabase({ env }, { poolMax: 2, applicationName: 'drill', log })).destroy()
  const line = await startLine({ env: { ...env, LOG_LEVEL: 'error' } })
  const settings = {
    ...env,
    SECRET_KEY: lineSecret,
    BACKUP_KEY: new Bun.CryptoHasher('sha256').update(folder).digest('hex'),
    BACKUP_DIR: join(folder, 'backups'),
    BACKUP_REDIS_DIR: join(dataDir, 'redis'),
  }
  const visitors = sendVisitors({ origin: line.origin, perSecond, together: 5 })
  await Bun.sleep(settleMs)

  async function run(...words: [string, ...string[]]): Promise<string> {
    const { out, err, code } = await operatorCommand(words, settings)
    if (code !== 0) throw new Error(`bun run ${words.join(' ')}: ${err}`)
    return out
  }
  const acknowledged = visitors.ledger.accepted.length
  await run('backup.ts')
  say(`backed up while ${visitors.ledger.accepted.length - acknowledged} more leads came`)
  await Bun.sleep(settleMs)

  return {
    ...{ line, visitors, run, say },
    /** Those that were acknowledged before the backup began. */
    before: visitors.ledger.accepted.slice(0, acknowledged),
    async withDb<T>(work: (db: Db) => Promise<T>): Promise<T> {
      const db = connect()
      try {
        return await work(db)
      } finally {
        await db.destroy()
      }
    },
    /** Kills a store and takes its disk away. */
    async lose(name: 'postgres' | 'redis'): Promise<void> {
      await stores[name][name].kill('SIGKILL')
      await stores[name].stop()
      rmSync(join(dataDir, name), { recursive: true, force: true })
    },
    /** Starts a store at its address, with what its disk holds by now. */
    async begin(name: 'postgres' | 'redis'): Promise<void> {
      stores[name] = await start([name])
    },
    async close(): Promise<void> {
      await visitors.leave()
      await line.stop()
      await Promise.all(Object.values(stores).map((store) => store.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const untilOpen = (scene: DrillScene) =>
  until(
    'leads go through Redis',
    async () => (await metricAt(scene.line.origin, 'redis_path_open').catch(() => 0)) === 1,
    deadlineMs,
  )

/** Visitors go; what waits is stored. Then it is counted who is gone. */
async function judge(
  scene: DrillScene,
  { mayBeGone, sinceMs }: Readonly<{ mayBeGone: Ledger['accepted']; sinceMs: number }>,
): Promise<Played> {
  const mendedS = (performance.now() - sinceMs) / 1000
  await Bun.sleep(settleMs)
  const ledger = await scene.visitors.leave()
  await until(
    'nothing waits',
    async () => (await metricAt(scene.line.workerOrigin, 'lead_batches_waiting')) === 0,
    deadlineMs,
  )
  return scene.withDb(async (db) => {
    const { rows } = await sql<{ id: string; times: number }>`
      select id, count(*)::int as times from leads group by id`.execute(db)
    const times = new Map(rows.map((row) => [row.id, row.times]))
    const gone = ledger.accepted.filter(({ id }) => !times.has(id))
    const may = new Set(mayBeGone.map(({ id }) => id))
    const { rows: twice } = await sql<{ phone: string }>`
      select phone from leads where duplicate_of is null group by phone having count(*) > 1`.execute(db)
    const surely = gone.filter(({ id }) => !may.has(id))
    return {
      toldNothing: ledger.unanswered,
      mendedS,
      gone: gone.length,
      mayBeGone: may.size,
      broken: [
        ...(surely.length > 0 ? [`${surely.length} leads are gone that may not be`] : []),
        ...(twice.length > 0 ? [`${twice.length} phones are leads twice`] : []),
      ],
    }
  })
}

/** Those acknowledged since the backup began, until now. */
const sinceBackup = ({ visitors, before }: DrillScene) => visitors.ledger.accepted.slice(before.length)

export const drills: readonly Drill[] = [
  {
    title: '1. Postgres is lost, with its disk',
    loses: 'what was stored since the backup',
    async play(scene) {
      await scene.lose('postgres')
      const mayBeGone = sinceBackup(scene)
      const sinceMs = performance.now()
      await scene.begin('postgres')
      await scene.run('restore.ts', 'latest', '--only', 'postgres')
      await untilOpen(scene)
      return judge(scene, { mayBeGone, sinceMs })
    },
  },
  {
    title: '2. Redis is lost, with its disk',
    loses: 'what waited in it',
    async play(scene) {
      // What has a row by then is safe.
      await scene.lose('redis')
      const mayBeGone = await scene.withDb(async (db) => {
        const { rows } = await sql<{ id: string }>`select id from leads`.execute(db)
        const kept = new Set(rows.map(({ id }) => id))
        return scene.visitors.ledger.accepted.filter(({ id }) => !kept.has(id))
      })
      const sinceMs = performance.now()
      await scene.begin('redis')
      await untilOpen(scene)
      return judge(scene, { mayBeGone, sinceMs })
    },
  },
  {
    title: '3. A table is dropped',
    loses: 'what was stored since the backup',
    async play(scene) {
      await scene.withDb((db) => sql`drop table leads cascade`.execute(db))
      const mayBeGone = sinceBackup(scene)
      const sinceMs = performance.now()
      await scene.run('restore.ts', 'latest', '--only', 'postgres', '--replace')
      await untilOpen(scene)
      return judge(scene, { mayBeGone, sinceMs })
    },
  },
  {
    title: '4. Everything is lost',
    loses: 'all since the backup',
    async play(scene) {
      await scene.line.worker.kill()
      await scene.line.api.kill()
      await scene.lose('redis')
      await scene.lose('postgres')
      const mayBeGone = sinceBackup(scene)
      const sinceMs = performance.now()
      await scene.begin('postgres')
      await scene.run('restore.ts', 'latest')
      await scene.begin('redis')
      await scene.line.api.start()
      await scene.line.worker.start()
      await untilOpen(scene)
      return judge(scene, { mayBeGone, sinceMs })
    },
  },
]
