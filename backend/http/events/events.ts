import { Elysia } from 'elysia'
import type { EventLine } from '../../events/collect.ts'
import { type EventRules, type EventSender, readEvents } from '../../events/event.ts'
import type { EventRequestMetrics } from '../../events/outcome.ts'
import type { RecordBudget } from '../../limits/record-budget.ts'
import { Problem, refusalOutcome } from '../../problem.ts'
import { knownProblem } from '../known-problem.ts'
import { type Asked, answerProblem, type ProblemDeps } from '../problems.ts'
import { type ClientAddress, clientKey, type Peer } from '../request/client-ip.ts'
import { type CorsRules, corsRoutes, jsonHeadersFor } from '../request/cors.ts'
import { parseJson, readText } from '../request/json-body.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { readVisit } from '../request/visit-cookies.ts'
import { eventsDetail } from './openapi.ts'

export type EventRouteDeps = Readonly<{
  line: Pick<EventLine, 'collect'>
  rules: EventRules
  isBot(userAgent: string | null): boolean
  cors: CorsRules
  budget: RecordBudget
  clientAddress: ClientAddress
  bodies?: SlowBodies
  metrics: EventRequestMetrics
  problems: ProblemDeps
}>

export const eventPaths = ['/api/events', '/api/e'] as const
const bodyBytesMax = 32 * 1024
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
  const { headers } = request
  const origin = headers.get('origin')
  try {
    admit(deps, request, origin, peer)
    if (!isTaken(headers.get('content-type') ?? ''))
      throw new Problem('unsupported_media_type', 'Send application/json, or the same as text/plain.')
    const text = await readText(request, peer, tooLarge, deps.bodies)
    // No character has more than three bytes of its own, so most texts need not be measured.
    if (text.length * 3 > bodyBytesMax && Buffer.byteLength(text) > bodyBytesMax) throw tooLarge()
    const events = readEvents(parseJson(text), senderOf(deps, headers), deps.rules)
    if (events.count > 1)
      deps.budget.take(() => clientKey(deps.clientAddress(request, peer)), events.count - 1)
    await deps.line.collect(events)
    deps.metrics.request('accepted', events.count)
    return new Response(events.count === 1 ? oneAccepted : `{"ok":true,"accepted":${events.count}}`, {
      status: 202,
      headers: jsonHeadersFor(deps.cors, origin),
    })
  } catch (error) {
    return refused(deps, { request, server: peer }, origin, error)
  }
}

/** Who may send, and how often; before anything of the body is read. */
function admit(deps: EventRouteDeps, request: Request, origin: string | null, peer: Peer): void {
  const { headers } = request
  if (origin !== null) {
    const site = headers.get('sec-fetch-site')
    // Our own page, as its browser says, which is nearly everybody.
    const isOwn = site === 'same-origin'
    if (!isOwn && deps.cors.originVerdict(origin, headers.get('host'), site) === 'refused')
      throw new Problem('origin_not_allowed', 'This page may not send here. Add its origin to CORS_ORIGINS.')
  }
  const retryAfterS = deps.budget.take(() => clientKey(deps.clientAddress(request, peer)))
  if (retryAfterS > 0)
    throw new Problem('rate_limited', 'Too many events from this address. Try again in a moment.', {
      retryAfterS,
    })
}

function senderOf(deps: EventRouteDeps, headers: Request['headers']): EventSender {
  const { visitorId, word } = readVisit(headers.get('cookie'))
  return { visitorId, word, bot: deps.isBot(headers.get('user-agent')) }
}

/** Beacons send text/plain, which browsers may send to other origins without asking first. */
function isTaken(contentType: string): boolean {
  if (contentType === 'application/json') return true
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase()
  return type === 'application/json' || type === 'text/plain'
}

const tooLarge = () => new Problem('body_too_large', `Events may have ${bodyBytesMax} bytes together.`)

function refused(deps: EventRouteDeps, asked: Asked, origin: string | null, error: unknown): Response {
  const problem = knownProblem(error)
  deps.metrics.request(refusalOutcome(problem), 0)
  return answerProblem(deps.problems, asked, problem, origin === null ? {} : deps.cors.corsHeaders(origin))
}
