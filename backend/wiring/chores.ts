import type { Config } from '../config.ts'
import { carryOutBulk } from '../desk/bulk.ts'
import { answersKeptDays } from '../desk/today.ts'
import { type Chore, startChores } from '../jobs/chores.ts'
import { settleCorrections } from '../leads/correction.ts'
import type { Log } from '../log.ts'
import { lastsMs } from '../operators/session.ts'
import { pruneAnswers } from '../postgres/answers.ts'
import { pruneAssignments } from '../postgres/assignments.ts'
import { pruneAudit } from '../postgres/audit.ts'
import { createChoreTurns } from '../postgres/chore-turns.ts'
import { pruneClaims } from '../postgres/claims.ts'
import type { Db } from '../postgres/connection.ts'
import { createCorrectionTable, pruneCorrections } from '../postgres/corrections.ts'
import { pruneDeliveries } from '../postgres/delivery-figures.ts'
import { noticeIncidents } from '../postgres/delivery-notices.ts'
import { writeDailyReports } from '../postgres/delivery-report.ts'
import { createErasureTable } from '../postgres/erasures.ts'
import { pruneWorkers } from '../postgres/heartbeats.ts'
import { createBulkChanges, pruneBulks } from '../postgres/lead-bulks.ts'
import { pruneExports } from '../postgres/lead-exports.ts'
import { indexLeads } from '../postgres/lead-index.ts'
import { pruneLeads } from '../postgres/lead-retention.ts'
import { ensurePartitions } from '../postgres/partitions.ts'
import { createReplays, pruneReplays } from '../postgres/replays.ts'
import { pruneEntries } from '../postgres/sessions.ts'
import { createChoreMetrics } from '../prometheus/chore-metrics.ts'
import { createReconcileMetrics } from '../prometheus/reconcile-metrics.ts'
import { forgetStored } from '../redis/forget-stored.ts'
import { forgetOldSchedulers } from '../redis/old-schedulers.ts'
import { takeBack } from '../redis/take-back.ts'
import type { RunningWorker } from '../redis/worker.ts'
import type { SharedClock } from '../shared-clock.ts'
import { wireErasure } from './erasure.ts'
import { wireKeptExports } from './kept-exports.ts'
import { eachShard, type RedisForCommands, type Registry, releaseIn } from './open.ts'
import { homeOfAll, noteCompared, reconcileStores, unhurried } from './reconcile.ts'
import { replay } from './replay.ts'
import { wireRequestArchive } from './request-archive.ts'
import { wireSourceCounts } from './source-counts.ts'

export type ChoresOptions = Readonly<{
  config: Config
  db: Db
  /** None without Redis: then there is nothing to compare. */
  shards: readonly RedisForCommands[]
  clock: Pick<SharedClock, 'nowMs' | 'agreedNow'>
  pruneEvents(now: Date): Promise<void>
  registry: Registry
  log: Log
}>

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
// Claims outlive the window by this, for batches that wait out a long outage.
const claimsKeptExtraMs = 7 * dayMs
// As long as receivers may ask what was sent to them.
const deliveriesKeptDays = 30
const lookEveryMs = 10_000
// Whoever carries out a change of many leads goes on many times within this.
const abandonedAfterMs = 10_000
// As long as a batch, or an entry of the request log, can have been on its way to where it was looked for.
const erasedAgainMs = 6 * hourMs

/**
 * What keeps the house in order, whether Redis is there or not. What deletes begins by asking whether the clock of this
 * machine and that of Postgres agree, and fails where they do not: what is too old for a wrong clock is gone for ever.
 */
export function wireChores({ config, db, shards, clock, pruneEvents, registry, log }: ChoresOptions) {
  const reconcileMetrics = createReconcileMetrics(registry)
  const corrections = createCorrectionTable(db)
  const erasures = createErasureTable(db)
  const bulks = createBulkChanges(db)
  const erasing = wireErasure(config, config.workerDatabaseUrl, log)
  const sources = wireSourceCounts(config.workerDatabaseUrl, log)
  const keptExports = wireKeptExports({ config, db, databaseUrl: config.workerDatabaseUrl, log })
  const requestArchive = wireRequestArchive({ config, registry, log })
  const replays = createReplays(db)
  const replaying: Chore = {
    everyMs: lookEveryMs,
    async run() {
      for (const { id, leadId } of await replays.open()) {
        const { dedupWindowMs } = config
        const replayed = await replay({ db, dedupWindowMs, shards, ...(leadId && { leadId }) })
        await replays.finish(id, replayed)
        log.info('leads.replayed', { id, stored: replayed.stored, queued: replayed.queued })
      }
    },
  }
  let refusalTold = false
  let unreadableTold = false
  const onGone = (id: string) => log.warn('lead.gone', { id })
  const chores: Record<string, Chore> = {
    'partitions.ensure': {
      everyMs: hourMs,
      async run() {
        const made = await ensurePartitions(db)
        if (made.length > 0) log.info('partitions.made', { made })
      },
    },
    'claims.prune': {
      everyMs: hourMs,
      async run(stop: AbortSignal) {
        const now = await clock.agreedNow()
        const before = new Date(now.getTime() - config.dedupWindowMs - claimsKeptExtraMs)
        await pruneClaims(db, before, { pause: unhurried(stop) })
        await pruneCorrections(db, before)
        await pruneWorkers(db)
      },
    },
    'corrections.settle': {
      everyMs: minuteMs,
      async run() {
        const settled = await settleCorrections({ table: corrections, release: releaseIn(shards) })
        if (settled > 0) log.info('leads.corrected', { settled })
      },
    },
    'events.prune': { everyMs: hourMs, run: async () => pruneEvents(await clock.agreedNow()) },
    'assignments.prune': {
      everyMs: dayMs,
      async run() {
        await clock.agreedNow()
        const gone = await pruneAssignments(db, config.assignmentRetentionDays)
        if (gone > 0) log.info('assignments.dropped', { gone })
      },
    },
    'operators.prune': {
      everyMs: hourMs,
      async run() {
        const now = await clock.agreedNow()
        await pruneEntries(db, now, new Date(now.getTime() - lastsMs))
        await pruneAudit(db, config.auditRetentionDays)
        await pruneBulks(db, config.auditRetentionDays)
        await pruneReplays(db, config.auditRetentionDays)
        await pruneAnswers(db, answersKeptDays)
      },
    },
    'exports.prune': {
      everyMs: 5 * minuteMs,
      async run() {
        await clock.agreedNow()
        await keptExports?.prune()
        await pruneExports(db, config.auditRetentionDays)
      },
    },
    ...(requestArchive && {
      'request_log.archive': {
        everyMs: hourMs,
        run: async (stop: AbortSignal) => requestArchive.run(await clock.agreedNow(), stop),
      },
    }),
    ...(keptExports && { 'exports.write': { everyMs: lookEveryMs, run: keptExports.write } }),
    'leads.prune': {
      everyMs: hourMs,
      async run(stop: AbortSignal) {
        if (config.leadRetentionDays === 0) return
        const now = await clock.agreedNow()
        // A claim never outlives its lead: whoever comes again would be a duplicate of nobody.
        const keptMs = Math.max(config.leadRetentionDays * dayMs, config.dedupWindowMs + claimsKeptExtraMs)
        const before = new Date(now.getTime() - keptMs)
        const gone = await pruneLeads(db, before, unhurried(stop))
        if (gone > 0) log.info('leads.pruned', { gone })
      },
    },
    'leads.index': { everyMs: lookEveryMs, run: (stop: AbortSignal) => indexLeads(db, unhurried(stop)) },
    ...(shards.length > 0 ? {} : { 'leads.replay': replaying }),
    'erasures.carry_out': {
      everyMs: lookEveryMs,
      async run() {
        for (const erasure of await erasures.open()) {
          await erasing.carryOut(erasure)
          log.info('erasure.finished', { id: erasure.id })
        }
      },
    },
    'erasures.again': {
      everyMs: hourMs,
      async run() {
        const since = new Date(clock.nowMs() - erasedAgainMs)
        await erasing.again(await erasures.finishedSince(since))
      },
    },
    'sources.count': { everyMs: lookEveryMs, run: sources.count },
    'sources.fold': {
      everyMs: dayMs,
      async run() {
        await clock.agreedNow()
        const folded = await sources.fold()
        if (folded > 0) log.info('sources.folded', { folded })
      },
    },
    'leads.bulk_change': {
      everyMs: lookEveryMs,
      async run(stop: AbortSignal) {
        for (const id of await bulks.abandoned(abandonedAfterMs))
          await carryOutBulk(bulks, id, unhurried(stop))
      },
    },
    'deliveries.watch': {
      everyMs: 15_000,
      async run() {
        const told = await noticeIncidents(db)
        if (told > 0) log.info('delivery.incidents', { told })
      },
    },
    'deliveries.report': { everyMs: 10 * minuteMs, run: () => writeDailyReports(db, config.timeZone) },
    'deliveries.prune': {
      everyMs: hourMs,
      async run() {
        await clock.agreedNow()
        await pruneDeliveries(db, deliveriesKeptDays)
      },
    },
  }
  const choresInRedis: Record<string, Chore> =
    shards.length > 0
      ? {
          'leads.replay': replaying,
          'leads.reconcile': {
            everyMs: hourMs,
            async run(stop: AbortSignal) {
              const found = await reconcileStores({
                ...{ config, shards, db, nowMs: clock.nowMs, onGone },
                pause: unhurried(stop),
              })
              reconcileMetrics.reconciled(found, clock.nowMs())
              log.info('leads.reconciled', found)
              if (found.unreadable > 0 && !unreadableTold)
                log.warn('claims.unreadable', { count: found.unreadable })
              unreadableTold = found.unreadable > 0
            },
          },
          'leads.take_back': {
            everyMs: minuteMs,
            async run() {
              await eachShard(shards, async (redis) => {
                const batches = await takeBack(redis, log)
                if (batches > 0) log.info('leads.taken_back', { batches })
              })
            },
          },
          'redis.forget_stored': {
            everyMs: dayMs,
            async run(stop: AbortSignal) {
              await eachShard(shards, async (redis) => {
                const { outcome, ...why } = await forgetStored(redis, stop)
                if (outcome === 'begun') log.info('redis.file_rewritten')
                else if (outcome === 'refused' && !refusalTold) log.warn('redis.file_not_rewritten', why)
                refusalTold = outcome === 'refused'
              })
            },
          },
          'stores.compare': {
            everyMs: 5_000,
            async run(stop: AbortSignal) {
              const { ours, foreign, putBack } = await homeOfAll(shards, db)
              if (foreign) return
              if (!putBack) return noteCompared(shards, db, ours)
              const [to, from] = [putBack.toMs, putBack.fromMs].map((ms) => new Date(ms).toISOString())
              log.warn('postgres.put_back', { to, from })
              // Meanwhile leads go through Postgres, so it does not rest.
              const pause = async () => stop.throwIfAborted()
              const found = await reconcileStores({ config, shards, db, nowMs: clock.nowMs, pause, onGone })
              log.info('leads.reconciled', found)
            },
          },
          'schedulers.forget': {
            everyMs: dayMs,
            async run() {
              const { foreign } = await homeOfAll(shards, db)
              if (foreign) return
              await eachShard(shards, async (redis) => {
                if (await forgetOldSchedulers(redis)) log.info('schedulers.forgotten')
              })
            },
          },
        }
      : {}
  const all = Object.keys({ ...chores, ...choresInRedis })
  return {
    /** `atWork` tells whether this worker may do anything in Redis now. */
    start(atWork: () => boolean): RunningWorker {
      const running = startChores({
        chores: { ...chores, ...withEach(choresInRedis, atWork) },
        turns: createChoreTurns(db),
        lookEveryMs,
        onFailed: createChoreMetrics(registry, all).failed,
        log,
      })
      return {
        async stop() {
          await running.stop()
          await sources.close()
          await keptExports?.close()
          await requestArchive?.close()
          await erasing.stop()
        },
      }
    },
  }
}

const withEach = (chores: Readonly<Record<string, Chore>>, can: () => boolean) =>
  Object.fromEntries(Object.entries(chores).map(([name, chore]) => [name, { ...chore, can }]))
