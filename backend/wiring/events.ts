import { randomBytes } from 'node:crypto'
import type { Config } from '../config.ts'
import { createBotCheck } from '../events/bot.ts'
import { createEventCollector } from '../events/collect.ts'
import { type EventDetails, type EventRules, ownEventTypes, placeOf, readEvents } from '../events/event.ts'
import { flagKeys, isFlagKey } from '../flags/definitions.ts'
import type { OperatorDoorDeps } from '../http/admin/door.ts'
import type { EventRouteDeps } from '../http/events/events.ts'
import type { StatsRouteDeps } from '../http/experiments/stats.ts'
import type { PostedForm } from '../http/leads/posted-form.ts'
import type { ProblemDeps } from '../http/problems.ts'
import type { ClientAddress } from '../http/request/client-ip.ts'
import type { CorsRules } from '../http/request/cors.ts'
import type { SlowBodies } from '../http/request/slow-bodies.ts'
import { pathOf, queryOf } from '../http/request/target.ts'
import { createEventJobs } from '../jobs/events.ts'
import type { RecordBudget } from '../limits/record-budget.ts'
import type { Live } from '../live/live.ts'
import type { Snapshot } from '../live/snapshot.ts'
import { errorFields, type Log } from '../log.ts'
import { anybody } from '../operators/operator-key.ts'
import { campaignOfPath } from '../page/manifest.ts'
import type { Exposure } from '../page/ports.ts'
import type { Db } from '../postgres/connection.ts'
import { createEventTable, createStatsReader, pruneEvents } from '../postgres/events.ts'
import { createEventMetrics, createEventWorkerMetrics } from '../prometheus/event-metrics.ts'
import { addGauges } from '../prometheus/metrics.ts'
import { redisForWorker } from '../redis/connection.ts'
import { countEventBatches, createRedisEvents, joinEvents } from '../redis/events.ts'
import { shardOfConnection } from '../redis/keys.ts'
import { type RunningWorker, startEventWorker } from '../redis/worker.ts'
import { remember } from '../remember.ts'
import { createWordReader, type WordNames } from '../words/reader.ts'
import { joinParts, partOf, rolloutName } from '../words/word.ts'
import type { OwnInstallation } from './installation.ts'
import { openShards, type RedisForCommands, type Registry } from './open.ts'
import type { PhonesAside } from './phones-aside.ts'
import type { Reads } from './reads.ts'

export type ApiEventsOptions = Readonly<{
  config: Config
  db: Db
  live: Pick<Live, 'current' | 'isLoaded'>
  cors: CorsRules
  clientAddress: ClientAddress
  bodies: SlowBodies
  door: OperatorDoorDeps
  reads: Reads
  installation: OwnInstallation
  records: Readonly<{ budget: RecordBudget }>
  phonesAside: PhonesAside
  pagePaths(): ReadonlySet<string>
  deviceOf: EventRouteDeps['deviceOf']
  registry: Registry
  problems: ProblemDeps
  nowMs(): number
  log: Log
}>

const dayMs = 86_400_000
// Visitors come from a few places to a few addresses; only those whom an advertiser sends have one of their own.
const places = { max: 1_000, lengthMax: 1_024 }

/** What one API process does with events: their routes, how they are gathered, and the exposures of the page. */
export function wireApiEvents(options: ApiEventsOptions) {
  const { config, db, live, phonesAside, log } = options
  const metrics = createEventMetrics(options.registry)
  const words = createWordReader(namesOf(live))
  const isBot = createBotCheck()
  const redis =
    config.ackMode === 'redis'
      ? joinEvents(
          openShards(config, 'landfast-events', log).map((redis) =>
            createRedisEvents({
              redis,
              installation: options.installation.read,
              refuseUnsafe: config.environment === 'production',
              log,
            }),
          ),
        )
      : undefined
  const collector = createEventCollector({
    redis,
    postgres: createEventTable(db),
    words,
    isBot,
    deviceOf: options.deviceOf,
    nowMs: options.nowMs,
    randomBytes: () => randomBytes(9),
    onFallback(error) {
      metrics.fallback()
      log.warn('events.through_postgres', errorFields(error))
    },
    onUnavailable: (error) => log.error('events.unavailable', errorFields(error)),
    onExposureLost: metrics.exposureLost,
  })
  addGauges(options.registry, {
    event_requests_waiting: {
      help: 'Requests with events that wait for the next commit',
      read: collector.waiting,
    },
    event_redis_path_open: {
      help: '1 while events are taken through Redis',
      read: () => (redis?.isOpen() ? 1 : 0),
    },
  })
  const rules: EventRules = {
    types: new Set([...ownEventTypes, ...config.eventTypes]),
    words,
    attribution: phonesAside.attribution,
    withoutPhones: phonesAside,
    pagePaths: options.pagePaths,
  }
  const events: EventRouteDeps = {
    collector,
    rules,
    isBot,
    deviceOf: options.deviceOf,
    cors: options.cors,
    budget: options.records.budget,
    clientAddress: options.clientAddress,
    bodies: options.bodies,
    metrics,
    problems: options.problems,
  }
  const stats: StatsRouteDeps = {
    reader: options.reads(createStatsReader, 'counts', 'vitals'),
    firstExperiment: () => live.current().experiments.keys().next().value ?? '',
    // Until the store has answered once there may be experiments that nobody here knows of.
    isCounted: (name) => !live.isLoaded() || live.current().experiments.has(name) || isFlagKey(name),
    door: config.environment === 'production' ? options.door : { ...options.door, gate: async () => anybody },
  }
  // New visitors get one of a few pages, and everybody who gets one has its very variants.
  const dealtWords = new WeakMap<Exposure['variants'], string>()
  const wordOfDealt = (variants: Exposure['variants']) => {
    const known = dealtWords.get(variants)
    if (known !== undefined) return known
    const word = joinParts(Object.entries(variants).map(([name, variant]) => partOf(name, variant)))
    dealtWords.set(variants, word)
    return word
  }

  /** Of an address and a referrer, a line each. */
  const detailsOf = remember((lines): EventDetails => {
    const [url = '', referrer = ''] = lines.split('\n')
    const query = queryOf(url)
    const utm_campaign = query.get('utm_campaign') || campaignOfPath(pathOf(url))
    const attribution = phonesAside.attribution({
      ...Object.fromEntries(query),
      ...(utm_campaign && { utm_campaign }),
      ...(referrer !== '' && { referrer }),
    })
    return { ...(attribution && { attribution }), url: placeOf(url, phonesAside) }
  }, places)

  return {
    events,
    stats,
    /** Takes note of what the page showed; nobody waits for it. */
    exposed({ visitorId, variants, userAgent, url, referrer }: Exposure): void {
      collector.exposed({
        visitorId: phonesAside.visitorId(visitorId),
        word: wordOfDealt(variants),
        userAgent,
        details: detailsOf(`${url}\n${referrer}`),
      })
    },
    /** Takes note of a form without a script to tell of it, as its page would have; nobody waits for it. */
    async posted({ visitorId, word, userAgent, url, attribution }: PostedForm): Promise<void> {
      try {
        const sender = { visitorId, word, bot: isBot(userAgent) }
        await collector.collect(readEvents({ event_type: 'form_submit', url, attribution }, sender, rules))
      } catch (error) {
        log.warn('events.form_lost', errorFields(error))
      }
    },
    start(): void {
      redis?.start()
    },
    /** Keeps what was taken, then lets go of Redis. */
    async stop(): Promise<void> {
      await collector.idle()
      await redis?.stop()
    },
  }
}

export type WorkerEventsOptions = Readonly<{
  config: Config
  db: Db
  installation: OwnInstallation
  registry: Registry
  /** A job that holds no batch was put aside. */
  onUnreadable(): void
  log: Log
}>

/** What the worker does with events: stores them, and drops those that are older than they are kept. */
export function wireWorkerEvents(options: WorkerEventsOptions) {
  const { config, db, installation, registry, onUnreadable, log } = options
  const metrics = createEventWorkerMetrics(registry)
  const store = createEventJobs({ events: createEventTable(db), metrics, log })
  return {
    /** For the chores: drops what is too old now. */
    async prune(now: Date): Promise<void> {
      const dropped = await pruneEvents(db, new Date(now.getTime() - config.eventRetentionDays * dayMs))
      if (dropped.length > 0) log.info('events.dropped', { dropped })
    },
    /** Says how much waits in the queue in this Redis. */
    watch(shards: readonly RedisForCommands[]): void {
      addGauges(registry, {
        event_batches_waiting: {
          help: 'Batches in the queue of events; NaN while Redis is away',
          read: () =>
            Promise.all(shards.map(countEventBatches)).then(
              (counts) => counts.reduce((sum, count) => sum + count, 0),
              () => Number.NaN,
            ),
        },
      })
    },
    /** Starts taking batches off the queue in this Redis. */
    start(asks: RedisForCommands): RunningWorker {
      return startEventWorker({
        redis: redisForWorker({
          ...{ url: config.redisUrl!, name: 'landfast-events-worker', shard: shardOfConnection(asks), log },
        }),
        ownId: installation.id,
        handle: store,
        onUnreadable,
        log,
      })
    },
  }
}

/** What words may be made of now; the same object until the live configuration changes. */
function namesOf(live: Pick<Live, 'current'>): () => WordNames {
  let of: Snapshot | undefined
  let names: WordNames = { first: '', parts: new Set(), stopped: new Set(), unread: new Set() }
  return () => {
    const snapshot = live.current()
    if (snapshot === of) return names
    of = snapshot
    const experiments = [...snapshot.experiments.values()]
    const parts = experiments.flatMap(({ key, variants }) => variants.map(({ name }) => partOf(key, name)))
    const flags = flagKeys.flatMap((key) => [partOf(key, 'on'), partOf(key, 'off')])
    names = {
      first: experiments[0]?.key ?? '',
      parts: new Set([...parts, ...flags]),
      stopped: new Set(experiments.filter(({ running }) => !running).map(({ key }) => key)),
      unread: new Set([...flagKeys, rolloutName]),
    }
    return names
  }
}
