import { type AnyElysia, type DocumentDecoration, Elysia } from 'elysia'
import type { Operator } from '../../operators/operator-key.ts'
import { type Right, rights } from '../../operators/rights.ts'
import { isConfirmed } from '../../operators/session.ts'
import { Problem } from '../../problem.ts'
import { asProblems, jsonAnswer, laterAnswer, problem } from '../docs/answers.ts'
import { type Asked, answerProblem, areProblemsAt, type ProblemDeps } from '../problems.ts'
import { methodsOf } from '../request/allowed-methods.ts'
import type { CorsRules } from '../request/cors.ts'
import { untilBodyCame } from '../request/json-body.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { pathOf } from '../request/target.ts'
import { etagMatches } from '../static/static-answer.ts'
import { type OperatorBudget, spend } from './operator-budget.ts'
import type { OperatorGate } from './operator-key.ts'

export type OperatorDoorDeps = Readonly<{
  gate: OperatorGate
  /** On which pages a browser may change anything: those of our own origin. */
  origins: Pick<CorsRules, 'originVerdict'>
  problems: ProblemDeps
  bodies?: SlowBodies
  budget: OperatorBudget
  nowMs(): number
}>

/** A request of an operator who may ask it. */
export type OperatorVisit<Path extends string> = Asked &
  Readonly<{ params: ParamsOf<Path>; operator: Operator }>
/** A request of whoever wants to become one. */
export type OpenVisit = Asked

type Handler<Path extends string> = (visit: OperatorVisit<Path>) => unknown
/** `confirmed`: a person is asked for their password once more, where they were not just now. */
type Declared = Readonly<{ right: Right; confirmed?: true; detail: DocumentDecoration }>
type Declare = <Path extends string>(path: Path, how: Declared, handler: Handler<Path>) => OperatorRoutes
type DeclareOpen = (
  path: string,
  how: Readonly<{ open: 'by what is sent'; detail: DocumentDecoration }>,
  handler: (visit: OpenVisit, headers: Headers) => unknown,
) => OperatorRoutes

/**
 * Routes for operators, each declared with the right it needs; those of `enter` are asked by whoever is not let in yet.
 * What a handler returns is answered as JSON, a `Reply` with its cookies, and a response, such as a file, as it is.
 */
export type OperatorRoutes = Readonly<{
  get: Declare
  post: Declare
  put: Declare
  delete: Declare
  /** What anybody may know. */
  tell: DeclareOpen
  enter: DeclareOpen
  routes: AnyElysia
}>

/** An answer that is more than its body. */
export class Reply {
  constructor(
    readonly body: unknown,
    readonly cookies: readonly string[],
  ) {}
}

type ParamsOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Readonly<Record<Name, string>> & ParamsOf<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Readonly<Record<Name, string>>
    : unknown

const notKept = { 'cache-control': 'no-store' }
const guarded = new WeakSet<object>()

/**
 * The one door to everything for operators: a route that is declared here is asked by nobody who lacks its right, and
 * its handler is told who asks.
 */
export function operatorRoutes(deps: OperatorDoorDeps): OperatorRoutes {
  const routes = new Elysia()
  const named: { method: string; path: string }[] = []

  /** The handler is asked by a page of our own, a program, or nobody. */
  const route = (
    method: string,
    path: string,
    detail: DocumentDecoration,
    handler: (asked: Asked & Readonly<{ params: unknown }>, headers: Headers) => Promise<unknown>,
  ) => {
    const isPattern = path.includes(':')
    const answer = async (asked: Asked & Readonly<{ params: unknown }>) => {
      const headers = new Headers(notKept)
      try {
        if (isPattern) refuseNamed(asked.request, headers)
        if (originOf(asked.request) === 'refused') throw foreign()
        return answerWith(asked.request, await handler(asked, headers), headers)
      } catch (error) {
        await untilBodyCame(asked.request, asked.server, deps.bodies)
        return answerProblem(deps.problems, asked, error, Object.fromEntries(headers))
      }
    }
    guarded.add(answer)
    if (!isPattern) named.push({ method, path })
    routes.route(method, path, answer, { parse: 'none', detail })
    return door
  }
  /** `GET /leads/next` is not the lead of the id `next`, where `POST /leads/next` is a route. */
  const refuseNamed = ({ url }: Request, headers: Headers) => {
    const allowed = methodsOf(named)(pathOf(url))
    if (allowed === undefined) return
    headers.set('allow', allowed)
    throw new Problem('method_not_allowed', 'This address is not for that. Allow says what it is for.')
  }
  const originOf = ({ method, headers }: Request) =>
    method === 'GET' || method === 'HEAD'
      ? 'same'
      : deps.origins.originVerdict(headers.get('origin'), headers.get('host'), headers.get('sec-fetch-site'))

  const declare =
    (method: string): Declare =>
    <Path extends string>(path: Path, declared: Declared, handler: Handler<Path>) =>
      route(method, path, described(path, declared), async ({ request, server, params }, headers) => {
        const operator = await deps.gate(request, server)
        spend(deps.budget, operator, headers)
        if (operator.person && originOf(request) === 'none') throw foreign()
        if (!operator.rights.has(declared.right)) throw forbidden(operator, declared.right)
        if (declared.confirmed && operator.person && !isConfirmed(operator.person.session, deps.nowMs()))
          throw unconfirmed()
        return handler({ request, server, params: params as ParamsOf<Path>, operator })
      })
  const declareOpen =
    (method: string): DeclareOpen =>
    (path, { detail }, handler) =>
      route(method, path, describedOpen(path, detail), async (visit, headers) => handler(visit, headers))
  const door = {
    get: declare('GET'),
    post: declare('POST'),
    put: declare('PUT'),
    delete: declare('DELETE'),
    tell: declareOpen('GET'),
    enter: declareOpen('POST'),
    routes,
  }
  return door
}

/** Whoever looks again and again is sent what is there only where it is another than they name. */
function answerWith({ method, headers: asked }: Request, came: unknown, headers: Headers): Response {
  if (came instanceof Response) return came
  if (!(came instanceof Reply)) {
    if (method !== 'GET') return Response.json(came, { headers })
    const body = JSON.stringify(came)
    const etag = `"${Bun.hash(body).toString(36)}"`
    headers.set('etag', etag)
    // nginx calls the tag of what it compresses a weak one, and so does whoever has it from there.
    if (etagMatches(asked.get('if-none-match') ?? '', etag))
      return new Response(null, { status: 304, headers })
    headers.set('content-type', 'application/json;charset=utf-8')
    return new Response(body, { headers })
  }
  const answer = Response.json(came.body, { headers })
  for (const cookie of came.cookies) answer.headers.append('set-cookie', cookie)
  return answer
}

/**
 * Sees that nothing that could answer below `/api/admin` stands beside the door: no route of the app, and none of `others`,
 * the paths that the server answers before it asks the app.
 * @throws Error naming the routes that do; the process should not start then.
 */
export function expectGuarded(app: Pick<AnyElysia, 'routes'>, others: readonly string[] = []): void {
  const open = app.routes
    .filter(({ path, handler }) => couldBeForOperators(path) && !guarded.has(handler))
    .map(({ method, path }) => `${method} ${path}`)
  const names = [...open, ...others.filter(couldBeForOperators)].join(', ')
  if (names === '') return
  throw new Error(`routes for operators without a right: ${names}. Declare them with operatorRoutes().`)
}

/** A parameter stands for any part of an address, a wildcard for all that follows. */
function couldBeForOperators(path: string): boolean {
  const parts = path.split('/').slice(1)
  for (const [index, name] of ['api', 'admin'].entries()) {
    const part = parts[index] ?? ''
    if (part.startsWith('*')) return true
    if (part !== name && !part.startsWith(':')) return false
  }
  return true
}

const forbidden = ({ id, person }: Operator, right: Right) =>
  new Problem('forbidden', `Your ${person ? 'role' : 'key'} does not have the right to ${rights[right]}.`, {
    details: { [person ? 'operatorId' : 'operatorKeyId']: id, right },
  })
const foreign = () =>
  new Problem('origin_not_allowed', 'Only the pages of this site may change something here.')
const unconfirmed = () => new Problem('confirmation_required', 'Give your password once more for this.')

function described(path: string, { right, confirmed, detail }: Declared): DocumentDecoration {
  const confirmation = confirmed
    ? ', or `confirmation_required`: the password was asked for more than 15 minutes ago'
    : ''
  return {
    ...detail,
    security: [{ operatorKey: [] }, { operatorSession: [] }],
    'x-right': right,
    responses: failuresAt(path, {
      401: jsonAnswer('No valid operator key, and nobody signed in', problem),
      403: jsonAnswer(
        `Nobody with the right to ${rights[right]}, or a page of another origin${confirmation}`,
        problem,
      ),
      429: laterAnswer(
        'More requests than one operator or key may send, as `RateLimit` tells beforehand; or too many wrong keys from this address',
      ),
      503: laterAnswer('Postgres does not answer; nothing was changed'),
      ...detail.responses,
    }),
  } as DocumentDecoration
}

function describedOpen(path: string, detail: DocumentDecoration): DocumentDecoration {
  return {
    ...detail,
    responses: failuresAt(path, {
      403: jsonAnswer('A page of another origin', problem),
      429: laterAnswer('Too many tries; others are not held up by them'),
      503: laterAnswer('Postgres does not answer; nothing was changed'),
      ...detail.responses,
    }),
  } as DocumentDecoration
}

const failuresAt = (path: string, responses: object) =>
  areProblemsAt(path) ? asProblems(responses) : responses
