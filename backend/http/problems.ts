import type { RefusalOutcome } from '../leads/request-log.ts'
import { InvalidFields, Problem, type ProblemCode } from '../problem.ts'

const statusOf: Readonly<Record<ProblemCode, number>> = {
  invalid_json: 400,
  unsupported_media_type: 415,
  body_too_large: 413,
  rate_limited: 429,
  unavailable: 503,
  unauthorized: 401,
  not_found: 404,
  method_not_allowed: 405,
  host_not_allowed: 400,
  unreadable_request: 400,
  origin_not_allowed: 403,
  proof_required: 403,
  range_not_satisfiable: 416,
  internal: 500,
}

/** Whether a route may meet this failure by what is asked of it; any other is a fault of ours. */
export function isForeseen(error: unknown): boolean {
  return error instanceof Problem || error instanceof InvalidFields
}

/**
 * The answer of a route to a failure that is foreseen.
 * @throws any other, for the app to log, count and answer.
 */
export function foreseenAnswer(error: unknown, headers: Record<string, string>): Response {
  if (!isForeseen(error)) throw error
  return problemResponse(error, crypto.randomUUID(), headers)
}

/** The status that answers a failure, the only place where it is chosen. */
function problemStatus(error: unknown): number {
  if (error instanceof InvalidFields) return 400
  return error instanceof Problem ? statusOf[error.code] : 500
}

/** Under which outcome a request that failed with this error is counted and logged. */
export function outcomeOf(error: unknown): RefusalOutcome {
  if (error instanceof InvalidFields) return 'refused'
  if (!(error instanceof Problem)) return 'failed'
  return error.code === 'rate_limited' || error.code === 'unavailable' ? error.code : 'refused'
}

/**
 * The answer to a failure: field errors as they are, problems as `{"error":{code,message,requestId}}`, and nothing of
 * an unknown error but that it happened. The request id is for finding the log line.
 */
export function problemResponse(
  error: unknown,
  requestId: string,
  headers: Record<string, string> = {},
): Response {
  const status = problemStatus(error)
  if (error instanceof InvalidFields) return Response.json(error.fields, { status, headers })
  const problem =
    error instanceof Problem
      ? error
      : new Problem('internal', 'Something went wrong on our side. Try again in a moment.')
  const body = { error: { code: problem.code, message: problem.message, requestId } }
  const answer = Response.json(body, { status, headers })
  if (problem.code === 'method_not_allowed') answer.headers.set('allow', 'GET, HEAD')
  if (problem.code === 'unauthorized') answer.headers.set('www-authenticate', 'Bearer')
  if (problem.retryAfterS !== undefined) answer.headers.set('retry-after', String(problem.retryAfterS))
  return answer
}
