import { Elysia } from 'elysia'
import type { Corrects } from '../../leads/correction.ts'
import type { ProofGate } from '../../leads/proof.ts'
import type { SubmissionLine } from '../../leads/submit.ts'
import { answerInAnyCase } from '../problems.ts'
import type { Peer } from '../request/client-ip.ts'
import { corsRoutes } from '../request/cors.ts'
import { readForm } from '../request/form-body.ts'
import { inItsCoding, readText, untilBodyCame } from '../request/json-body.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { type AdmissionDeps, admit, readBody, tooLarge } from './admission.ts'
import { type AnswerDeps, answerRefused, answerTaken } from './answer.ts'
import { type ArrivalDeps, arrivalOf } from './arrival.ts'
import { challengeRoutes } from './challenge.ts'
import { submitDetail } from './openapi.ts'
import type { RefusedPage } from './posted-form.ts'
import { contextToLog } from './request-entry.ts'
import { type StatusRouteDeps, statusRoutes } from './status.ts'

export type LeadRouteDeps = ArrivalDeps &
  AdmissionDeps &
  AnswerDeps &
  StatusRouteDeps &
  Readonly<{
    line: SubmissionLine
    proofs: ProofGate
    bodies?: SlowBodies
    /** Marks the leads that a submission corrects. @throws Problem `unavailable` */
    correct(corrects: readonly Corrects[], correctedBy: string): Promise<void>
  }>

export const submissionPaths = ['/api/leads', '/api/submit'] as const

/** The submission routes and a lead's status. */
export function leadRoutes(deps: LeadRouteDeps, page?: RefusedPage) {
  const submit = ({ request, server }: { request: Request; server: Peer }) =>
    takeSubmission(deps, request, server, page)
  return new Elysia()
    .use(corsRoutes(deps.cors, submissionPaths))
    .use(challengeRoutes(deps))
    .post('/api/leads', submit, { parse: 'none', detail: submitDetail })
    .post('/api/submit', submit, { parse: 'none', detail: { hide: true } })
    .use(statusRoutes(deps))
}

/** Answers one submission, whatever is wrong with it. Never rejects. */
export async function takeSubmission(
  deps: LeadRouteDeps,
  request: Request,
  peer: Peer,
  page?: RefusedPage,
): Promise<Response> {
  const arrival = arrivalOf(deps, request, peer)
  try {
    admit(deps, arrival)
    const text = await readText(request, peer, tooLarge, deps.bodies)
    const submission = readBody(deps, arrival, text)
    arrival.submission = submission
    if (deps.proofs.required()) await deps.proofs.check(submission)
    const context = contextToLog(deps, arrival)
    const verdict = await deps.line.submit(submission, context)
    if (deps.requestLog && !context && verdict.kind === 'new') deps.logShare?.leftOut()
    if (submission.corrects) await deps.correct(submission.corrects, verdict.id)
    return answerTaken(deps, arrival, verdict)
  } catch (error) {
    return answerInAnyCase(deps.problems, arrival, async () => {
      const unread = await untilBodyCame(request, peer, deps.bodies)
      if (arrival.wantsPage) arrival.form ??= readForm(unread)
      return answerRefused(deps, arrival, inItsCoding(request, error), page)
    })
  }
}
