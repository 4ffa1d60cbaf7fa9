import { join, resolve } from 'node:path'
import type { Config } from '../config.ts'
import { type AppDeps, idleTimeoutS, makeApp, type ServeOptions } from '../http/app.ts'
import { createBuiltPage } from '../http/page/built-page.ts'
import { createClientAddress } from '../http/request/client-ip.ts'
import { corsRules, translatedOriginsOf } from '../http/request/cors.ts'
import { createSlowBodies } from '../http/request/slow-bodies.ts'
import { createKeyedHash } from '../keyed-hash.ts'
import { pagePhonePlan } from '../leads/phone-plan.ts'
import type { Log } from '../log.ts'
import { createMedia } from '../minio/media.ts'
import { setupWhenReachable } from '../minio/setup.ts'
import { createAssignments } from '../postgres/assignments.ts'
import { createRegistry } from '../prometheus/metrics.ts'
import { createPageMetrics } from '../prometheus/page-metrics.ts'
import { shareMetrics } from '../prometheus/siblings.ts'
import { redisForCommands } from '../redis/connection.ts'
import { createPageCache } from '../redis/page-cache.ts'
import { createTracer } from '../tracing.ts'
import { createDeviceReader } from '../words/device.ts'
import { keepAnswerBook } from './answer-book.ts'
import { wireDeliveryDesk } from './delivery-desk.ts'
import { wireDesk } from './desk.ts'
import { wireApiEvents } from './events.ts'
import { wireHealth } from './health.ts'
import { createOwnInstallation } from './installation.ts'
import { wireApiLeads } from './leads.ts'
import { wireLive } from './live.ts'
import { openPostgres, startClock, tellOfPowerCuts } from './open.ts'
import { phonesAside } from './phones-aside.ts'
import { wireProblems } from './problems.ts'
import { wireRecords } from './records.ts'
import { traceApi } from './tracing.ts'

/** One of several API processes on this machine: its place, who started it, and where they share their numbers. */
export type ProcessSlot = Readonly<{ index: number; parent: number; directory: string }>

const settleDeadlineMs = 2_000
const assignmentDeadlineMs = 1_000
// A process that missed the news of a change finds it within a second.
const assignmentSettleMs = 2_000
// A body that takes longer than five to ten seconds is no visitor's.
const bodySweepMs = 5_000
const root = join(import.meta.dir, '../..')

/** The API of one process: connections opened, routes built, nothing listening yet. */
export async function wireApi(config: Config, log: Log, slot?: ProcessSlot) {
  const registry = createRegistry(slot ? `api-${slot.index}` : 'api')
  const keyedHash = createKeyedHash(config.secretKey)
  const db = openPostgres(config, 'api', registry, log)
  void tellOfPowerCuts(db, log)
  const clock = await startClock(db, registry, log)
  const cache = config.redisCacheUrl
    ? redisForCommands({ url: config.redisCacheUrl, name: 'landfast-cache', log })
    : undefined
  cache?.connect().catch(() => {})
  const media = config.s3 && createMedia(config.s3, log)
  const pageCache = cache && createPageCache(cache, keyedHash, log)
  const origins = {
    connect: [new URL(config.publicUrl).origin],
    media: originsOf(config.s3?.publicUrl),
    scripts: config.scriptSources,
  }
  const built = createBuiltPage({
    distDir: resolve(root, config.pageDir),
    cache: pageCache,
    hasMedia: media && (async (path) => (await media.stat(path.slice('/media/'.length))) !== undefined),
    ttlMs: config.pageCacheTtlMs,
    publicUrl: config.publicUrl,
    origins,
    log,
  })
  const pageExperiments = built.experiments
  const { live, ...changes } = wireLive({ db, cache, pageExperiments, log })
  const cors = corsRules([...config.corsOrigins, ...translatedOriginsOf(config.publicUrl)], config.publicUrl)
  const clientAddress = createClientAddress(config.trustedProxies, config.listenAddress)
  const problems = wireProblems({ config, clientAddress, registry, log })
  const bodies = createSlowBodies({ sweepMs: bodySweepMs, idleTimeoutS })
  const shared = {
    ...{ config, db, cache, live, cors, clientAddress, bodies, keyedHash, registry, problems, log },
    nowMs: clock.nowMs,
    pagePaths: built.paths,
    deviceOf: createDeviceReader(),
  }
  const desk = wireDesk(shared)
  const { gate, budget, origins: ownOrigin } = desk
  const door = { gate, budget, origins: ownOrigin, problems, bodies, nowMs: clock.nowMs }
  const records = wireRecords(shared)
  const installation = createOwnInstallation(db)
  const aside = phonesAside(config.defaultRegion, keyedHash)
  const events = wireApiEvents({
    ...{ ...shared, installation, door, records, phonesAside: aside },
    reads: desk.reads,
  })
  const tracer = config.tracing && createTracer(config.tracing, 'api', log)
  const traces = tracer && traceApi(tracer)
  const leads = wireApiLeads({
    ...{ ...shared, installation, posted: events.posted, mayLog: records.mayLog },
    traced: traces?.line,
  })
  const answerBook = keepAnswerBook({
    ...{ book: desk.answerBook, answered: leads.answered, refused: leads.refused },
  })
  const siblings = slot && shareMetrics(slot.directory, `api-${slot.index}`, registry, log)

  const deps: AppDeps = {
    seen: traces?.seen,
    leads: leads.routes,
    events: events.events,
    stats: events.stats,
    visitorFlags: { live, cors, problems },
    assign: {
      live,
      assignments: aside.assignments(
        createAssignments(db, {
          deadlineMs: assignmentDeadlineMs,
          settleMs: assignmentSettleMs,
          nowMs: () => performance.now(),
          log,
        }),
      ),
      exposed: events.exposed,
      mayRecord: (request, peer) => records.mayRecord('assignment', request, peer),
      cors,
      problems,
    },
    admin: {
      door,
      live,
      editor: changes.editor,
      announce: changes.announce,
      pageExperiments,
      deliveries: wireDeliveryDesk(config, db),
      ...desk.routes,
      clientAddress,
      publicUrl: config.publicUrl,
      nowMs: clock.nowMs,
      bodies,
      log,
    },
    ...(config.eraseForm && {
      eraseForm: {
        ...desk.eraseForm,
        phoneKeyOf: desk.routes.phoneKeyOf,
        ...{ clientAddress, origins: ownOrigin, bodies, problems },
      },
    }),
    page: {
      built,
      live,
      exposed: events.exposed,
      mayRecord: (request, peer) => records.mayRecord('exposure', request, peer),
      metrics: createPageMetrics(registry),
      publicUrl: config.publicUrl,
      origins,
      phonePlan: config.defaultRegion ? pagePhonePlan(config.defaultRegion) : undefined,
    },
    media: { media, publicUrl: config.s3?.publicUrl, problems },
    health: wireHealth({
      db,
      clock,
      writes: leads.writes,
      intake: leads.intake,
      live,
      requestLog: leads.requestLog,
      media,
      registry,
    }),
    metrics: { scrape: () => (siblings ? siblings.scrape() : registry.metrics()) },
    publicUrl: config.publicUrl,
    allowedHosts: config.allowedHosts,
    problems,
  }

  leads.start()
  records.start()
  desk.start()
  answerBook.start()
  events.start()
  await Promise.all([leads.intake?.settled(settleDeadlineMs), live.start(settleDeadlineMs), built.current()])
  const bucket = media && setupWhenReachable(media, installation.read, log)

  return {
    /** Why this API may not serve in production. */
    refusal: () => (config.environment === 'production' && leads.intake?.refusal()) || {},
    makeApp: (serve: ServeOptions) => makeApp(deps, serve),
    /** Finishes what was taken, then closes everything, last opened first. */
    async stop(): Promise<void> {
      await leads.idle()
      await events.stop()
      records.stop()
      await answerBook.stop()
      await desk.stop()
      changes.stop()
      bucket?.stop()
      bodies.stop()
      await leads.stop()
      await pageCache?.close()
      cache?.disconnect()
      await siblings?.stop()
      await tracer?.close()
      clock.stop()
      await db.destroy()
    },
  }
}

const originsOf = (url: string | undefined) => (url ? [new URL(url).origin] : [])
