import { STATUS_CODES } from 'node:http'
import { maskedStart } from '../leads/written-phones.ts'
import { errorFields, type LogFields } from '../log.ts'
import {
  type FieldErrors,
  InvalidInput,
  type ListErrors,
  type Problem,
  type ProblemCode,
} from '../problem.ts'
import type { ProblemMetrics } from '../prometheus/problem-metrics.ts'
import { knownProblem } from './known-problem.ts'
import type { ProblemEntry, ProblemLog } from './problem-log.ts'
import { type ClientAddress, maskAddress, type Peer } from './request/client-ip.ts'
import type { RequestIdOf } from './request/request-id.ts'
import { pathOf } from './request/target.ts'

export type ProblemDeps = Readonly<{
  log: ProblemLog
  metrics: ProblemMetrics
  requestId: RequestIdOf
  clientAddress: ClientAddress
}>

/** A request and the server it came to, as Elysia hands them to a route. */
export type Asked = Readonly<{ request: Request; server: Peer }>

/** A failure that is counted and in the log, and what an answer may say of it. */
export type ToldProblem = Readonly<{
  problem: Problem | InvalidInput
  status: number
  requestId: string
}>

const statusOf: Readonly<Record<ProblemCode, number>> = {
  invalid_json: 400,
  unsupported_media_type: 415,
  body_too_large: 413,
  rate_limited: 429,
  unavailable: 503,
  unauthorized: 401,
  wrong_credentials: 401,
  code_required: 401,
  wrong_code: 401,
  confirmation_required: 403,
  link_over: 410,
  last_owner: 409,
  no_role: 403,
  has_password: 409,
  no_password: 409,
  changed_meanwhile: 409,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  host_not_allowed: 400,
  unreadable_request: 400,
  origin_not_allowed: 403,
  proof_required: 403,
  range_not_satisfiable: 416,
  not_deliverable: 400,
  internal: 500,
}

/**
 * Answers any failure of any route: field errors as they are, problems as `{"error":{code,message,requestId}}`, and
 * nothing of an unknown error but that it happened. `headers` are those that the route gives all of its answers.
 */
export function answerProblem(
  deps: ProblemDeps,
  asked: Asked,
  error: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { problem, status, requestId } = tellProblem(deps, asked, error)
  const isInput = problem instanceof InvalidInput
  const body = isInput
    ? shortNames(problem.faults)
    : { error: { code: problem.code, message: problem.message, requestId } }
  const answer = isForOperators(asked.request)
    ? Response.json(
        { ...body, ...problemDocument(problem, status, requestId) },
        { status, headers: { ...headers, 'content-type': 'application/problem+json' } },
      )
    : Response.json(body, { status, headers })
  answer.headers.set(requestIdHeader, requestId)
  if (isInput) return answer
  if (problem.code === 'method_not_allowed' && !headers.allow) answer.headers.set('allow', 'GET, HEAD')
  // Where a coding was sent, the answer names the one that is read (RFC 7694).
  if (problem.code === 'unsupported_media_type' && asked.request.headers.has('content-encoding'))
    answer.headers.set('accept-encoding', 'identity')
  if (problem.code === 'unauthorized') answer.headers.set('www-authenticate', 'Bearer')
  if (problem.retryAfterS !== undefined) answer.headers.set('retry-after', String(problem.retryAfterS))
  return answer
}

/**
 * A failure as RFC 9457 has it, for programs of operators. What stood in the body before it was one stays beside it: the
 * fields, or `error`.
 */
function problemDocument(problem: Problem | InvalidInput, status: number, requestId: string) {
  const isInput = problem instanceof InvalidInput
  return {
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    code: isInput ? 'invalid_fields' : problem.code,
    detail: isInput ? 'Fields break a rule; `errors` names them.' : problem.message,
    requestId,
    ...(isInput && { errors: shortNames(problem.faults) }),
  }
}

const isForOperators = ({ url }: Request) => areProblemsAt(pathOf(url))

/** Where failures are answered as RFC 9457 has them. Elsewhere they are as they were before it. */
export const areProblemsAt = (path: string) => /^\/api\/admin(?:\/|$)/.test(path)

/** Counts a failure and writes it down, for a route that answers it in another way than `answerProblem` does. */
export function tellProblem(deps: ProblemDeps, { request, server }: Asked, error: unknown): ToldProblem {
  const problem = knownProblem(error)
  const requestId = deps.requestId(request, server)
  const code = problem instanceof InvalidInput ? 'invalid_fields' : problem.code
  const status = problem instanceof InvalidInput ? 400 : statusOf[problem.code]
  deps.metrics.problem(code)
  deps.log(entryOf(code), () => ({
    requestId,
    status,
    code,
    method: request.method,
    path: maskedStart(pathOf(request.url), pathLengthMax),
    client: maskAddress(deps.clientAddress(request, server)),
    ...detailsOf(problem),
  }))
  return { problem, status, requestId }
}

/** What fails while another failure is answered is one of ours: counted and told as any, and not by the server's own page. */
export async function answerInAnyCase(
  deps: ProblemDeps,
  asked: Asked,
  answer: () => Promise<Response>,
): Promise<Response> {
  try {
    return await answer()
  } catch (error) {
    return answerProblem(deps, asked, error)
  }
}

/** The header that names a request, from a proxy and in the answer to a failure. */
export const requestIdHeader = 'x-request-id'

const pathLengthMax = 200
const namesMax = 20
const nameLengthMax = 64

/** A client's fault is everyday, one of ours is not; that a store is away is said in full by whoever asks it. */
function entryOf(code: ProblemCode | 'invalid_fields'): ProblemEntry {
  if (code === 'internal') return { level: 'error', event: 'http.failed', code }
  if (code === 'unavailable') return { level: 'warn', event: 'http.unavailable', code }
  return { level: 'info', event: 'http.refused', code }
}

function detailsOf(problem: Problem | InvalidInput): LogFields {
  if (problem instanceof InvalidInput) return { faults: shortNames(problem.faults) }
  return { ...problem.details, ...(problem.cause !== undefined && { cause: errorFields(problem.cause) }) }
}

/** Names of fields can be anything that a client sent: long, many, or a phone number. */
function shortNames(faults: FieldErrors | ListErrors): Readonly<Record<string, unknown>> {
  const short = (name: string) => maskedStart(name, nameLengthMax)
  return Object.fromEntries(
    Object.entries(faults)
      .slice(0, namesMax)
      .map(([name, codes]) => [short(name), codes]),
  )
}
