import { Elysia } from 'elysia'
import type { EventCollector } from '../../events/collect.ts'
import type { EventRequestMetrics } from '../../events/outcome.ts'
import { refusalOutcome } from '../../problem.ts'
import { knownProblem } from '../known-problem.ts'
import { type Asked, answerInAnyCase, answerProblem, type ProblemDeps } from '../problems.ts'
import type { Peer } from '../request/client-ip.ts'
import { corsRoutes, jsonHeadersFor } from '../request/cors.ts'
import { inItsCoding, readText, untilBodyCame } from '../request/json-body.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { type AdmissionDeps, admit, countMore, readBody, tooLarge } from './admission.ts'
import { eventsDetail } from './openapi.ts'

export type EventRouteDeps = AdmissionDeps &
  Readonly<{
    collector: Pick<EventCollector, 'collect'>
    bodies?: SlowBodies
    metrics: EventRequestMetrics
    problems: ProblemDeps
  }>

export const eventPaths = ['/api/events', '/api/e'] as const
const oneAccepted = '{"ok":true,"accepted":1}'

/** Where clients tell what visitors do. `/api/e` is the same under a name that no block list holds. */
export function eventRoutes(deps: EventRouteDeps) {
  const take = ({ request, server }: { request: Request; server: Peer }) => takeEvents(deps, request, server)
  return new Elysia()
    .use(corsRoutes(deps.cors, eventPaths))
    .post('/api/events', take, { parse: 'none', detail: eventsDetail })
    .post('/api/e', take, { parse: 'none', detail: { hide: true } })
}

/** Answers one request with events, whatever is wrong with it. Never rejects. */
export async function takeEvents(deps: EventRouteDeps, request: Request, peer: Peer): Promise<Response> {
  const origin = request.headers.get('origin')
  try {
    admit(deps, request, origin, peer)
    const text = await readText(request, peer, tooLarge, deps.bodies)
    const events = readBody(deps, request, text)
    countMore(deps, request, peer, events.count)
    await deps.collector.collect(events)
    deps.metrics.request('accepted', events.count)
    return new Response(events.count === 1 ? oneAccepted : `{"ok":true,"accepted":${events.count}}`, {
      status: 202,
      headers: jsonHeadersFor(deps.cors, origin),
    })
  } catch (error) {
    const asked = { request, server: peer }
    return answerInAnyCase(deps.problems, asked, async () => {
      await untilBodyCame(request, peer, deps.bodies)
      return refused(deps, asked, origin, inItsCoding(request, error))
    })
  }
}

function refused(deps: EventRouteDeps, asked: Asked, origin: string | null, error: unknown): Response {
  const problem = knownProblem(error)
  deps.metrics.request(refusalOutcome(problem), 0)
  return answerProblem(deps.problems, asked, problem, origin === null ? {} : deps.cors.corsHeaders(origin))
}
