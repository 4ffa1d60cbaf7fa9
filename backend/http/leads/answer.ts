import type { Verdict } from '../../leads/lead.ts'
import type { SubmissionMetrics, SubmissionOutcome } from '../../leads/outcome.ts'
import { InvalidFields, type InvalidInput, Problem, refusalOutcome } from '../../problem.ts'
import { knownProblem } from '../known-problem.ts'
import { answerProblem, type ProblemDeps, requestIdHeader, tellProblem } from '../problems.ts'
import { type CorsRules, jsonHeadersFor } from '../request/cors.ts'
import type { Arrival } from './arrival.ts'
import { notePosted, type PostedFormDeps, type RefusedPage, seeOther, showForm } from './posted-form.ts'
import { logRequest, type RequestEntryDeps } from './request-entry.ts'

export type AnswerDeps = PostedFormDeps &
  RequestEntryDeps &
  Readonly<{
    cors: CorsRules
    metrics: SubmissionMetrics
    problems: ProblemDeps
    /** A duplicate is answered like every other submission, so that nobody learns who was here. */
    hidesDuplicates: boolean
  }>

const duplicateBody = '{"ok":true,"duplicate":true}'

/** Answers a submission that the line has taken, by its verdict. */
export function answerTaken(deps: AnswerDeps, arrival: Arrival, verdict: Verdict): Response {
  const suspect = arrival.submission?.details?.suspect
  if (suspect) deps.metrics.suspect(suspect)
  if (verdict.kind === 'duplicate') {
    logRequest(deps, arrival, 'duplicate')
    count(deps, arrival, 'duplicate')
    if (deps.hidesDuplicates) return answerKept(deps, arrival, verdict.own!)
    if (arrival.wantsPage) return seeOther(deps, arrival, 'duplicate')
    return new Response(duplicateBody, { status: 200, headers: jsonHeadersFor(deps.cors, arrival.origin) })
  }
  const replayed = verdict.kind === 'replay'
  if (replayed) logRequest(deps, arrival, 'replayed')
  count(deps, arrival, replayed ? 'replayed' : 'accepted')
  // A robot's guess converts nobody, and a visitor who corrects a number has converted already.
  if (!replayed && !suspect && !arrival.submission?.corrects) notePosted(deps, arrival)
  const answer = answerKept(deps, arrival, verdict.id)
  if (replayed && !arrival.wantsPage) answer.headers.set('idempotent-replayed', 'true')
  return answer
}

function answerKept(deps: AnswerDeps, arrival: Arrival, id: string): Response {
  if (arrival.wantsPage) return seeOther(deps, arrival, 'thanks')
  return new Response(`{"ok":true,"queued":true,"duplicate":false,"id":"${id}"}`, {
    status: 202,
    headers: jsonHeadersFor(deps.cors, arrival.origin),
  })
}

/** Answers a submission that was not taken, whatever the reason. */
export async function answerRefused(
  deps: AnswerDeps,
  arrival: Arrival,
  error: unknown,
  page?: RefusedPage,
): Promise<Response> {
  const problem = knownProblem(error)
  const outcome = refusalOutcome(problem)
  logRequest(deps, arrival, outcome)
  count(deps, arrival, outcome)
  if (!arrival.wantsPage)
    return answerProblem(
      deps.problems,
      arrival,
      problem,
      arrival.origin === null ? {} : deps.cors.corsHeaders(arrival.origin),
    )
  const { status, requestId } = tellProblem(deps.problems, arrival, problem)
  const code = codeOf(problem)
  const answer =
    (await showForm(deps, arrival, { code, status, page })) ?? seeOther(deps, arrival, 'error', code)
  answer.headers.set(requestIdHeader, requestId)
  if (problem instanceof Problem && problem.retryAfterS !== undefined)
    answer.headers.set('retry-after', String(problem.retryAfterS))
  return answer
}

function codeOf(problem: Problem | InvalidInput): string {
  if (problem instanceof Problem) return problem.code
  return (problem instanceof InvalidFields && Object.values(problem.fields)[0]?.[0]) || 'invalid'
}

function count(deps: AnswerDeps, arrival: Arrival, outcome: SubmissionOutcome): void {
  deps.metrics.submission(outcome, performance.now() - arrival.startedAtMs)
}
