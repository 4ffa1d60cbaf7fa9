import { Elysia } from 'elysia'
import { errorFields, type Log } from '../log.ts'
import { Problem } from '../problem.ts'
import type { AdminExperimentRouteDeps } from './admin/experiments.ts'
import { adminExperimentRoutes } from './admin/experiments.ts'
import { adminFlagRoutes } from './admin/flags.ts'
import { docsRoutes } from './docs/docs.ts'
import { type EventRouteDeps, eventPaths, eventRoutes, takeEvents } from './events/events.ts'
import { type AssignRouteDeps, assignRoutes } from './experiments/assign.ts'
import { type ConfigRouteDeps, configRoutes } from './experiments/config.ts'
import { type StatsRouteDeps, statsRoutes } from './experiments/stats.ts'
import { type HealthDeps, healthRoutes } from './health.ts'
import { type LeadRouteDeps, leadRoutes, submissionPaths, takeSubmission } from './leads/leads.ts'
import { type MediaRouteDeps, mediaRoutes } from './media.ts'
import { type MetricsDeps, metricsRoutes } from './metrics.ts'
import { createPageDoor, type PageDoor, type PageRouteDeps, pageRoutes } from './page/page.ts'
import { isForeseen, problemResponse } from './problems.ts'
import type { Peer } from './request/client-ip.ts'
import { createHostGate, type HostGate, unreadableHost } from './request/host-gate.ts'
import { pathOf } from './request/target.ts'

export type AppDeps = Readonly<{
  leads: LeadRouteDeps
  events: EventRouteDeps
  stats: StatsRouteDeps
  config: ConfigRouteDeps
  assign: AssignRouteDeps
  admin: AdminExperimentRouteDeps
  page: PageRouteDeps
  media: MediaRouteDeps
  health: HealthDeps
  metrics: MetricsDeps
  /** Counts an answer that nobody foresaw. */
  fault(): void
  publicUrl: string
  allowedHosts: readonly string[]
  log: Log
}>

export type ServeOptions = Readonly<{ reusePort?: boolean }>

// The ceiling of the whole server; each route has its own limit below it.
const requestBytesMax = 64 * 1024
const idleTimeoutS = 30
const probes = new Set(['/livez', '/readyz', '/healthz', '/metrics'])

/** Everything this server answers, by family. */
export function makeApp(deps: AppDeps, serve: ServeOptions = {}) {
  const door = createPageDoor(deps.page)
  const gate = createHostGate(deps.allowedHosts)
  return new Elysia({
    // Else Elysia looks for the path from the eleventh character on, where that of `http://api/readyz` has begun.
    handler: { standardHostname: false },
    serve: {
      maxRequestBodySize: requestBytesMax,
      idleTimeout: idleTimeoutS,
      reusePort: serve.reusePort ?? false,
      routes: shortWays(deps, door, gate),
    },
  })
    .onError({ as: 'global' }, ({ error, code, request, path }) =>
      refusal(deps, code === 'NOT_FOUND' ? notFound() : error, { method: request.method, path }),
    )
    .onRequest(({ request }) => {
      const refused = gate(request.headers.get('host')) ?? unlessWhole(request.url)
      if (refused && !probes.has(pathOf(request.url))) return hostRefusal(refused)
    })
    .use(docsRoutes({ publicUrl: deps.publicUrl }))
    .use(leadRoutes(deps.leads))
    .use(eventRoutes(deps.events))
    .use(statsRoutes(deps.stats))
    .use(configRoutes(deps.config))
    .use(assignRoutes(deps.assign))
    .use(adminFlagRoutes(deps.admin))
    .use(adminExperimentRoutes(deps.admin))
    .use(healthRoutes(deps.health))
    .use(metricsRoutes(deps.metrics))
    .use(mediaRoutes(deps.media))
    .use(pageRoutes(deps.page, door))
}

/**
 * What visitors come for, the page and the two routes that take what they send, given to the server itself. The same
 * functions stand behind Elysia's routes, which describe them; on its way through Elysia a submission cost a tenth more
 * of the API's CPU.
 */
function shortWays(deps: AppDeps, door: PageDoor, gate: HostGate) {
  const way =
    (take: (request: Request, peer: Peer) => Promise<Response>) => (request: Request, server: Peer) => {
      const refused = gate(request.headers.get('host'))
      return refused ? hostRefusal(refused) : take(request, server)
    }
  const submit = way((request, peer) => takeSubmission(deps.leads, request, peer))
  const collect = way((request, peer) => takeEvents(deps.events, request, peer))
  const pageFailed = (error: unknown) => refusal(deps, error, { method: 'GET', path: '/' })
  // Not async: what is in memory is answered without a promise.
  const page = (request: Request, peer: Peer) => {
    const refused = gate(request.headers.get('host'))
    if (refused) return hostRefusal(refused)
    try {
      const answer = door.open(request, peer)
      return answer instanceof Promise ? answer.catch(pageFailed) : answer
    } catch (error) {
      return pageFailed(error)
    }
  }
  return {
    '/': { GET: page },
    ...Object.fromEntries(submissionPaths.map((path) => [path, { POST: submit }])),
    ...Object.fromEntries(eventPaths.map((path) => [path, { POST: collect }])),
  }
}

function refusal(deps: AppDeps, error: unknown, of: Readonly<{ method: string; path: string }>): Response {
  const requestId = crypto.randomUUID()
  if (!isForeseen(error)) {
    deps.fault()
    deps.log.error('http.failed', { ...of, requestId, ...errorFields(error) })
  }
  return problemResponse(error, requestId)
}

/** Where a URL cannot hold the Host, or there is none, Bun gives a bare path, in which Elysia would find another. */
const unlessWhole = (url: string) => (url.startsWith('/') ? unreadableHost() : undefined)

const hostRefusal = (refused: Problem) => problemResponse(refused, crypto.randomUUID())

const notFound = () => new Problem('not_found', 'There is nothing at this address.')
