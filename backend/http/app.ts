import { Elysia } from 'elysia'
import { errorFields, type Log } from '../log.ts'
import { Problem } from '../problem.ts'
import type { AdminExperimentRouteDeps } from './admin-experiments.ts'
import { adminExperimentRoutes } from './admin-experiments.ts'
import { adminFlagRoutes } from './admin-flags.ts'
import { hostAllowed } from './allowed-hosts.ts'
import { type AssignRouteDeps, assignRoutes } from './assign.ts'
import { type ConfigRouteDeps, configRoutes } from './config.ts'
import { docsRoutes } from './docs.ts'
import { type EventRouteDeps, eventRoutes } from './events.ts'
import { type HealthDeps, healthRoutes } from './health.ts'
import { type LeadRouteDeps, leadRoutes } from './leads.ts'
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
      if (deps.allowedHosts.length === 0 || hostAllowed(request.headers.get('host'), deps.allowedHosts))
        return
      if (probes.has(new URL(request.url).pathname)) return
      return problemResponse(
        new Problem('host_not_allowed', 'This host name is not answered here. See ALLOWED_HOSTS.'),
        crypto.randomUUID(),
      )
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

const notFound = () => new Problem('not_found', 'There is nothing at this address.')
