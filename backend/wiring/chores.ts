import type { Config } from '../config.ts'
import { growingPause } from '../growing-pause.ts'
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

/** What is done again and again, by one worker at a time. */
type Chore = Readonly<{ everyMs: number; run(): Promise<void> }>

const minuteMs = 60_000
const hourMs = 60 * minuteMs
// Claims outlive the window by this, for batches that wait out a long outage.
const claimsKeptExtraMs = 7 * 24 * hourMs
const lookEveryMs = 10_000
const stopDeadlineMs = 10_000

/** What keeps the house in order, every hour, whether Redis is there or not. */
export function wireChores({ config, db, redis, pruneEvents, registry, log }: ChoresOptions) {
  const stopping = new AbortController()
  const reconcileMetrics = createReconcileMetrics(registry)
  const tired = tiringLog(log)
  const chores: Readonly<Record<string, Chore>> = {
    'partitions.ensure': {
      everyMs: hourMs,
      async run() {
        const made = await ensurePartitions(db, new Date())
        if (made.length > 0) log.info('partitions.made', { made })
      },
    },
    'claims.prune': {
      everyMs: hourMs,
      async run() {
        const before = new Date(Date.now() - config.dedupWindowMs - claimsKeptExtraMs)
        await pruneClaims(db, before)
        await pruneCorrections(db, before)
        await pruneWorkers(db)
      },
    },
    'corrections.settle': {
      everyMs: minuteMs,
      async run() {
        const table = createCorrectionTable(db)
        const settled = await settleCorrections({ table, release: redis && createClaimRelease(redis) })
        if (settled > 0) log.info('leads.corrected', { settled })
      },
    },
    'events.prune': { everyMs: hourMs, run: pruneEvents },
    'assignments.prune': {
      everyMs: 24 * hourMs,
      async run() {
        const gone = await pruneAssignments(db, config.assignmentRetentionDays)
        if (gone > 0) log.info('assignments.dropped', { gone })
      },
    },
    ...(redis && {
      'leads.reconcile': {
        everyMs: hourMs,
        async run() {
          const found = await reconcileStores({ config, redis, db, pause: unhurried(stopping.signal) })
          reconcileMetrics.reconciled(found, Date.now())
          log.info('leads.reconciled', found)
        },
      },
    }),
  }
  const pauses = Object.fromEntries(
    Object.entries(chores).map(([name, { everyMs }]) => [name, growingPause(minuteMs, everyMs)]),
  )

  /** Does a chore if it is due and no other worker does it. */
  async function doIfDue(name: string, { everyMs, run }: Chore): Promise<void> {
    try {
      if (!(await takeTurn(db, name, everyMs))) return
    } catch (error) {
      // Whoever stores leads tells that Postgres is away.
      return log.debug('chores.wait', errorFields(error))
    }
    try {
      await run()
      pauses[name]!.reset()
    } catch (error) {
      if (stopping.signal.aborted) return
      tired.warn('chore.failed', { name, ...errorFields(error) })
      const pauseMs = pauses[name]!.next()
      await giveTurnBack(db, name, { everyMs, pauseMs }).catch(() => {})
    }
  }

  return {
    start(): RunningWorker {
      // Beside each other: to compare millions of claims takes most of an hour, and a correction is due every minute.
      const doing = new Map<string, Promise<void>>()
      const look = () => {
        for (const [name, chore] of Object.entries(chores))
          if (!doing.has(name))
            doing.set(
              name,
              doIfDue(name, chore).finally(() => doing.delete(name)),
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
