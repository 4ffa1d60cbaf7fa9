import { type AnyElysia, type DocumentDecoration, Elysia } from 'elysia'
import type { Operator } from '../../operators/operator-key.ts'
import { type Right, rights } from '../../operators/rights.ts'
import { Problem } from '../../problem.ts'
import { jsonAnswer, laterAnswer, problem } from '../docs/answers.ts'
import { type Asked, answerProblem, type ProblemDeps } from '../problems.ts'
import { untilBodyCame } from '../request/json-body.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import type { OperatorGate } from './operator-key.ts'

export type OperatorDoorDeps = Readonly<{ gate: OperatorGate; problems: ProblemDeps; bodies?: SlowBodies }>

/** A request of an operator who may ask it. */
export type OperatorVisit<Path extends string> = Asked &
  Readonly<{ params: ParamsOf<Path>; operator: Operator }>

type Handler<Path extends string> = (visit: OperatorVisit<Path>) => unknown
type Declared = Readonly<{ right: Right; detail: DocumentDecoration }>
type Declare = <Path extends string>(path: Path, how: Declared, handler: Handler<Path>) => OperatorRoutes

/** Routes for operators, each declared with the right it needs. What a handler returns is answered as JSON. */
export type OperatorRoutes = Readonly<{ get: Declare; put: Declare; delete: Declare; routes: AnyElysia }>

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
  const declare =
    (method: string): Declare =>
    <Path extends string>(path: Path, { right, detail }: Declared, handler: Handler<Path>) => {
      const answer = async (asked: Asked & Readonly<{ params: unknown }>) => {
        try {
          const operator = await deps.gate(asked.request, asked.server)
          if (!operator.rights.has(right)) throw forbidden(operator, right)
          const { request, server } = asked
          const params = asked.params as ParamsOf<Path>
          return Response.json(await handler({ request, server, params, operator }), { headers: notKept })
        } catch (error) {
          await untilBodyCame(asked.request, asked.server, deps.bodies)
          return answerProblem(deps.problems, asked, error, notKept)
        }
      }
      guarded.add(answer)
      routes.route(method, path, answer, { parse: 'none', detail: described(detail, right) })
      return door
    }
  const door = { get: declare('GET'), put: declare('PUT'), delete: declare('DELETE'), routes }
  return door
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

const forbidden = ({ id }: Operator, right: Right) =>
  new Problem('forbidden', `Your key does not have the right to ${rights[right]}.`, {
    details: { operatorKeyId: id, right },
  })

function described(detail: DocumentDecoration, right: Right): DocumentDecoration {
  return {
    ...detail,
    security: [{ operatorKey: [] }],
    'x-right': right,
    responses: {
      401: jsonAnswer('No valid operator key', problem),
      403: jsonAnswer(`A key without the right to ${rights[right]}`, problem),
      429: laterAnswer('Too many wrong keys from this address'),
      503: laterAnswer('Postgres does not answer; nothing was changed'),
      ...detail.responses,
    },
  } as DocumentDecoration
}
