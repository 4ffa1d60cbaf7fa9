import { Elysia, t } from 'elysia'
import { type Assignments, assign } from '../../experiments/assign.ts'
import type { Live } from '../../live/live.ts'
import type { RecordExposure } from '../../page/ports.ts'
import { InvalidFields, unavailable } from '../../problem.ts'
import { readVisitorId, visitorIdLengthMax, visitorIdPattern } from '../../words/visitor-id.ts'
import { partsOf } from '../../words/word.ts'
import { fieldErrors, jsonAnswer, laterAnswer, nameParameter } from '../docs/answers.ts'
import { type Asked, answerProblem, type ProblemDeps } from '../problems.ts'
import { isAskedAhead } from '../request/ahead.ts'
import type { Peer } from '../request/client-ip.ts'
import type { CorsRules } from '../request/cors.ts'
import { exposureOf } from '../request/exposure.ts'
import { queryOf } from '../request/target.ts'
import { readVisit } from '../request/visit-cookies.ts'

export type AssignRouteDeps = Readonly<{
  live: Pick<Live, 'current' | 'isLoaded'>
  assignments: Assignments
  exposed: RecordExposure
  /** Whether this request may have a new visitor kept. */
  mayRecord(request: Request, peer: Peer): boolean
  cors: CorsRules
  problems: ProblemDeps
}>

/** Which variants a visitor of another client gets. The page itself assigns by cookie. */
export function assignRoutes(deps: AssignRouteDeps) {
  return new Elysia().get('/api/assign', (asked) => answer(deps, asked), { detail })
}

async function answer(deps: AssignRouteDeps, asked: Asked): Promise<Response> {
  const { request } = asked
  const headers = {
    ...deps.cors.corsHeaders(request.headers.get('origin')),
    'cache-control': 'no-store',
  }
  try {
    const query = queryOf(request.url)
    const visitorId = readVisitorId(query.get('visitor_id'))
    const { experiments } = deps.live.current()
    const key = query.get('experiment') ?? experiments.keys().next().value ?? null
    if (key !== null && !experiments.has(key)) throw unknownExperiment(deps)
    const shown = shownTo(visitorId, request)
    const { variants, stored, given } = await assign(deps, visitorId, experiments, {
      shown,
      mayWrite: () => isByAVisitor(request) && deps.mayRecord(request, asked.server),
    })
    if (given.size > 0) deps.exposed(exposureOf(request, visitorId, Object.fromEntries(given)))
    return Response.json(
      {
        visitor_id: visitorId,
        experiment: key,
        variant: key === null ? null : variants.get(key),
        assignments: Object.fromEntries(variants),
        ...(!stored && { stored }),
      },
      { headers },
    )
  } catch (error) {
    return answerProblem(deps.problems, asked, error, headers)
  }
}

/** Nobody sees what a HEAD asks for, or a page that is drawn before anybody opens it. */
const isByAVisitor = (request: Request) => request.method !== 'HEAD' && !isAskedAhead(request)

/** What the page has shown this visitor, where this is their browser. */
function shownTo(visitorId: string, request: Request): ReadonlyMap<string, string> | undefined {
  const visit = readVisit(request.headers.get('cookie'))
  return visit.visitorId === visitorId ? partsOf(visit.word) : undefined
}

/** A process that has never reached Postgres knows the experiments of the page only. */
const unknownExperiment = (deps: AssignRouteDeps) =>
  deps.live.isLoaded()
    ? new InvalidFields({ experiment: ['unknown'] })
    : unavailable('This experiment is not known while Postgres does not answer.')

const text = { type: 'string' as const }

const detail = {
  tags: ['experiments'],
  operationId: 'assign',
  summary: 'The variants of a visitor',
  description:
    'What a visitor is given first is kept, whatever happens to the weights; a stopped experiment gives its first variant. Who is given one for the first time counts as exposed to it. A browser that the page knows by this `visitor_id` gets what the page has shown it. A variant that leaves its experiment is replaced once. `experiment` and `variant` stand for the one that was asked for, or the first. `"stored":false` is said while Postgres does not answer, when too many new visitors come from one address, or to a page that is drawn before anybody opens it (`Sec-Purpose`): then the variant is computed, and is the same again until weights change.',
  parameters: [
    {
      name: 'visitor_id',
      in: 'query' as const,
      required: true,
      schema: { ...text, maxLength: visitorIdLengthMax, pattern: visitorIdPattern.source },
    },
    nameParameter('experiment', 'query'),
  ],
  responses: {
    200: jsonAnswer(
      'The variants',
      t.Object({
        visitor_id: t.String(),
        experiment: t.Union([t.String(), t.Null()]),
        variant: t.Union([t.String(), t.Null()]),
        assignments: t.Record(t.String(), t.String()),
        stored: t.Optional(t.Literal(false)),
      }),
      { visitor_id: 'v-1', experiment: 'hero', variant: 'b', assignments: { hero: 'b' } },
    ),
    400: jsonAnswer('No visitor_id, or no such experiment', fieldErrors, { visitor_id: ['required'] }),
    503: laterAnswer('Experiments of other clients are not known before Postgres has answered once'),
  },
}
