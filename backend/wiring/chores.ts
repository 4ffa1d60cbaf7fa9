import type { Config } from '../config.ts'
import { growingPause } from '../growing-pause.ts'
import { checkComplete } from '../jobs/handlers.ts'
import { settleCorrections } from '../leads/correction.ts'
import { errorFields, type Log } from '../log.ts'
import { pruneAssignments } from '../postgres/assignments.ts'
import { giveTurnBack, takeTurn } from '../postgres/chore-turns.ts'
import { pruneClaims } from '../postgres/claims.ts'
import type { Db } from '../postgres/connection.ts'
import { createCorrectionTable, pruneCorrections } from '../postgres/corrections.ts'
import { pruneWorkers } from '../postgres/heartbeats.ts'
import { ensurePartitions } from '../postgres/partitions.ts'
import { createReconcileMetrics } from '../prometheus/reconcile-metrics.ts'
import { createClaimRelease } from '../redis/claims.ts'
import type { RunningWorker } from '../redis/worker.ts'
import { tiringLog } from '../tiring-log.ts'
import type { RedisForCommands, Registry } from './open.ts'
import { reconcileStores, unhurried } from './reconcile.ts'

export type ChoresOptions = Readonly<{
  config: Config
  db: Db
  /** Absent without Redis: then there is nothing to compare. */
  redis: RedisForCommands | undefined
  pruneEvents(): Promise<void>
  registry: Registry
  log: Log
}>

const minuteMs = 60_000
// Claims outlive the window by this, for batches that wait out a long outage.
const claimsKeptExtraMs = 7 * 24 * 60 * minuteMs
const lookEveryMs = 10_000
const stopDeadlineMs = 10_000

/** What keeps the house in order, every hour, whether Redis is there or not. */
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
  const tired = tiringLog(log)
  const pauses = Object.fromEntries(
    Object.entries(everyMs).map(([name, every]) => [name, growingPause(minuteMs, every)]),
  )
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

  /** Does a chore if it is due and no other worker does it. */
  async function doIfDue(name: string, every: number): Promise<void> {
    try {
      if (!(await takeTurn(db, name, every))) return
    } catch (error) {
      // Whoever stores leads tells that Postgres is away.
      return log.debug('chores.wait', errorFields(error))
    }
    try {
      await chore(name)
      pauses[name]!.reset()
    } catch (error) {
      if (stopping.signal.aborted) return
      tired.warn('chore.failed', { name, ...errorFields(error) })
      const pauseMs = pauses[name]!.next()
      await giveTurnBack(db, name, { everyMs: every, pauseMs }).catch(() => {})
    }
  }

  return {
    start(): RunningWorker {
      // Beside each other: to compare millions of claims takes most of an hour, and a correction is due every minute.
      const doing = new Map<string, Promise<void>>()
      const look = () => {
        for (const [name, every] of Object.entries(everyMs))
          if (!doing.has(name))
            doing.set(
              name,
              doIfDue(name, every).finally(() => doing.delete(name)),
            )
      }
      const timer = setInterval(look, lookEveryMs)
      look()
      return {
        async stop() {
          clearInterval(timer)
          stopping.abort()
          await Promise.race([Promise.all(doing.values()), Bun.sleep(stopDeadlineMs)])
        },
      }
    },
  }
}
