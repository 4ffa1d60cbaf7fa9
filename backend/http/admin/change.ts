import { t } from 'elysia'
import type { InForce } from '../../live/announce-change.ts'
import type { Live } from '../../live/live.ts'
import type { LiveEditor } from '../../live/ports.ts'
import type { Log } from '../../log.ts'
import type { Actor } from '../../operators/audit.ts'
import { InvalidFields, Problem, unavailable } from '../../problem.ts'
import { inputAnswer, jsonAnswer, problem } from '../docs/answers.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import type { OperatorDoorDeps } from './door.ts'

export type AdminRouteDeps = Readonly<{
  door: OperatorDoorDeps
  live: Pick<Live, 'current'>
  editor: LiveEditor
  /** Brings a stored version into force on every process. */
  announce(version: number): Promise<InForce>
  bodies?: SlowBodies
  log: Log
}>

export const adminBodyBytesMax = 16 * 1024

/** Stores a change and brings it into force. `what` and `by` go into the log. */
export async function makeChange(
  deps: AdminRouteDeps,
  { by, ...what }: Readonly<{ kind: 'flag' | 'experiment'; key: string; by: Actor }>,
  store: () => Promise<number>,
): Promise<InForce> {
  let version: number
  try {
    version = await store()
  } catch (error) {
    if (error instanceof InvalidFields || error instanceof Problem) throw error
    throw unavailable('Postgres could not take the change. Try again in a moment.', error)
  }
  deps.log.info('admin.changed', { ...what, by: by.id, version })
  return deps.announce(version)
}

export const inForce = {
  version: t.Integer(),
  live: t.Boolean({
    description: 'Every API process has said that it has the change, and nginx has let go of the old page',
  }),
  processes: t.Integer({ description: 'How many processes have said so' }),
}

export const noneOfThisName = jsonAnswer('There is none of this name', problem)

/** What a route that changes something can answer beside its own. */
export const changeAnswers = {
  400: inputAnswer('A field breaks a rule, or the body is not JSON, no object, or names nothing', {
    rollout_percent: ['out_of_range'],
  }),
  404: noneOfThisName,
  413: jsonAnswer(`More than ${adminBodyBytesMax} bytes`, problem),
  415: jsonAnswer('Not JSON', problem),
}
export const adminTag = { tags: ['admin'] }

/** The body of a request: a field that it does not know is refused. */
export const jsonRequest = (schema: object, example: unknown) => ({
  required: true,
  content: { 'application/json': { schema: { ...schema, additionalProperties: false }, example } },
})
