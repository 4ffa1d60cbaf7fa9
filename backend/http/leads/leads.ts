import { Elysia, t } from 'elysia'
import type { KeyedHash } from '../../keyed-hash.ts'
import { type Attribution, campaignFields, cleanText } from '../../leads/attribution.ts'
import type { RequestContext, Verdict } from '../../leads/lead.ts'
import { phoneKeyOf } from '../../leads/phone.ts'
import type { LeadLookup } from '../../leads/ports.ts'
import type { ProofGate } from '../../leads/proof.ts'
import { campaignToLog, type RefusalOutcome, type RequestLog } from '../../leads/request-log.ts'
import { leadStatus } from '../../leads/status.ts'
import { readSubmission, type Submission } from '../../leads/submission.ts'
import type { SubmissionLine } from '../../leads/submit.ts'
import type { RateLimit } from '../../limits/rate-limit.ts'
import { maskPhone } from '../../log.ts'
import { InvalidFields, type InvalidInput, Problem } from '../../problem.ts'
import type { ApiMetrics, SubmissionOutcome } from '../../prometheus/metrics.ts'
import { knownProblem } from '../known-problem.ts'
import {
  type Asked,
  answerProblem,
  outcomeOf,
  type ProblemDeps,
  requestIdHeader,
  tellProblem,
} from '../problems.ts'
import { type ClientAddress, clientKey, maskAddress, type Peer } from '../request/client-ip.ts'
import { type CorsRules, corsRoutes, jsonHeadersFor } from '../request/cors.ts'
import { readForm } from '../request/form-body.ts'
import { parseJson, readText } from '../request/json-body.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { pathOf } from '../request/target.ts'
import { readVisit } from '../request/visit-cookies.ts'
import { challengeRoutes } from './challenge.ts'
import { statusDetail, submitDetail } from './openapi.ts'
import { campaignOfPage, isPreview, pageAddress, type Sent } from './page-address.ts'

export type LeadRouteDeps = Readonly<{
  line: SubmissionLine
  /** Where leads are looked for, in this order. */
  lookups: readonly LeadLookup[]
  cors: CorsRules
  rateLimit: Pick<RateLimit, 'take'>
  proofs: ProofGate
  clientAddress: ClientAddress
  keyedHash: KeyedHash
  /** Absent when no MongoDB is configured: then nothing of a request travels with its lead. */
  requestLog?: RequestLog
  /** Whether what came of a request from this address may be logged, beside the leads that are stored. */
  mayLog(address: string): boolean
  /** Takes note of an accepted form that no script will tell of. Never throws, and nobody waits for it. */
  posted?(form: PostedForm): void
  bodies?: SlowBodies
  metrics: ApiMetrics
  defaultRegion?: string
  problems: ProblemDeps
}>

/** A form that was posted without JavaScript, and the visitor it came from. */
export type PostedForm = Readonly<{
  visitorId: string
  /** From the visitor's cookie, as it came. */
  word: string
  userAgent: string | null
  /** The path of its page. */
  url: string
  attribution?: Attribution
}>

export const submissionPaths = ['/api/leads', '/api/submit'] as const
const bodyBytesMax = 4096
const userAgentLengthMax = 256

// Seen by the script of the page, should it come: an address alone does not say that anything was posted. Long enough
// for a slow phone to load the page.
const postedCookie = 'lf_posted=1; Path=/; Max-Age=300; SameSite=Lax'

const duplicateBody = '{"ok":true,"duplicate":true}'

/** The submission routes and a lead's status. */
export function leadRoutes(deps: LeadRouteDeps) {
  const submit = ({ request, server }: { request: Request; server: Peer }) =>
    takeSubmission(deps, request, server)
  return new Elysia()
    .use(corsRoutes(deps.cors, submissionPaths))
    .use(challengeRoutes(deps))
    .post('/api/leads', submit, { parse: 'none', detail: submitDetail })
    .post('/api/submit', submit, { parse: 'none', detail: { hide: true } })
    .get('/api/leads/:id/status', (asked) => status(deps, asked), {
      params: t.Object({ id: t.String({ description: 'The id that a 202 gave' }) }),
      detail: statusDetail,
    })
}

type BodyKind = 'json' | 'form'

type Arrival = Asked & {
  startedAtMs: number
  origin: string | null
  address: string
  /** Undefined: a content type that submissions do not come in. */
  bodyKind: BodyKind | undefined
  submission?: Submission
  wantsPage: boolean
}

/** Answers one submission, whatever is wrong with it. Never rejects. */
export async function takeSubmission(deps: LeadRouteDeps, request: Request, peer: Peer): Promise<Response> {
  const headers = request.headers
  const bodyKind = bodyKindOf(headers.get('content-type') ?? '')
  const arrival: Arrival = {
    startedAtMs: performance.now(),
    request,
    server: peer,
    origin: headers.get('origin'),
    address: deps.clientAddress(request, peer),
    bodyKind,
    wantsPage: bodyKind === 'form' && (headers.get('accept') ?? '').includes('text/html'),
  }
  try {
    admit(deps, arrival)
    const text = await readText(request, peer, tooLarge, deps.bodies)
    const submission = readBody(deps, arrival, text)
    arrival.submission = submission
    if (deps.proofs.required()) await deps.proofs.check(submission)
    const context = deps.requestLog && contextOf(deps, arrival)
    const verdict = await deps.line.submit(submission, context)
    return taken(deps, arrival, verdict)
  } catch (error) {
    return refused(deps, arrival, error)
  }
}

/** Who may submit what, and how often; before anything of the body is read. */
function admit(deps: LeadRouteDeps, arrival: Arrival): void {
  const headers = arrival.request.headers
  if (arrival.origin !== null) {
    const verdict = deps.cors.originVerdict(
      arrival.origin,
      headers.get('host'),
      headers.get('sec-fetch-site'),
    )
    if (verdict === 'refused')
      throw new Problem(
        'origin_not_allowed',
        'This page may not submit here. Add its origin to CORS_ORIGINS.',
      )
  }
  const retryAfterS = deps.rateLimit.take(clientKey(arrival.address))
  if (retryAfterS > 0)
    throw new Problem('rate_limited', 'Too many submissions from this address. Try again in a moment.', {
      retryAfterS,
    })
  if (!arrival.bodyKind)
    throw new Problem('unsupported_media_type', 'Send application/json or application/x-www-form-urlencoded.')
  if (Number(headers.get('content-length')) > bodyBytesMax) throw tooLarge()
}

function readBody(deps: LeadRouteDeps, arrival: Arrival, text: string): Submission {
  const { headers } = arrival.request
  // Only one that did not tell its length can still be too large.
  if (headers.get('content-length') === null && Buffer.byteLength(text) > bodyBytesMax) throw tooLarge()
  const fields = arrival.bodyKind === 'form' ? withCampaign(readForm(text), arrival) : parseJson(text || '{}')
  return readSubmission(fields, {
    idempotencyKey: headers.get('idempotency-key'),
    defaultRegion: deps.defaultRegion,
    // With the script the page itself had written it so.
    plusFor00: arrival.wantsPage,
  })
}

/** A form without JavaScript knows no campaign; the address that its page was opened by does. */
function withCampaign(fields: Record<string, unknown>, arrival: Arrival): Record<string, unknown> {
  return campaignFields.some((name) => fields[name])
    ? fields
    : { ...fields, ...campaignOfPage(sentBy(arrival)) }
}

const tooLarge = () => new Problem('body_too_large', `A submission may have ${bodyBytesMax} bytes.`)

const kindOfMediaType = new Map<string, BodyKind>([
  ['application/json', 'json'],
  ['application/x-www-form-urlencoded', 'form'],
])

function bodyKindOf(contentType: string): BodyKind | undefined {
  return (
    kindOfMediaType.get(contentType) ??
    kindOfMediaType.get(contentType.split(';', 1)[0]!.trim().toLowerCase())
  )
}

function taken(deps: LeadRouteDeps, arrival: Arrival, verdict: Verdict): Response {
  const suspect = arrival.submission?.details?.suspect
  if (suspect) deps.metrics.suspect(suspect)
  if (verdict.kind === 'duplicate') {
    logRequest(deps, arrival, 'duplicate')
    count(deps, arrival, 'duplicate')
    if (arrival.wantsPage) return seeOther(deps, arrival, 'duplicate')
    return new Response(duplicateBody, { status: 200, headers: jsonHeadersFor(deps.cors, arrival.origin) })
  }
  const replayed = verdict.kind === 'replay'
  if (replayed) logRequest(deps, arrival, 'replayed')
  count(deps, arrival, replayed ? 'replayed' : 'accepted')
  if (arrival.wantsPage) {
    if (!replayed) notePosted(deps, arrival)
    return seeOther(deps, arrival, 'thanks')
  }
  const answer = new Response(`{"ok":true,"queued":true,"duplicate":false,"id":"${verdict.id}"}`, {
    status: 202,
    headers: jsonHeadersFor(deps.cors, arrival.origin),
  })
  if (replayed) answer.headers.set('idempotent-replayed', 'true')
  return answer
}

function refused(deps: LeadRouteDeps, arrival: Arrival, error: unknown): Response {
  const problem = knownProblem(error)
  const outcome = outcomeOf(problem)
  logRequest(deps, arrival, outcome)
  count(deps, arrival, outcome)
  if (!arrival.wantsPage)
    return answerProblem(
      deps.problems,
      arrival,
      problem,
      arrival.origin === null ? {} : deps.cors.corsHeaders(arrival.origin),
    )
  const { requestId } = tellProblem(deps.problems, arrival, problem)
  const answer = seeOther(deps, arrival, 'error', errorCode(problem))
  answer.headers.set(requestIdHeader, requestId)
  return answer
}

function errorCode(problem: Problem | InvalidInput): string {
  if (problem instanceof Problem) return problem.code
  return (problem instanceof InvalidFields && Object.values(problem.fields)[0]?.[0]) || 'invalid'
}

/** For a form sent without JavaScript: back to its page, so that reloading it sends nothing again. */
function seeOther(
  deps: LeadRouteDeps,
  arrival: Arrival,
  answer: 'thanks' | 'duplicate' | 'error',
  code = '1',
): Response {
  const sent = sentBy(arrival)
  // The form will be sent again from there, and comes from the same campaign then.
  const query = new URLSearchParams({ ...(answer === 'error' && campaignOfPage(sent)), [answer]: code })
  const headers = {
    location: `${pageAddress(sent)}?${query}#${answer}`,
    'set-cookie': postedCookie,
    ...deps.cors.corsHeaders(arrival.origin),
  }
  return new Response(null, { status: 303, headers })
}

function notePosted(deps: LeadRouteDeps, arrival: Arrival): void {
  const { headers } = arrival.request
  const sent = sentBy(arrival)
  const { visitorId, word } = readVisit(headers.get('cookie'))
  if (visitorId === '' || isPreview(sent)) return
  deps.posted?.({
    visitorId,
    word,
    userAgent: headers.get('user-agent'),
    url: pageAddress(sent),
    attribution: arrival.submission?.details?.attribution,
  })
}

function sentBy({ request: { headers }, submission }: Arrival): Sent {
  return {
    referer: headers.get('referer'),
    host: headers.get('host'),
    language: submission?.details?.language,
  }
}

function count(deps: LeadRouteDeps, arrival: Arrival, outcome: SubmissionOutcome): void {
  deps.metrics.submission(outcome, performance.now() - arrival.startedAtMs)
}

/** Accepted leads are logged by the worker, once they are stored; everything else is logged here. */
function logRequest(
  deps: LeadRouteDeps,
  arrival: Arrival,
  outcome: RefusalOutcome | 'duplicate' | 'replayed',
): void {
  // The counters hold them all; of a flood the log keeps only what its sender may leave here.
  if (!deps.requestLog || !deps.mayLog(arrival.address)) return
  const { submission } = arrival
  deps.requestLog.write({
    id: crypto.randomUUID(),
    time: new Date(),
    outcome,
    taskState: 'none',
    ...(submission && {
      phoneHash: phoneKeyOf(deps.keyedHash, submission.phone),
      phoneMask: maskPhone(submission.phone),
      campaign: campaignToLog(submission),
      ...(submission.details?.suspect && { suspect: submission.details.suspect }),
    }),
    request: contextOf(deps, arrival),
  })
}

function contextOf(deps: LeadRouteDeps, arrival: Arrival): RequestContext {
  const { headers } = arrival.request
  return {
    path: pathOf(arrival.request.url),
    userAgent: cleanText(headers.get('user-agent') ?? '', userAgentLengthMax),
    referrer: withoutQuery(
      arrival.submission?.details?.attribution?.referrer ?? headers.get('referer') ?? '',
    ),
    ipHash: deps.keyedHash(`ip:${arrival.address}`),
    ipMask: maskAddress(arrival.address),
  }
}

/** A query can hold anything, a phone number included. */
function withoutQuery(url: string): string {
  return cleanText(url.split(/[?#]/, 1)[0]!, 256)
}

async function status(
  deps: LeadRouteDeps,
  asked: Asked & Readonly<{ params: Readonly<{ id: string }> }>,
): Promise<Response> {
  const { id } = asked.params
  const headers = { 'cache-control': 'no-store' }
  try {
    const state = await leadStatus(deps.lookups, id)
    if (!state) throw new Problem('not_found', 'There is no lead with this id.')
    return Response.json({ id, status: state }, { headers })
  } catch (error) {
    return answerProblem(deps.problems, asked, error, headers)
  }
}
