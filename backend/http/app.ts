import { Elysia } from 'elysia'
import { errorFields, type Log } from '../log.ts'
import { Problem } from '../problem.ts'
import type { AdminExperimentRouteDeps } from './admin-experiments.ts'
import { adminExperimentRoutes } from './admin-experiments.ts'
import { adminFlagRoutes } from './admin-flags.ts'
import { hostAllowed } from './allowed-hosts.ts'
import { type AssignRouteDeps, assignRoutes } from './assign.ts'
import type { Peer } from './client-ip.ts'
import { type ConfigRouteDeps, configRoutes } from './config.ts'
import { docsRoutes } from './docs.ts'
import { type EventRouteDeps, eventPaths, eventRoutes, takeEvents } from './events.ts'
import { type HealthDeps, healthRoutes } from './health.ts'
import { type LeadRouteDeps, leadRoutes, submissionPaths, takeSubmission } from './leads.ts'
import { type MediaRouteDeps, mediaRoutes } from './media.ts'
import { type MetricsDeps, metricsRoutes } from './metrics.ts'
import { type PageRouteDeps, pageRoutes } from './page.ts'
import { problemResponse } from './problems.ts'
import { type StatsRouteDeps, statsRoutes } from './stats.ts'

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
  return new Elysia({
    serve: {
      maxRequestBodySize: requestBytesMax,
      idleTimeout: idleTimeoutS,
      reusePort: serve.reusePort ?? false,
      routes: shortWays(deps),
    },
  })
    .onError({ as: 'global' }, ({ error, code, request, path }) => {
      const requestId = crypto.randomUUID()
      if (code === 'NOT_FOUND') return problemResponse(notFound(), requestId)
      if (!(error instanceof Problem))
        deps.log.error('http.failed', { method: request.method, path, requestId, ...errorFields(error) })
      return problemResponse(error, requestId)
    })
    .onRequest(({ request }) => {
      if (isForeign(deps, request) && !probes.has(new URL(request.url).pathname)) return hostRefusal()
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
    .use(pageRoutes(deps.page))
}

/**
 * The two routes that take what visitors send, given to the server itself. The same functions stand behind Elysia's
 * routes, which describe them; on its way through Elysia a submission cost a tenth more of the API's CPU.
 */
function shortWays(deps: AppDeps) {
  const way =
    (take: (request: Request, peer: Peer) => Promise<Response>) => (request: Request, server: Peer) =>
      isForeign(deps, request) ? hostRefusal() : take(request, server)
  const submit = way((request, peer) => takeSubmission(deps.leads, request, peer))
  const collect = way((request, peer) => takeEvents(deps.events, request, peer))
  return Object.fromEntries([
    ...submissionPaths.map((path) => [path, { POST: submit }] as const),
    ...eventPaths.map((path) => [path, { POST: collect }] as const),
  ])
}

function isForeign(deps: AppDeps, request: Request): boolean {
  return deps.allowedHosts.length > 0 && !hostAllowed(request.headers.get('host'), deps.allowedHosts)
}

function hostRefusal(): Response {
  return problemResponse(
    new Problem('host_not_allowed', 'This host name is not answered here. See ALLOWED_HOSTS.'),
    crypto.randomUUID(),
  )
}

const notFound = () => new Problem('not_found', 'There is nothing at this address.')
