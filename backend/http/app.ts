import { type AnyElysia, Elysia } from 'elysia'
import { Problem } from '../problem.ts'
import { type AuditRouteDeps, adminAuditRoutes } from './admin/audit.ts'
import { adminBulkRoutes, type BulkRouteDeps } from './admin/bulk.ts'
import { type AdminDeliveryRouteDeps, adminDeliveryRoutes } from './admin/deliveries.ts'
import { deskPageRoutes } from './admin/desk-page.ts'
import { expectGuarded } from './admin/door.ts'
import { type ElsewhereRouteDeps, elsewhereRoutes } from './admin/elsewhere.ts'
import { adminEraseRequestRoutes, type EraseRequestRouteDeps } from './admin/erase-requests.ts'
import { adminErasureRoutes, type ErasureRouteDeps } from './admin/erasures.ts'
import type { AdminExperimentRouteDeps } from './admin/experiments.ts'
import { adminExperimentRoutes } from './admin/experiments.ts'
import { adminExportRoutes, type ExportRouteDeps } from './admin/exports.ts'
import { adminFlagRoutes } from './admin/flags.ts'
import { type AdminLeadRouteDeps, adminLeadRoutes } from './admin/leads.ts'
import { adminOperatorRoutes, type OperatorRouteDeps } from './admin/operators.ts'
import { type AdminQueueRouteDeps, adminQueueRoutes } from './admin/queue.ts'
import { type AdminResultRouteDeps, adminResultRoutes } from './admin/results.ts'
import { type SecondFactorRouteDeps, secondFactorRoutes } from './admin/second-factor.ts'
import { type SessionRouteDeps, sessionRoutes } from './admin/session.ts'
import { type AdminSourceRouteDeps, adminSourceRoutes } from './admin/sources.ts'
import { type AdminTodayRouteDeps, adminTodayRoutes } from './admin/today.ts'
import { type TokenRouteDeps, tokenRoutes } from './admin/token.ts'
import { adminViewRoutes, type ViewRouteDeps } from './admin/views.ts'
import { docsRoutes } from './docs/docs.ts'
import { type EventRouteDeps, eventPaths, eventRoutes, takeEvents } from './events/events.ts'
import { type AssignRouteDeps, assignRoutes } from './experiments/assign.ts'
import { type StatsRouteDeps, statsRoutes } from './experiments/stats.ts'
import { type VisitorFlagDeps, visitorFlagRoutes } from './experiments/visitor-flags.ts'
import { type HealthDeps, healthRoutes } from './health.ts'
import { knownProblem } from './known-problem.ts'
import { type LeadRouteDeps, leadRoutes, submissionPaths, takeSubmission } from './leads/leads.ts'
import type { RefusedPage } from './leads/posted-form.ts'
import { type MediaRouteDeps, mediaRoutes } from './media.ts'
import { type MetricsDeps, metricsRoutes } from './metrics.ts'
import { createPageDoor, type PageDoor, type PageDoorDeps } from './page/door.ts'
import { pageRoutes } from './page/page.ts'
import { shownRoutes } from './page/shown.ts'
import { type EraseFormDeps, eraseFormRoutes } from './privacy/erase-form.ts'
import { type Asked, answerProblem, type ProblemDeps } from './problems.ts'
import { methodsOf } from './request/allowed-methods.ts'
import type { Peer } from './request/client-ip.ts'
import { createHostGate, type HostGate, unreadableHost } from './request/host-gate.ts'
import { untilBodyCame } from './request/json-body.ts'
import { pathOf } from './request/target.ts'

export type AppDeps = Readonly<{
  /** Absent: nobody does, and nothing stands between. */
  seen?: Seen
  leads: LeadRouteDeps
  events: EventRouteDeps
  stats: StatsRouteDeps
  visitorFlags: VisitorFlagDeps
  assign: AssignRouteDeps
  admin: AdminExperimentRouteDeps &
    AdminResultRouteDeps &
    AdminTodayRouteDeps &
    AdminSourceRouteDeps &
    AdminQueueRouteDeps &
    AdminDeliveryRouteDeps &
    SessionRouteDeps &
    SecondFactorRouteDeps &
    TokenRouteDeps &
    ElsewhereRouteDeps &
    OperatorRouteDeps &
    AdminLeadRouteDeps &
    ErasureRouteDeps &
    ExportRouteDeps &
    ViewRouteDeps &
    BulkRouteDeps &
    EraseRequestRouteDeps &
    AuditRouteDeps
  /** Absent: nobody can ask by themselves to be forgotten. */
  eraseForm?: EraseFormDeps
  page: PageDoorDeps
  media: MediaRouteDeps
  health: HealthDeps
  metrics: MetricsDeps
  publicUrl: string
  allowedHosts: readonly string[]
  problems: ProblemDeps
}>

type Refuse = (asked: Asked, problem: Problem) => Promise<Response>

type Handle = (request: Request, server: Peer) => Response | Promise<Response>
/** Looks on while a route is answered. */
export type Seen = (name: string, handle: Handle) => Handle
export type ServeOptions = Readonly<{ reusePort?: boolean }>

// The ceiling of the whole server; each route has its own limit below it.
const requestBytesMax = 64 * 1024
/** How long a connection may stand still, an answer of ours included. */
export const idleTimeoutS = 30
const probes = new Set(['/livez', '/readyz', '/healthz', '/metrics'])

/** Everything this server answers, by family. */
export function makeApp(deps: AppDeps, serve: ServeOptions = {}) {
  const door = createPageDoor(deps.page)
  const refusedPage: RefusedPage = async (request, form) =>
    door.posted(await deps.page.built.current(), request, form)
  const gate = createHostGate(deps.allowedHosts)
  const refuse: Refuse = async (asked, problem) => {
    await untilBodyCame(asked.request, asked.server, deps.leads.bodies)
    return answerProblem(deps.problems, asked, problem)
  }
  // Asked for when all routes are there.
  let allowed: ReturnType<typeof methodsOf> | undefined
  const allowedAt = (path: string) => {
    allowed ??= methodsOf(app.routes)
    return allowed(path)
  }
  const ways = shortWays(deps, { door, gate, refuse, refusedPage })
  const app = new Elysia({
    // Else Elysia looks for the path from the eleventh character on, where that of `http://api/readyz` has begun.
    handler: { standardHostname: false },
    serve: {
      maxRequestBodySize: requestBytesMax,
      idleTimeout: idleTimeoutS,
      reusePort: serve.reusePort ?? false,
      routes: ways,
    },
  })
    .onError({ as: 'global' }, async ({ error, request, server, path }) => {
      await untilBodyCame(request, server, deps.leads.bodies)
      const problem = knownProblem(error)
      const allow = problem instanceof Problem && problem.code === 'not_found' ? allowedAt(path) : undefined
      const isFor = allow === undefined || allow.split(', ').includes(request.method)
      return isFor
        ? answerProblem(deps.problems, { request, server }, problem)
        : answerProblem(deps.problems, { request, server }, notForThis(), { allow })
    })
    .onRequest(({ request, server }) => {
      const refused = gate(request.headers.get('host')) ?? unlessWhole(request.url)
      if (refused && !probes.has(pathOf(request.url))) return refuse({ request, server }, refused)
    })
    .use(docsRoutes({ publicUrl: deps.publicUrl }))
    .use(leadRoutes(deps.leads, refusedPage))
    .use(eventRoutes(deps.events))
    .use(statsRoutes(deps.stats))
    .use(visitorFlagRoutes(deps.visitorFlags))
    .use(assignRoutes(deps.assign))
    .use(operatorFamilies(deps.admin))
    .use(eraseFormRoutes(deps.eraseForm))
    .use(healthRoutes(deps.health))
    .use(metricsRoutes(deps.metrics))
    .use(mediaRoutes(deps.media))
    .use(shownRoutes(deps.events, deps.page.built, door))
    .use(deskPageRoutes(deps.page))
    .use(pageRoutes(deps.page, door))
  expectGuarded(app, Object.keys(ways))
  return app
}

/** All that operators ask. Its type says no more: of so many routes within one another it would be endless. */
function operatorFamilies(deps: AppDeps['admin']): AnyElysia {
  return new Elysia()
    .use(adminFlagRoutes(deps))
    .use(adminExperimentRoutes(deps))
    .use(adminResultRoutes(deps))
    .use(adminTodayRoutes(deps))
    .use(adminSourceRoutes(deps))
    .use(adminQueueRoutes(deps))
    .use(adminDeliveryRoutes(deps))
    .use(sessionRoutes(deps))
    .use(secondFactorRoutes(deps))
    .use(tokenRoutes(deps))
    .use(elsewhereRoutes(deps))
    .use(adminOperatorRoutes(deps))
    .use(adminAuditRoutes(deps))
    .use(adminLeadRoutes(deps))
    .use(adminErasureRoutes(deps))
    .use(adminExportRoutes(deps))
    .use(adminViewRoutes(deps))
    .use(adminBulkRoutes(deps))
    .use(adminEraseRequestRoutes(deps))
}

/**
 * What visitors come for, the page and the two routes that take what they send, given to the server itself. The same
 * functions stand behind Elysia's routes, which describe them; on its way through Elysia a submission cost a tenth more
 * of the API's CPU.
 */
function shortWays(
  deps: AppDeps,
  {
    door,
    gate,
    refuse,
    refusedPage,
  }: Readonly<{
    door: PageDoor
    gate: HostGate
    refuse: Refuse
    refusedPage: RefusedPage
  }>,
) {
  const fail = (asked: Asked, error: unknown) => answerProblem(deps.problems, asked, error)
  const way =
    (take: (request: Request, peer: Peer) => Promise<Response>) => (request: Request, server: Peer) => {
      const refused = gate(request.headers.get('host'))
      return refused ? refuse({ request, server }, refused) : take(request, server)
    }
  const submit = way((request, peer) => takeSubmission(deps.leads, request, peer, refusedPage))
  const collect = way((request, peer) => takeEvents(deps.events, request, peer))
  // Not async: what is in memory is answered without a promise.
  const page = (request: Request, server: Peer) => {
    const refused = gate(request.headers.get('host'))
    if (refused) return fail({ request, server }, refused)
    try {
      const answer = door.open(request, server)
      return answer instanceof Promise ? answer.catch((error) => fail({ request, server }, error)) : answer
    } catch (error) {
      return fail({ request, server }, error)
    }
  }
  const seen: Seen = deps.seen ?? ((_, handle) => handle)
  return {
    '/': { GET: seen('GET /', page) },
    ...Object.fromEntries(submissionPaths.map((path) => [path, { POST: seen(`POST ${path}`, submit) }])),
    ...Object.fromEntries(eventPaths.map((path) => [path, { POST: collect }])),
  }
}

const notForThis = () =>
  new Problem('method_not_allowed', 'This address is not for that. Allow says what it is for.')

/** Where a URL cannot hold the Host, or there is none, Bun gives a bare path, in which Elysia would find another. */
const unlessWhole = (url: string) => (url.startsWith('/') ? unreadableHost() : undefined)
