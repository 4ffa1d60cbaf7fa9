import { Elysia } from 'elysia'
import type { LeadLookup } from '../../leads/ports.ts'
import { leadStatus } from '../../leads/status.ts'
import { Problem } from '../../problem.ts'
import { type Asked, answerProblem, type ProblemDeps } from '../problems.ts'
import { statusDetail } from './openapi.ts'

export type StatusRouteDeps = Readonly<{
  /** Where leads are looked for, in this order. */
  lookups: readonly LeadLookup[]
  problems: ProblemDeps
}>

const headers = { 'cache-control': 'no-store' }

/** Where a lead is now, by the id that its 202 gave. */
export function statusRoutes(deps: StatusRouteDeps) {
  return new Elysia().get('/api/leads/:id/status', (asked) => answer(deps, asked, asked.params.id), {
    detail: statusDetail,
  })
}

async function answer(deps: StatusRouteDeps, asked: Asked, asWritten: string): Promise<Response> {
  try {
    // Some programs write ids in capitals.
    const id = asWritten.toLowerCase()
    const status = await leadStatus(deps.lookups, id)
    if (!status) throw new Problem('not_found', 'There is no lead with this id.')
    return Response.json({ id, status }, { headers })
  } catch (error) {
    return answerProblem(deps.problems, asked, error, headers)
  }
}
