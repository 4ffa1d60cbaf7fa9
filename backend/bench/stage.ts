import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { sql } from 'kysely'
import type { ServiceName } from '../local/service.ts'
import { type Services, startServices } from '../local/services.ts'
import { createLog } from '../log.ts'
import type { Db } from '../postgres/connection.ts'
import { countEventBatches } from '../redis/events.ts'
import { plainKeys } from '../redis/keys.ts'
import { type Line, startLine } from '../testing/stage/line.ts'
import { readyDatabase } from '../testing/stage/ready-database.ts'
import { adminUser, redisAdmin } from '../testing/stage/redis-admin.ts'

/** Servers of the bench's own, in a folder that is gone afterwards, and what a measurement does with them. */
export type Stage = Readonly<{
  folder: string
  services: Services
  db: Db
  redis: Redis
  start(subject: ApiSetup): Promise<Line>
  /** Every server of Redis that it is measured with. */
  redisPids(): readonly (number | undefined)[]
  /** Empties both stores, so that every run begins alike. */
  wipe(): Promise<void>
  /** Removes only what waits in the queue, and keeps leads and claims. */
  unqueue(): Promise<void>
  untilDrained(deadlineMs: number): Promise<void>
  sizes(): Promise<Sizes>
  stop(): Promise<void>
}>

export type ApiSetup = Readonly<{
  env?: Readonly<Record<string, string>>
  /** Another API in its place. */
  apiEntry?: string
  /** Whether a worker drains the queue meanwhile. */
  worker?: boolean
  requestLog?: boolean
}>

/** Bytes that the stores hold now, and how many leads are stored. */
export type Sizes = Readonly<{
  redisMemory: number
  redisFile: number
  postgresTables: number
  postgresLog: number
  leads: number
  events: number
}>

const log = createLog({ level: 'error', process: 'bench' })
const drainLookMs = 20

/**
 * Starts servers of its own. Their tables are empty, but in a folder that is kept, as the run before left them.
 * @throws Error when Redis cannot run.
 */
export async function setStage(
  only: readonly ServiceName[],
  say: (line: string) => void,
  kept?: string,
): Promise<Stage> {
  if (kept) mkdirSync(kept, { recursive: true })
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'landfast-bench-'))
  // Postgres and nginx may run as other users, who have to pass through.
  chmodSync(folder, 0o755)
  const services = await startServices({
    dataDir: join(folder, 'data'),
    only,
    own: true,
    log: say,
    redisSettings: adminUser,
  })
  await services.settled
  for (const { title, state, how } of services.all) say(`${title}: ${state}, ${how}`)
  if (services.redis.state !== 'running')
    throw new Error(`Redis is ${services.redis.state}: ${services.redis.how}`)
  const db = await readyDatabase(services, {
    ...{ poolMax: 2, applicationName: 'bench', log },
    // Where rows are kept, millions are there to be migrated.
    statementTimeoutMs: 600_000,
  })
  const redis = redisAdmin(services.env.REDIS_URL!)

  /** Leaves Redis with a file that holds only what is there now, and with nothing to do. */
  async function settleRedis(): Promise<void> {
    const settled = async () => {
      while (/aof_rewrite_(?:in_progress|scheduled):1/.test(await redis.info('persistence')))
        await Bun.sleep(20)
    }
    await settled()
    // It may have begun one by itself again just now, which does as well.
    await redis.bgrewriteaof().catch(() => {})
    await settled()
  }

  const lines = new Set<Line>()
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= (async () => {
      await Promise.all([...lines].map((line) => line.stop()))
      redis.disconnect()
      await db.destroy()
      await services.stop()
      if (!kept) rmSync(folder, { recursive: true, force: true })
    })()
    return stopped
  }
  // The servers are in sessions of their own and would outlive us.
  process.once('SIGINT', () => void stop().then(() => process.exit(130)))
  process.once('SIGTERM', () => void stop().then(() => process.exit(143)))

  return {
    folder,
    services,
    db,
    redis,
    redisPids: () => [services.redis.pid],
    async start({ env, apiEntry, worker = false, requestLog = false }) {
      const line = await startLine({
        apiEntry,
        env: {
          ...services.env,
          S3_ENDPOINT: '',
          MONGO_URL: requestLog ? services.env.MONGO_URL! : '',
          API_PROCESSES: '1',
          // As behind nginx on the same machine: each visitor has an address of its own, and the limit of the product
          // counts it.
          LISTEN_ADDRESS: '127.0.0.1',
          TRUSTED_PROXIES: '127.0.0.0/8',
          RATE_LIMIT_RPM: '20',
          // A bench sends in minutes what a day may bring.
          RECORDS_PER_DAY: '0',
          ...env,
        },
      })
      lines.add(line)
      if (!worker) await line.worker.kill('SIGTERM')
      return line
    },
    async wipe() {
      await redis.flushall()
      await sql`truncate leads, lead_claims, lead_quarantine, events, event_counts, event_vitals, event_firsts, event_cohorts`.execute(
        db,
      )
      await Promise.all([settleRedis(), sql`checkpoint`.execute(db)])
    },
    async unqueue() {
      for await (const keys of redis.scanStream({
        match: plainKeys.queue('*'),
        count: 10_000,
      }) as AsyncIterable<string[]>)
        if (keys.length > 0) await redis.unlink(keys)
      await Promise.all([settleRedis(), sql`checkpoint`.execute(db)])
    },
    async untilDrained(deadlineMs) {
      const deadline = Date.now() + deadlineMs
      const waiting = async () => {
        const counts = await Promise.all([
          redis.llen(plainKeys.queue('wait')),
          redis.llen(plainKeys.queue('active')),
          redis.zcard(plainKeys.queue('delayed')),
          countEventBatches(redis),
        ])
        return counts.some((count) => count > 0)
      }
      while (await waiting()) {
        if (Date.now() > deadline) throw new Error('The worker did not empty the queue in time.')
        await Bun.sleep(drainLookMs)
      }
    },
    async sizes() {
      const memory = await redis.info('memory')
      const persistence = await redis.info('persistence')
      const { rows } = await sql<{ tables: string; log: string; leads: string; events: string }>`
        select (select sum(pg_total_relation_size(relid)) from pg_stat_user_tables
                where relname like 'leads%' or relname = 'lead_claims') as tables,
               pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as log,
               (select count(*) from leads) as leads,
               (select coalesce(sum(events), 0) from event_counts where grain = 'day' and event_type = 'page_view')
                 as events`.execute(db)
      const { tables, log: written, leads, events } = rows[0]!
      return {
        redisMemory: numberIn(memory, 'used_memory'),
        redisFile: numberIn(persistence, 'aof_current_size'),
        postgresTables: Number(tables),
        postgresLog: Number(written),
        leads: Number(leads),
        events: Number(events),
      }
    },
    stop,
  }
}

/** A number in what INFO of Redis says. */
export function numberIn(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? Number.NaN)
}
