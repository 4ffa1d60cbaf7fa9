import { randomBytes } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Flags } from '../flags/definitions.ts'
import type { LeadRouteDeps } from '../http/leads/leads.ts'
import type { ProblemDeps } from '../http/problems.ts'
import type { ClientAddress } from '../http/request/client-ip.ts'
import type { CorsRules } from '../http/request/cors.ts'
import type { SlowBodies } from '../http/request/slow-bodies.ts'
import { createLeadNews } from '../jobs/lead-news.ts'
import { type LeadJobDeps, persistBatch } from '../jobs/leads.ts'
import type { KeyedHash } from '../keyed-hash.ts'
import { correctLeads } from '../leads/correction.ts'
import { createSealInUse } from '../leads/id-seal.ts'
import type { Lead } from '../leads/lead.ts'
import type { ClaimRelease, LeadTable } from '../leads/ports.ts'
import { createProofGate } from '../leads/proof.ts'
import { storeTogether } from '../leads/store-together.ts'
import { createSubmissionLine, type SubmissionLine } from '../leads/submit.ts'
import { limitWithBlocks } from '../limits/block-limit.ts'
import { createRateLimit, type RateLimitDeps } from '../limits/rate-limit.ts'
import { noteRefused } from '../limits/refused-clients.ts'
import type { Live } from '../live/live.ts'
import { errorFields, type Log } from '../log.ts'
import { createClaimLookup as claimsInPostgres, claimsSince } from '../postgres/claims.ts'
import type { Db } from '../postgres/connection.ts'
import { createCorrectionTable } from '../postgres/corrections.ts'
import { createLeadLookup, createLeadTable, createPostgresIntake } from '../postgres/leads.ts'
import { countInDefaultPartition } from '../postgres/partitions.ts'
import { countQuarantined } from '../postgres/quarantine.ts'
import { createWriteRecord } from '../postgres/writable.ts'
import {
  addGauges,
  addGaugesOf,
  createApiMetrics,
  createLeadNewsMetrics,
  createWorkerMetrics,
} from '../prometheus/metrics.ts'
import { countWaiting, readBacklogs } from '../redis/backlog.ts'
import { createClaimLookup as claimsInRedis, createClaimRelease } from '../redis/claims.ts'
import { redisForWorker } from '../redis/connection.ts'
import { createRedisIntake } from '../redis/intake.ts'
import { shardOfConnection } from '../redis/keys.ts'
import { readLogShare, tellLogShare } from '../redis/log-share.ts'
import { createRateLimitShare } from '../redis/rate-limit.ts'
import { joinIntakes } from '../redis/sharded-intake.ts'
import { createSpentProofs } from '../redis/spent-proofs.ts'
import { type RunningWorker, startLeadWorker } from '../redis/worker.ts'
import type { SharedClock } from '../shared-clock.ts'
import type { OwnInstallation } from './installation.ts'
import { byPhone, openShards, type RedisForCommands, type Registry, releaseIn } from './open.ts'
import { openRequestLog } from './request-log.ts'
import { tellOfShare } from './share-news.ts'

// So many clients at the full rate may submit from one IPv6 /48, in which a carrier may have tens of thousands.
const clientsPerBlock = 256

export type ApiLeadsOptions = Readonly<{
  config: Config
  db: Db
  /** Absent: every process limits, and knows spent proofs, for itself. */
  cache: RedisForCommands | undefined
  live: Pick<Live, 'current'>
  installation: OwnInstallation
  cors: CorsRules
  clientAddress: ClientAddress
  bodies: SlowBodies
  keyedHash: KeyedHash
  posted: LeadRouteDeps['posted']
  deviceOf: LeadRouteDeps['deviceOf']
  pagePaths: LeadRouteDeps['pagePaths']
  mayLog: LeadRouteDeps['mayLog']
  registry: Registry
  problems: ProblemDeps
  /** Absent: nobody is followed. */
  traced?(line: SubmissionLine): SubmissionLine
  nowMs(): number
  log: Log
}>

/** What one API process does with leads: their routes, and the line behind them. */
export function wireApiLeads(options: ApiLeadsOptions) {
  const { config, db, cache, cors, clientAddress, keyedHash, registry, nowMs, log } = options
  const metrics = createApiMetrics(registry)
  const shards = config.ackMode === 'redis' ? openShards(config, 'landfast-intake', log) : []
  const keepsDuplicates = !config.duplicateSignal
  const ways = shards.map((redis) => {
    const seal = createSealInUse()
    const way = createRedisIntake({
      redis,
      ackReplicas: config.ackReplicas,
      dedupWindowMs: config.dedupWindowMs,
      keepsDuplicates,
      seal,
      claimsSince: (since, directOnly) => claimsSince(db, since, directOnly, shardOfConnection(redis)),
      installation: options.installation.read,
      refuseUnsafe: config.environment === 'production',
      nowMs,
      log,
    })
    return { redis: way, idSeal: seal.current }
  })
  const intake = ways.length > 0 ? joinIntakes(ways.map(({ redis }) => redis)) : undefined
  const requestLog = openRequestLog({
    config,
    installation: options.installation,
    metrics,
    registry,
    exchange: async (own) => (shards[0] ? readLogShare(shards[0]) : own),
    log,
  })
  const news = createLeadNews({ metrics: createLeadNewsMetrics(registry), requestLog: requestLog?.log, log })
  const writes = createWriteRecord()
  const inPostgres = createPostgresIntake(db, { ...config, news })
  const line = createSubmissionLine({
    ...(ways.length > 1 ? { shards: ways } : ways[0]),
    postgres: { commit: (batch) => writes.noting(inPostgres.commit(batch)) },
    keyedHash,
    dedupWindowMs: config.dedupWindowMs,
    keepsDuplicates,
    nowMs,
    randomBytes: () => randomBytes(9),
    onFallback(error) {
      metrics.fallback()
      log.warn('line.through_postgres', errorFields(error))
    },
    onUnavailable: (error) => log.error('line.unavailable', errorFields(error)),
  })
  const limitOf = (clients: number, onShare?: RateLimitDeps['onShare']) => {
    const bucket = {
      perMinute: config.rateLimit.perMinute * clients,
      burst: config.rateLimit.burst * clients,
    }
    return createRateLimit({
      ...bucket,
      now: () => performance.now(),
      share: cache && createRateLimitShare({ redis: cache, ...bucket, hashKey: keyedHash }),
      onShare,
    })
  }
  const rateLimit = limitWithBlocks(limitOf(1, tellOfShare(log)), limitOf(clientsPerBlock))
  const noted = noteRefused(rateLimit)
  const flags = flagsOfAll(options.live)
  const claimsOf = byPhone(shards, claimsInRedis)
  const inRedis = { holderOf: (phoneKey: string) => claimsOf(phoneKey).holderOf(phoneKey) }
  const claims = [...(intake ? [inRedis] : []), claimsInPostgres(db)]
  const corrections = {
    keyedHash,
    claims,
    table: createCorrectionTable(db),
    keepsDuplicates,
    release: releaseIn(shards),
    onWait: (error: unknown) => log.warn('lead.correction_waits', errorFields(error)),
  }
  const proofs = createProofGate({
    required: () => flags().proof_of_work,
    difficultyBits: () => flags().proof_of_work_difficulty,
    keyedHash,
    spent: cache && createSpentProofs(cache),
    claims,
    dedupWindowMs: config.dedupWindowMs,
    nowMs,
  })
  addGauges(registry, {
    lead_submissions_waiting: { help: 'Submissions that wait for the next commit', read: line.waiting },
    redis_path_open: {
      help: 'Share of the shards whose leads are taken through Redis, from 0 to 1; NaN where they are not meant to be',
      read: () => intake?.share() ?? Number.NaN,
    },
  })
  const lookup = createLeadLookup(db)
  const routes: LeadRouteDeps = {
    line: options.traced?.(line) ?? line,
    lookups: intake ? [intake, lookup] : [lookup],
    cors,
    rateLimit: noted.limit,
    proofs,
    correct: (corrects, correctedBy) => correctLeads(corrections, corrects, correctedBy),
    clientAddress,
    bodies: options.bodies,
    keyedHash,
    requestLog: requestLog?.log,
    logShare: requestLog?.share,
    posted: options.posted,
    isSecure: config.publicUrl.startsWith('https:'),
    mayLog: options.mayLog,
    nowMs,
    hidesDuplicates: keepsDuplicates,
    metrics,
    defaultRegion: config.defaultRegion,
    deviceOf: options.deviceOf,
    pagePaths: options.pagePaths,
    problems: options.problems,
  }

  return {
    routes,
    intake,
    writes,
    requestLog: requestLog?.log,
    /** For the desk: what was answered, and whom the limiter refused. */
    answered: metrics.answered,
    refused: noted,
    start(): void {
      rateLimit.start()
      intake?.start()
    },
    /** Resolves when every submission that was taken is answered. */
    idle: line.idle,
    /** Lets go of Redis and MongoDB; call it once idle. */
    async stop(): Promise<void> {
      rateLimit.stop()
      await requestLog?.close()
      await intake?.stop()
    },
  }
}

export type WorkerLeadsOptions = Readonly<{
  config: Config
  db: Db
  clock: Pick<SharedClock, 'nowMs'>
  installation: OwnInstallation
  registry: Registry
  /** A job that holds no batch was put aside. */
  onUnreadable(): void
  /** Absent: nobody is followed. */
  traced?(table: LeadTable): LeadTable
  log: Log
}>

/** What the worker does with leads: stores them, and says what still waits. */
export function wireWorkerLeads(options: WorkerLeadsOptions) {
  const { config, db, clock, installation, registry, onUnreadable, log } = options
  const metrics = createWorkerMetrics(registry)
  const writes = createWriteRecord()
  // Once there is a Redis, the processes that take leads hear of it there.
  let tellShare = async (own: number): Promise<number> => own
  const requestLog = openRequestLog({
    config,
    installation,
    metrics,
    registry,
    exchange: (own) => tellShare(own),
    log,
  })
  const news = createLeadNews({ metrics: createLeadNewsMetrics(registry), requestLog: requestLog?.log, log })
  addGauges(registry, {
    lead_quarantine_rows: {
      help: 'Leads in quarantine; NaN while Postgres is away',
      read: () => countQuarantined(db),
    },
    lead_rows_without_month: {
      help: 'Leads whose month has no partition yet; NaN while Postgres is away',
      read: () => countInDefaultPartition(db),
    },
  })

  const timed = <T>(storing: Promise<T>) => {
    const sinceMs = performance.now()
    return storing.finally(() => metrics.storing((performance.now() - sinceMs) / 1000))
  }
  const erased = new WeakSet<Lead>()
  const table = createLeadTable(db, {
    ...{ ...config, news },
    async onErased(leads) {
      for (const lead of leads) erased.add(lead)
    },
  })
  const noted = { ...table, store: (leads: readonly Lead[]) => timed(writes.noting(table.store(leads))) }
  // Batches of all shards that wait at the same moment share a transaction.
  const together = storeTogether(options.traced?.(noted) ?? noted)
  // Each gives its own claims back: a shard that is away must not hold up the others.
  const depsOf = (claims: ClaimRelease): LeadJobDeps => ({
    leads: {
      ...together,
      async store(leads) {
        await together.store(leads)
        for (const lead of leads) if (erased.has(lead)) await claims.release(lead)
      },
    },
    ...{ claims, metrics, log },
  })

  return {
    /** Says how much waits in the queue in this Redis. */
    watch(shards: readonly RedisForCommands[]): void {
      const [asks] = shards as [RedisForCommands]
      let told = 1
      tellShare = async (own) => {
        // Of several workers, one that has room for all takes nothing back that another said.
        if (own < 1 || told < 1) await tellLogShare(asks, own)
        told = own
        return own
      }
      addGaugesOf(registry, () => readBacklogs(shards, clock.nowMs()), {
        lead_batches_waiting: {
          help: 'Batches in the queue of leads; NaN while Redis is away',
          of: ({ batches }) => batches,
        },
        lead_oldest_waiting_seconds: {
          help: 'Age of the oldest lead not stored yet; NaN while Redis is away',
          of: ({ oldestMs }) => oldestMs / 1000,
        },
      })
      addGauges(registry, {
        lead_waiting: {
          help: 'Leads in the queue: counted in up to 20 of its batches, and so many for each of the others; NaN while Redis is away',
          read: async () => {
            const counts = await Promise.all(shards.map(countWaiting))
            return counts.reduce((sum, count) => sum + count, 0)
          },
        },
      })
    },
    /** Starts taking batches off the queue in this Redis; `asks` is a connection to it that does not wait. */
    start(asks: RedisForCommands): RunningWorker {
      const deps = depsOf(createClaimRelease(asks))
      return startLeadWorker({
        redis: redisForWorker({
          url: config.redisUrl!,
          name: 'landfast-worker',
          shard: shardOfConnection(asks),
          log,
        }),
        ownId: installation.id,
        concurrency: Math.ceil(config.workerConcurrency / config.redisShards),
        handle: (job) => persistBatch(deps, job),
        onUnreadable,
        log,
      })
    },
    /** Why it stores nothing just now, in a sentence. */
    refusedBecause: writes.refusedBecause,
    /** Writes what the request log still holds; call it once the queue is let go of. */
    close: async () => requestLog?.close(),
  }
}

/** The flags as they are for everybody, resolved once a change: submissions ask with each of them. */
function flagsOfAll(live: Pick<Live, 'current'>): () => Flags {
  let seen = live.current()
  let flags = seen.flagsFor(undefined)
  return () => {
    const now = live.current()
    if (now !== seen) flags = now.flagsFor(undefined)
    seen = now
    return flags
  }
}
