import { Elysia, t } from 'elysia'
import type { Live } from '../../live/live.ts'
import { readVisitorId, visitorIdLengthMax, visitorIdPattern } from '../../words/visitor-id.ts'
import { fieldErrors, jsonAnswer } from '../docs/answers.ts'
import { type Asked, answerProblem, type ProblemDeps } from '../problems.ts'
import type { CorsRules } from '../request/cors.ts'
import { queryOf } from '../request/target.ts'
import { readVisit } from '../request/visit-cookies.ts'
import { etagMatches } from '../static/static-answer.ts'

export type VisitorFlagDeps = Readonly<{
  live: Pick<Live, 'current'>
  cors: CorsRules
  problems: ProblemDeps
}>

/** The flags of a visitor, out of memory. */
export function visitorFlagRoutes(deps: VisitorFlagDeps) {
  return new Elysia().get('/api/config', (asked) => answer(deps, asked), { detail })
}

function answer(deps: VisitorFlagDeps, asked: Asked): Response {
  const { request } = asked
  const headers: Record<string, string> = {
    ...deps.cors.corsHeaders(request.headers.get('origin')),
    vary: 'Origin, Cookie',
    // Kept, but asked for every time: a change holds from the next load on.
    'cache-control': 'private, no-cache',
  }
  try {
    const named = queryOf(request.url).get('visitor_id')
    const visitorId =
      named === null ? readVisit(request.headers.get('cookie')).visitorId || undefined : readVisitorId(named)
    const { version, flagsFor } = deps.live.current()
    const body = JSON.stringify({ version, flags: flagsFor(visitorId) })
    headers.etag = `"${version}-${Bun.hash(body).toString(36)}"`
    const known = request.headers.get('if-none-match')
    if (known !== null && etagMatches(known, headers.etag))
      return new Response(null, { status: 304, headers })
    return new Response(body, { headers: { ...headers, 'content-type': 'application/json' } })
  } catch (error) {
    return answerProblem(deps.problems, asked, error, headers)
  }
}

const detail = {
  tags: ['experiments'],
  operationId: 'getConfig',
  summary: 'The flags of a visitor',
  description:
    'By `visitor_id` or the cookie `lf_visitor`; with neither, what is rolled out to a part of the visitors stays at its default. `version` grows with every change of an operator. Takes If-None-Match.',
  parameters: [
    {
      name: 'visitor_id',
      in: 'query' as const,
      required: false,
      schema: { type: 'string' as const, maxLength: visitorIdLengthMax, pattern: visitorIdPattern.source },
    },
  ],
  responses: {
    200: jsonAnswer(
      'The flags',
      t.Object({
        version: t.Integer(),
        flags: t.Record(t.String(), t.Union([t.Boolean(), t.Number(), t.String()])),
      }),
      { version: 7, flags: { consent_checkbox: true, notice: '', film: true } },
    ),
    304: { description: 'What the client has is still right' },
    400: jsonAnswer('No usable visitor_id', fieldErrors, { visitor_id: ['invalid'] }),
  },
}
