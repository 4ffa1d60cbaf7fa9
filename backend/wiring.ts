import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import packageJson from '../package.json' with { type: 'json' }
import type { Config } from './config.ts'
import type { Flags } from './flags/definitions.ts'
import { type AppDeps, makeApp, type ServeOptions } from './http/app.ts'
import { createBuiltPage } from './http/built-page.ts'
import { createClientAddress } from './http/client-ip.ts'
import { corsRules } from './http/cors.ts'
import { HealthFault, type Probe } from './http/health.ts'
import { createOperatorGate } from './http/operator-key.ts'
import { createRateLimit } from './http/rate-limit.ts'
import { checkComplete } from './jobs/handlers.ts'
import { logAccepted, persistBatch } from './jobs/leads.ts'
import { createKeyedHash } from './keyed-hash.ts'
import { createProofGate } from './leads/proof.ts'
import { createLine } from './leads/submit.ts'
import { announceChange } from './live/announce-change.ts'
import { createLive, type Live } from './live/live.ts'
import { errorFields, type Log } from './log.ts'
import { createMedia } from './minio/media.ts'
import { setupWhenReachable } from './minio/setup.ts'
import { createMongoRequestLog } from './mongo/request-log.ts'
import { createAssignments } from './postgres/assignments.ts'
import { createClaimLookup as claimsInPostgres, claimsSince, pruneClaims } from './postgres/claims.ts'
import { connectPostgres, type Db } from './postgres/connection.ts'
import { beat, countWorkers, leave, pingPostgres, pruneWorkers } from './postgres/heartbeats.ts'
import { createLeadTable, createPostgresIntake } from './postgres/leads.ts'
import { createLiveStore } from './postgres/live-config.ts'
import { createOperatorKeys } from './postgres/operator-keys.ts'
import { countInDefaultPartition, ensurePartitions } from './postgres/partitions.ts'
import { countQuarantined } from './postgres/quarantine.ts'
import { addGauges, createApiMetrics, createRegistry, createWorkerMetrics } from './prometheus/metrics.ts'
import { createPageMetrics } from './prometheus/page-metrics.ts'
import { createReconcileMetrics } from './prometheus/reconcile-metrics.ts'
import { shareMetrics } from './prometheus/siblings.ts'
import { readBacklog } from './redis/backlog.ts'
import { createClaimLookup as claimsInRedis, createClaimRelease } from './redis/claims.ts'
import { createConfigChannel } from './redis/config-channel.ts'
import { redisForCommands, redisForWorker } from './redis/connection.ts'
import { unsafeBecause } from './redis/durability.ts'
import { createRedisIntake } from './redis/intake.ts'
import { createPageCache } from './redis/page-cache.ts'
import { createRateLimitShare } from './redis/rate-limit.ts'
import { createSpentProofs } from './redis/spent-proofs.ts'
import { readVitals } from './redis/vitals.ts'
import { startChoreWorker, startLeadWorker } from './redis/worker.ts'
import { wireApiEvents, wireWorkerEvents } from './wire-events.ts'
import { reconcileStores, unhurried } from './wire-reconcile.ts'

/** One of several API processes on this machine: its place, who started it, and where they share their numbers. */
export type ProcessSlot = Readonly<{ index: number; parent: number; directory: string }>

export type Running = Readonly<{ stop(): Promise<void> }>

const heartbeatEveryMs = 2_000
const workerGoneAfterMs = 8_000
const settleDeadlineMs = 2_000
// A process that hears nothing of changes looks for them, and finds them while caches in front let go of the old page.
const livePollEveryMs = 1_000
const liveSettleMs = 2_000
const liveDeadlineMs = 2_000
const assignmentDeadlineMs = 1_000
const wrongKeys = { perMinute: 10, burst: 10 }
const requestLogWaitingMax = 20_000
const logFlushDeadlineMs = 3_000
const minuteMs = 60_000
// Claims outlive the window by this, for batches that wait out a long outage.
const claimsKeptExtraMs = 7 * 24 * 60 * minuteMs
const distDir = join(import.meta.dir, '../frontend/dist')

/** The API of one process: connections opened, routes built, nothing listening yet. */
export async function wireApi(config: Config, log: Log, slot?: ProcessSlot) {
  const registry = createRegistry(slot ? `api-${slot.index}` : 'api')
  const metrics = createApiMetrics(registry)
  const keyedHash = createKeyedHash(config.secretKey)
  const db = openPostgres(config, 'landfast-api', log)
  const leadTable = createLeadTable(db, config)
  const leadsRedis =
    config.ackMode === 'redis'
      ? redisForCommands({ url: config.redisUrl!, name: 'landfast-intake', log })
      : undefined
  const intake = leadsRedis && openIntake(config, leadsRedis, db, log)
  const cache = config.redisCacheUrl
    ? redisForCommands({ url: config.redisCacheUrl, name: 'landfast-cache', log })
    : undefined
  cache?.connect().catch(() => {})
  const requestLog = openRequestLog(config, metrics, log)
  const media = config.s3 && createMedia(config.s3, log)
  const pageCache = cache && createPageCache(cache, log)
  const liveStore = createLiveStore(db)
  const configChannel = cache && createConfigChannel(cache, log)
  const origins = { connect: [new URL(config.publicUrl).origin], media: originsOf(config.s3?.publicUrl) }
  const builtPage = createBuiltPage({
    distDir,
    cache: pageCache,
    ttlMs: config.pageCacheTtlMs,
    publicUrl: config.publicUrl,
    origins,
    log,
  })
  const pageExperiments = builtPage.experiments
  const live = createLive({
    store: liveStore,
    channel: configChannel,
    pageExperiments,
    pollEveryMs: livePollEveryMs,
    onChange: (version) => log.info('live.changed', { version }),
  })
  const rateLimit = createRateLimit({
    ...config.rateLimit,
    now: () => performance.now(),
    share: cache && createRateLimitShare({ redis: cache, ...config.rateLimit, hashKey: keyedHash }),
    log,
  })
  const line = createLine({
    redis: intake,
    postgres: createPostgresIntake(db, config),
    keyedHash,
    dedupWindowMs: config.dedupWindowMs,
    nowMs: Date.now,
    randomBytes: () => randomBytes(9),
    onFallback(error) {
      metrics.fallback()
      log.warn('line.through_postgres', errorFields(error))
    },
    onUnavailable: (error) => log.error('line.unavailable', errorFields(error)),
    onStored: (leads) => logAccepted(requestLog, leads, 'stored'),
  })
  const flags = flagsOfAll(live)
  const proofs = createProofGate({
    required: () => flags().proof_of_work,
    difficultyBits: () => flags().proof_of_work_difficulty,
    keyedHash,
    spent: cache && createSpentProofs(cache),
    claims: [...(leadsRedis ? [claimsInRedis(leadsRedis)] : []), claimsInPostgres(db)],
    dedupWindowMs: config.dedupWindowMs,
    nowMs: Date.now,
  })
  addGauges(registry, {
    lead_submissions_waiting: { help: 'Submissions that wait for the next commit', read: line.waiting },
    redis_path_open: {
      help: '1 while leads are taken through Redis; NaN where they are not meant to be',
      read: () => (intake ? Number(intake.isOpen()) : Number.NaN),
    },
    lead_workers: {
      help: 'Workers heard of lately; NaN while Postgres is away',
      read: () => countWorkers(db, workerGoneAfterMs),
    },
    mongo_breaker_open: breakerGauge('MongoDB', requestLog),
    object_storage_breaker_open: breakerGauge('object storage', media),
  })
  const shared = slot && shareMetrics(slot.directory, `api-${slot.index}`, registry)

  // Who sends events has another bucket than who submits.
  const eventsKey = (client: string) => keyedHash(`events:${client}`)
  const cors = corsRules(config.corsOrigins, config.publicUrl)
  const clientAddress = createClientAddress(config.trustedProxies)
  const operatorGate = createOperatorGate({
    keys: createOperatorKeys(db),
    clientAddress,
    refusals: createRateLimit({ ...wrongKeys, now: () => performance.now() }),
    nowMs: () => performance.now(),
  })
  const events = wireApiEvents({
    config,
    db,
    live,
    cors,
    clientAddress,
    operatorGate,
    shareOf: cache && ((bucket) => createRateLimitShare({ redis: cache, ...bucket, hashKey: eventsKey })),
    registry,
    log,
  })
  const announce = (version: number) =>
    announceChange(
      {
        live,
        channel: configChannel,
        deadlineMs: liveDeadlineMs,
        settleMs: liveSettleMs,
        sleep: (ms) => Bun.sleep(ms),
      },
      version,
    )

  const probes: Probe[] = [
    { name: 'postgres', vital: true, check: () => asking('Postgres', pingPostgres(db)) },
    { name: 'redis', vital: true, check: intake && (async () => openOrFault(intake.closedBecause())) },
    { name: 'worker', vital: true, check: () => workersOrFault(db) },
    { name: 'configuration', vital: false, check: async () => loadedOrFault(live) },
    { name: 'mongo', vital: false, check: requestLog && (() => asking('MongoDB', requestLog.ping(1_000))) },
    {
      name: 'object_storage',
      vital: false,
      check: media && (() => asking('object storage', media.ping(1_000))),
    },
  ]
  const deps: AppDeps = {
    leads: {
      line,
      lookups: intake ? [intake, leadTable] : [leadTable],
      cors,
      rateLimit,
      proofs,
      clientAddress,
      keyedHash,
      requestLog,
      metrics,
      defaultRegion: config.defaultRegion,
      log,
    },
    events: events.events,
    stats: events.stats,
    config: { live, cors },
    assign: {
      live,
      assignments: createAssignments(db, {
        deadlineMs: assignmentDeadlineMs,
        nowMs: () => performance.now(),
        log,
      }),
      cors,
    },
    admin: {
      operatorGate,
      live,
      editor: liveStore,
      announce,
      pageExperiments,
      log,
    },
    page: {
      built: builtPage,
      live,
      exposed: events.exposed,
      metrics: createPageMetrics(registry),
      publicUrl: config.publicUrl,
      origins,
    },
    media: { media, publicUrl: config.s3?.publicUrl },
    health: {
      probes,
      canAccept: async () => intake?.isOpen() === true || answers(pingPostgres(db)),
      version: packageJson.version,
      nowMs: () => performance.now(),
    },
    metrics: { scrape: () => (shared ? shared.scrape() : registry.metrics()) },
    publicUrl: config.publicUrl,
    allowedHosts: config.allowedHosts,
    log,
  }

  rateLimit.start()
  intake?.start()
  events.start()
  await Promise.all([intake?.settled(settleDeadlineMs), live.start(settleDeadlineMs), builtPage.current()])
  const bucket = media && setupWhenReachable(media, log)

  return {
    /** Why this API may not serve in production, or undefined. */
    refusal: () => (config.environment === 'production' ? intake?.unsafeBecause() : undefined),
    makeApp: (serve: ServeOptions) => makeApp(deps, serve),
    /** Finishes what was taken, then closes everything, last opened first. */
    async stop(): Promise<void> {
      await line.idle()
      await events.stop()
      rateLimit.stop()
      live.stop()
      configChannel?.close()
      bucket?.stop()
      await requestLog?.flush(logFlushDeadlineMs)
      await requestLog?.close()
      await pageCache?.close()
      cache?.disconnect()
      await intake?.stop()
      await shared?.stop()
      await db.destroy()
    },
  }
}

/** The worker: takes batches off the queue, keeps the house in order, and says that it is alive. */
export async function wireWorker(config: Config, log: Log) {
  const registry = createRegistry('worker')
  const metrics = createWorkerMetrics(registry)
  const db = openPostgres(config, 'landfast-worker', log)
  const requestLog = openRequestLog(config, metrics, log)
  const running: Running[] = []
  const workerId = `${process.pid}-${crypto.randomUUID()}`

  const beating = setInterval(() => {
    beat(db, workerId).catch((error) => log.debug('worker.heartbeat_failed', errorFields(error)))
  }, heartbeatEveryMs)
  await beat(db, workerId).catch(() => {})

  const events = wireWorkerEvents({ config, db, registry, log })
  const stopping = new AbortController()
  const reconcileMetrics = createReconcileMetrics(registry)
  const claims = config.redisUrl
    ? redisForCommands({ url: config.redisUrl, name: 'landfast-claims', log })
    : undefined
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
  const everyMs = {
    'partitions.ensure': 60 * minuteMs,
    'claims.prune': 60 * minuteMs,
    'events.prune': 60 * minuteMs,
    ...(config.redisUrl && { 'leads.reconcile': 60 * minuteMs }),
  }
  const chore = checkComplete(Object.keys(everyMs), {
    async 'partitions.ensure'() {
      const made = await ensurePartitions(db, new Date())
      if (made.length > 0) log.info('partitions.made', { made })
    },
    async 'claims.prune'() {
      await pruneClaims(db, new Date(Date.now() - config.dedupWindowMs - claimsKeptExtraMs))
      await pruneWorkers(db)
    },
    'events.prune': events.prune,
    ...(claims && {
      async 'leads.reconcile'() {
        const pause = unhurried(stopping.signal)
        const found = await reconcileStores({ config, redis: claims, db, pause })
        reconcileMetrics.reconciled(found, Date.now())
        log.info('leads.reconciled', found)
      },
    }),
  })

  let unsafe: string | undefined
  if (config.redisUrl && claims) {
    unsafe = await claims.connect().then(
      () => unsafeBecause(claims),
      () => undefined,
    )
    const connect = (name: string) => redisForWorker({ url: config.redisUrl!, name, log })
    const backlog = () => readBacklog(claims, Date.now())
    addGauges(registry, {
      lead_batches_waiting: {
        help: 'Batches in the queue of leads; NaN while Redis is away',
        read: async () => (await backlog()).batches,
      },
      lead_oldest_waiting_seconds: {
        help: 'Age of the oldest lead not stored yet; NaN while Redis is away',
        read: async () => (await backlog()).oldestMs / 1000,
      },
      redis_append_only_file_ok: {
        help: '0 when Redis could not write or rewrite its append-only file; NaN while it is away',
        read: async () => Number((await readVitals(claims)).appendOnlyFileOk),
      },
      redis_memory_used_ratio: {
        help: 'Memory of Redis in use, of its maxmemory; NaN while it is away',
        read: async () => (await readVitals(claims)).memoryUsed,
      },
    })
    const deps = {
      leads: createLeadTable(db, config),
      claims: createClaimRelease(claims),
      requestLog,
      metrics,
      log,
    }
    running.push(
      startLeadWorker({
        redis: connect('landfast-worker'),
        concurrency: config.workerConcurrency,
        handle: (job) => persistBatch(deps, job),
        log,
      }),
      startChoreWorker({ redis: connect('landfast-chores'), everyMs, handle: chore, log }),
      events.start(config.redisUrl),
      { stop: async () => claims.disconnect() },
    )
  } else {
    const timers = Object.entries(everyMs).map(([name, every]) =>
      setInterval(
        () => chore(name).catch((error) => log.warn('chore.failed', { name, ...errorFields(error) })),
        every,
      ),
    )
    running.push({ stop: async () => timers.forEach(clearInterval) })
  }

  return {
    /** Why this worker may not run in production, or undefined. */
    refusal: () => (config.environment === 'production' && config.ackMode === 'redis' ? unsafe : undefined),
    scrape: () => registry.metrics(),
    async stop(): Promise<void> {
      stopping.abort()
      await Promise.all(running.map((each) => each.stop()))
      clearInterval(beating)
      await leave(db, workerId).catch(() => {})
      await requestLog?.flush(logFlushDeadlineMs)
      await requestLog?.close()
      await db.destroy()
    },
  }
}

/** 0 also where the part is switched off. */
function breakerGauge(name: string, part: { isLeftAlone(): boolean } | undefined) {
  return {
    help: `1 while ${name} has failed so often that nobody is made to wait for it`,
    read: () => (part?.isLeftAlone() ? 1 : 0),
  }
}

const originsOf = (url: string | undefined) => (url ? [new URL(url).origin] : [])

/** The flags as they are for everybody, resolved once a change: submissions ask with each of them. */
function flagsOfAll(live: Live): () => Flags {
  let seen = live.current()
  let flags = seen.flagsFor(undefined)
  return () => {
    const now = live.current()
    if (now !== seen) flags = now.flagsFor(undefined)
    seen = now
    return flags
  }
}

function openPostgres(config: Config, applicationName: string, log: Log): Db {
  return connectPostgres({ url: config.databaseUrl, poolMax: config.databasePoolMax, applicationName, log })
}

function openIntake(config: Config, redis: ReturnType<typeof redisForCommands>, db: Db, log: Log) {
  return createRedisIntake({
    redis,
    dedupWindowMs: config.dedupWindowMs,
    claimsSince: (since, directOnly) => claimsSince(db, since, directOnly),
    refuseUnsafe: config.environment === 'production',
    log,
  })
}

function openRequestLog(
  config: Config,
  metrics: { requestLogDropped(count: number): void; requestLogWritten(count: number): void },
  log: Log,
) {
  if (!config.mongoUrl) return undefined
  return createMongoRequestLog({
    url: config.mongoUrl,
    ttlDays: config.requestLogTtlDays,
    maxWaiting: requestLogWaitingMax,
    onDropped: metrics.requestLogDropped,
    onWritten: metrics.requestLogWritten,
    log,
  })
}

async function asking(name: string, question: Promise<unknown>): Promise<undefined> {
  try {
    await question
  } catch {
    throw new HealthFault(`${name} does not answer`)
  }
}

async function openOrFault(closedBecause: string | undefined): Promise<undefined> {
  if (closedBecause) throw new HealthFault(`leads go through Postgres: ${closedBecause}`)
}

function loadedOrFault(live: Pick<Live, 'current' | 'isLoaded'>): string {
  if (!live.isLoaded())
    throw new HealthFault('Postgres has not answered yet: flags and experiments are at their defaults')
  return `version ${live.current().version}`
}

async function workersOrFault(db: Db): Promise<string> {
  let count: number
  try {
    count = await countWorkers(db, workerGoneAfterMs)
  } catch {
    throw new HealthFault('unknown while Postgres does not answer')
  }
  if (count === 0) throw new HealthFault('no worker has been heard of for a while; leads wait in the queue')
  return `${count} alive`
}

async function answers(question: Promise<unknown>): Promise<boolean> {
  return question.then(
    () => true,
    () => false,
  )
}
