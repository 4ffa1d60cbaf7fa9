import { t } from 'elysia'
import type { InForce } from '../../live/announce-change.ts'
import type { Live } from '../../live/live.ts'
import type { LiveEditor } from '../../live/ports.ts'
import type { Log } from '../../log.ts'
import { InvalidFields, Problem, unavailable } from '../../problem.ts'
import { fieldErrors, jsonAnswer, laterAnswer, problem } from '../docs/answers.ts'
import type { OperatorGate } from './operator-key.ts'

export type AdminRouteDeps = Readonly<{
  operatorGate: OperatorGate
  live: Pick<Live, 'current'>
  editor: LiveEditor
  /** Brings a stored version into force on every process. */
  announce(version: number): Promise<InForce>
  log: Log
}>

export const adminBodyBytesMax = 16 * 1024
export const notStored: Record<string, string> = { 'cache-control': 'no-store' }

/** Stores a change and brings it into force. `what` and `by` go into the log. */
export async function makeChange(
  deps: AdminRouteDeps,
  what: Readonly<{ kind: 'flag' | 'experiment'; key: string; by: string }>,
  store: () => Promise<number>,
): Promise<InForce> {
  let version: number
  try {
    version = await store()
  } catch (error) {
    if (error instanceof InvalidFields || error instanceof Problem) throw error
    throw unavailable('Postgres could not take the change. Try again in a moment.', error)
  }
  deps.log.info('admin.changed', { ...what, version })
  return deps.announce(version)
}

export const inForce = {
  version: t.Integer(),
  live: t.Boolean({
    description: 'Every API process has said that it has the change, and nginx has let go of the old page',
  }),
  processes: t.Integer({ description: 'How many processes have said so' }),
}

/** What every route for operators can answer beside its own. */
export const adminAnswers = {
  401: jsonAnswer('No valid operator key', problem),
  429: laterAnswer('Too many wrong keys from this address'),
  503: laterAnswer('Postgres does not answer; nothing was changed'),
}
export const changeAnswers = {
  ...adminAnswers,
  400: jsonAnswer(
    'A field breaks a rule, or the body is not JSON, no object, or names nothing',
    fieldErrors,
    {
      rollout_percent: ['out_of_range'],
    },
  ),
  404: jsonAnswer('There is none of this name', problem),
  413: jsonAnswer(`More than ${adminBodyBytesMax} bytes`, problem),
  415: jsonAnswer('Not JSON', problem),
}
export const adminTag = { tags: ['admin'], security: [{ operatorKey: [] }] }

export const jsonRequest = (schema: object, example: unknown) => ({
  required: true,
  content: { 'application/json': { schema, example } },
})
