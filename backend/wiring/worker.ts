import type { Config } from '../config.ts'
import { errorFields, type Log } from '../log.ts'
import { beat, leave } from '../postgres/heartbeats.ts'
import { addGauges, createRegistry } from '../prometheus/metrics.ts'
import { redisForCommands } from '../redis/connection.ts'
import { unsafeBecause } from '../redis/durability.ts'
import { appendOnlyFileOk, memoryUsed } from '../redis/vitals.ts'
import type { RunningWorker } from '../redis/worker.ts'
import { wireChores } from './chores.ts'
import { wireWorkerEvents } from './events.ts'
import { wireWorkerLeads } from './leads.ts'
import { openPostgres } from './open.ts'

const heartbeatEveryMs = 2_000

/** The worker: takes batches off the queue, keeps the house in order, and says that it is alive. */
export async function wireWorker(config: Config, log: Log) {
  const registry = createRegistry('worker')
  const db = openPostgres(config, 'worker', log)
  const workerId = `${process.pid}-${crypto.randomUUID()}`

  const beating = setInterval(() => {
    beat(db, workerId).catch((error) => log.debug('worker.heartbeat_failed', errorFields(error)))
  }, heartbeatEveryMs)
  await beat(db, workerId).catch(() => {})

  const redis = config.redisUrl
    ? redisForCommands({ url: config.redisUrl, name: 'landfast-claims', log })
    : undefined
  const leads = wireWorkerLeads({ config, db, registry, log })
  const events = wireWorkerEvents({ config, db, registry, log })
  const chores = wireChores({ config, db, redis, pruneEvents: events.prune, registry, log })

  const running: RunningWorker[] = []
  let unsafe: string | undefined
  if (config.redisUrl && redis) {
    unsafe = await redis.connect().then(
      () => unsafeBecause(redis),
      () => undefined,
    )
    addGauges(registry, {
      redis_append_only_file_ok: {
        help: '0 when Redis could not write or rewrite its append-only file; NaN while it is away',
        read: async () => Number(await appendOnlyFileOk(redis)),
      },
      redis_memory_used_ratio: {
        help: 'Memory of Redis in use, of its maxmemory; NaN while it is away',
        read: () => memoryUsed(redis),
      },
    })
    running.push(leads.start(config.redisUrl, redis), events.start(config.redisUrl))
  }
  running.push(chores.start(config.redisUrl))

  return {
    /** Why this worker may not run in production, or undefined. */
    refusal: () => (config.environment === 'production' && config.ackMode === 'redis' ? unsafe : undefined),
    scrape: () => registry.metrics(),
    /** Puts back what it has not stored, says that it leaves, then closes everything. */
    async stop(): Promise<void> {
      await Promise.all(running.map((each) => each.stop()))
      redis?.disconnect()
      clearInterval(beating)
      await leave(db, workerId).catch(() => {})
      await leads.close()
      await db.destroy()
    },
  }
}
