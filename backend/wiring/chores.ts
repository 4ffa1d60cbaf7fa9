import type { Config } from '../config.ts'
import { checkComplete } from '../jobs/handlers.ts'
import { settleCorrections } from '../leads/correction.ts'
import { errorFields, type Log } from '../log.ts'
import { pruneAssignments } from '../postgres/assignments.ts'
import { pruneClaims } from '../postgres/claims.ts'
import type { Db } from '../postgres/connection.ts'
import { createCorrectionTable, pruneCorrections } from '../postgres/corrections.ts'
import { pruneWorkers } from '../postgres/heartbeats.ts'
import { ensurePartitions } from '../postgres/partitions.ts'
import { createReconcileMetrics } from '../prometheus/reconcile-metrics.ts'
import { createClaimRelease } from '../redis/claims.ts'
import { redisForWorker } from '../redis/connection.ts'
import { type RunningWorker, startChoreWorker } from '../redis/worker.ts'
import type { RedisForCommands, Registry } from './open.ts'
import { reconcileStores, unhurried } from './reconcile.ts'

export type ChoresOptions = Readonly<{
  config: Config
  db: Db
  /** Absent without Redis: then there is nothing to compare, and timers start the chores. */
  redis: RedisForCommands | undefined
  pruneEvents(): Promise<void>
  registry: Registry
  log: Log
}>

const minuteMs = 60_000
// Claims outlive the window by this, for batches that wait out a long outage.
const claimsKeptExtraMs = 7 * 24 * 60 * minuteMs

/** What keeps the house in order. */
export function wireChores({ config, db, redis, pruneEvents, registry, log }: ChoresOptions) {
  const stopping = new AbortController()
  const reconcileMetrics = createReconcileMetrics(registry)
  const everyMs = {
    'partitions.ensure': 60 * minuteMs,
    'claims.prune': 60 * minuteMs,
    'corrections.settle': minuteMs,
    'events.prune': 60 * minuteMs,
    'assignments.prune': 24 * 60 * minuteMs,
    ...(redis && { 'leads.reconcile': 60 * minuteMs }),
  }
  const chore = checkComplete(Object.keys(everyMs), {
    async 'partitions.ensure'() {
      const made = await ensurePartitions(db, new Date())
      if (made.length > 0) log.info('partitions.made', { made })
    },
    async 'claims.prune'() {
      const before = new Date(Date.now() - config.dedupWindowMs - claimsKeptExtraMs)
      await pruneClaims(db, before)
      await pruneCorrections(db, before)
      await pruneWorkers(db)
    },
    async 'corrections.settle'() {
      const table = createCorrectionTable(db)
      const settled = await settleCorrections({ table, release: redis && createClaimRelease(redis) })
      if (settled > 0) log.info('leads.corrected', { settled })
    },
    'events.prune': pruneEvents,
    async 'assignments.prune'() {
      const gone = await pruneAssignments(db, config.assignmentRetentionDays)
      if (gone > 0) log.info('assignments.dropped', { gone })
    },
    ...(redis && {
      async 'leads.reconcile'() {
        const found = await reconcileStores({ config, redis, db, pause: unhurried(stopping.signal) })
        reconcileMetrics.reconciled(found, Date.now())
        log.info('leads.reconciled', found)
      },
    }),
  })

  return {
    /** Starts them: by the queue in this Redis, so that several workers share them, else by timers. */
    start(redisUrl: string | undefined): RunningWorker {
      const running = redisUrl ? startQueue(redisUrl) : startTimers()
      return {
        async stop() {
          stopping.abort()
          await running.stop()
        },
      }
    },
  }

  function startQueue(url: string): RunningWorker {
    const connection = redisForWorker({ url, name: 'landfast-chores', log })
    return startChoreWorker({ redis: connection, everyMs, handle: chore, log })
  }

  function startTimers(): RunningWorker {
    const timers = Object.entries(everyMs).map(([name, every]) =>
      setInterval(
        () => chore(name).catch((error) => log.warn('chore.failed', { name, ...errorFields(error) })),
        every,
      ),
    )
    return { stop: async () => timers.forEach(clearInterval) }
  }
}
