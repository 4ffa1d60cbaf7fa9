import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Services, startServices } from '../../local/services.ts'
import { createLog } from '../../log.ts'
import type { Db } from '../../postgres/connection.ts'
import { type Backlog, readBacklogs } from '../../redis/backlog.ts'
import { openShards } from '../../wiring/open.ts'
import { type Line, lineShards, startLine } from '../stage/line.ts'
import { readyDatabase } from '../stage/ready-database.ts'
import { adminUser } from '../stage/redis-admin.ts'
import { gateTo, type TcpGate } from '../stage/tcp-gate.ts'

/** A line with servers of its own, and a gate between its API and Redis. */
export type Scene = Readonly<{
  services: Services
  gate: TcpGate
  db: Db
  line: Line
  close(): Promise<void>
}>

export type SceneOptions = Readonly<{
  ackMode: 'redis' | 'pg'
  /** Another API or worker in place of ours. */
  apiEntry?: string
  workerEntry?: string
  /** More settings of both. */
  env?: Readonly<Record<string, string>>
}>

/** Builds the scene in a folder that is gone afterwards. */
export async function openScene(options: SceneOptions): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'landfast-chaos-'))
  // Postgres may run as another user, who has to pass through.
  chmodSync(folder, 0o755)
  const services = await startServices({
    dataDir: join(folder, 'data'),
    only: ['postgres', 'redis'],
    own: true,
    redisSettings: adminUser,
  })
  const gate = await gateTo(services.env.REDIS_URL!)
  let db: Db | undefined
  let line: Line | undefined
  const close = async () => {
    await line?.worker.kill()
    await line?.api.kill()
    gate.close()
    await db?.destroy()
    await services.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    db = await readyDatabase(services, {
      poolMax: 2,
      applicationName: 'chaos',
      // A million answers take longer to compare than any visitor would wait.
      statementTimeoutMs: 10 * 60_000,
      log: createLog({ level: 'error', process: 'chaos' }),
    })
    line = await startLine({
      env: { ...services.env, ACK_MODE: options.ackMode, LOG_LEVEL: 'error', ...options.env },
      apiEnv: { REDIS_URL: gate.url },
      ...(options.apiEntry && { apiEntry: options.apiEntry }),
      ...(options.workerEntry && { workerEntry: options.workerEntry }),
    })
    return { services, gate, db, line, close }
  } catch (error) {
    await close()
    throw error
  }
}

const drainDeadlineMs = 180_000
const caughtUpMs = 1_000

/** Waits until no batch is in the queue any more. Resolves with how long it took, or undefined: too long. */
export function untilDrained(redisUrl: string): Promise<number | undefined> {
  return untilBacklog(redisUrl, ({ batches }) => batches === 0)
}

/** The same while visitors go on arriving: nothing waits for long any more. */
export function untilCaughtUp(redisUrl: string): Promise<number | undefined> {
  return untilBacklog(redisUrl, ({ oldestMs }) => oldestMs < caughtUpMs)
}

async function untilBacklog(
  redisUrl: string,
  isGone: (backlog: Backlog) => boolean,
): Promise<number | undefined> {
  const log = createLog({ level: 'error', process: 'chaos' })
  // What takes the place of one of ours knows of one shard, whatever the others have.
  const shards = [...new Set([1, lineShards])].flatMap((redisShards) =>
    openShards({ redisUrl, redisShards }, 'chaos', log),
  )
  for (const redis of shards) redis.connect().catch(() => {})
  const startedMs = Date.now()
  try {
    while (Date.now() - startedMs < drainDeadlineMs) {
      // It may only be starting.
      const backlog = await readBacklogs(shards, Date.now()).catch(() => undefined)
      if (backlog && isGone(backlog)) return Date.now() - startedMs
      await Bun.sleep(100)
    }
    return undefined
  } finally {
    for (const redis of shards) redis.disconnect()
  }
}
