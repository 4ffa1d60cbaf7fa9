import type { Config } from '../config.ts'
import { errorFields, type Log } from '../log.ts'
import { deskLag } from '../postgres/desk-lag.ts'
import { beat, leave } from '../postgres/heartbeats.ts'
import { postgresVitals, tableFigures } from '../postgres/vitals.ts'
import {
  addMachineGauges,
  addPostgresFigures,
  addRedisFigures,
  addTableFigures,
} from '../prometheus/engine-metrics.ts'
import { addGauges, addGaugesOf, createRegistry, createUnreadableCounter } from '../prometheus/metrics.ts'
import { appendOnlyFileOk, memoryUsed, redisVitals } from '../redis/vitals.ts'
import { startWhenAble } from '../redis/when-able.ts'
import type { RunningWorker } from '../redis/worker.ts'
import { createTracer } from '../tracing.ts'
import { wireChores } from './chores.ts'
import { wireDeliveries } from './deliveries.ts'
import { wireWorkerEvents } from './events.ts'
import { createOwnInstallation } from './installation.ts'
import { wireWorkerLeads } from './leads.ts'
import { openPostgres, openShards, type RedisForCommands, startClock, tellOfPowerCuts } from './open.ts'
import { traceWorker } from './tracing.ts'

const heartbeatEveryMs = 2_000

/** The worker: takes batches off the queue, keeps the house in order, and says that it is alive. */
export async function wireWorker(config: Config, log: Log) {
  const registry = createRegistry('worker')
  const db = openPostgres(config, 'worker', registry, log)
  void tellOfPowerCuts(db, log)
  const clock = await startClock(db, registry, log)
  addPostgresFigures(registry, () => postgresVitals(db))
  addTableFigures(registry, () => tableFigures(db))
  addMachineGauges(registry)
  addGaugesOf(registry, () => deskLag(db), {
    lead_unindexed: {
      help: 'Leads that the desk has not indexed yet; NaN while Postgres is away',
      of: ({ unindexed }) => unindexed,
    },
    source_oldest_uncounted_seconds: {
      help: 'How long the oldest has waited that is to be counted by its source; NaN while Postgres is away',
      of: ({ oldestUncountedS }) => oldestUncountedS,
    },
  })
  const workerId = `${process.pid}-${crypto.randomUUID()}`

  const shards = openShards(config, 'landfast-claims', log)
  const onUnreadable = createUnreadableCounter(registry)
  const installation = createOwnInstallation(db)
  const tracer = config.tracing && createTracer(config.tracing, 'worker', log)
  const traces = tracer && shards[0] && traceWorker(tracer, shards[0])
  const leads = wireWorkerLeads({
    ...{ config, db, clock, installation, registry, onUnreadable, log },
    traced: traces?.table,
  })
  const events = wireWorkerEvents({ config, db, installation, registry, onUnreadable, log })
  const chores = wireChores({ config, db, shards, clock, pruneEvents: events.prune, registry, log })
  const deliveries = wireDeliveries({
    ...{ config, db, shards, clock, registry, traced: traces?.deliveries, log },
  })
  const demanding = config.environment === 'production' && config.ackMode === 'redis'
  const queues = shards.map(startQueue)
  if (shards.length > 0) tellOfQueues()

  const tellAlive = () => beat(db, workerId, idleBecause() ?? leads.refusedBecause())
  const beating = setInterval(() => {
    tellAlive().catch((error) => log.debug('worker.heartbeat_failed', errorFields(error)))
  }, heartbeatEveryMs)
  await tellAlive().catch(() => {})
  const found = await Promise.all(queues.map((queue) => queue.first))
  const unsafe = found.find((each) => each.unsafe)?.unsafe
  const foreign = found.find((each) => each.foreign)?.foreign
  const running: RunningWorker[] = [
    ...queues,
    chores.start(() => queues.some((queue) => queue.isAtWork())),
    deliveries.start(),
  ]

  /** Why it takes nothing from any shard. */
  function idleBecause(): string | undefined {
    const reasons = queues.flatMap((queue) => queue.idleBecause() ?? [])
    return reasons.length === queues.length ? reasons[0] : undefined
  }

  function tellOfQueues(): void {
    addGauges(registry, {
      redis_append_only_file_ok: {
        help: '0 when Redis could not write or rewrite its append-only file; NaN while it is away',
        read: async () => Math.min(...(await Promise.all(shards.map(appendOnlyFileOk))).map(Number)),
      },
      redis_memory_used_ratio: {
        help: 'Memory of Redis in use, of its maxmemory; NaN while it is away',
        read: async () => Math.max(...(await Promise.all(shards.map(memoryUsed)))),
      },
    })
    addRedisFigures(registry, () => redisVitals(shards))
    leads.watch(shards)
    events.watch(shards)
  }

  function startQueue(asks: RedisForCommands) {
    return startWhenAble({
      redis: asks,
      demanding,
      installation: installation.read,
      start() {
        const both = [leads.start(asks), events.start(asks)]
        return { stop: async () => void (await Promise.all(both.map((each) => each.stop()))) }
      },
      log,
    })
  }

  return {
    /** Why this worker may not run in production. */
    refusal: () => ({
      unsafe: demanding ? unsafe : undefined,
      foreign: config.environment === 'production' ? foreign : undefined,
    }),
    scrape: () => registry.metrics(),
    /** Puts back what it has not stored, says that it leaves, then closes everything. */
    async stop(): Promise<void> {
      await Promise.all(running.map((each) => each.stop()))
      await tracer?.close()
      for (const redis of shards) redis.disconnect()
      clock.stop()
      clearInterval(beating)
      await leave(db, workerId).catch(() => {})
      await leads.close()
      await db.destroy()
    },
  }
}
