import { t } from 'elysia'
import { type EraseRequest, type EraseRequests, reasonLengthMax } from '../../desk/erase-request.ts'
import type { Found } from '../../desk/erasure.ts'
import { actorOf } from '../../operators/audit.ts'
import { Problem } from '../../problem.ts'
import { jsonAnswer, problem } from '../docs/answers.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { adminTag, changeAnswers, jsonRequest } from './change.ts'
import { type OperatorDoorDeps, operatorRoutes } from './door.ts'
import { fieldsOf, isUuid, textsOf } from './fields.ts'
import { alone } from './one-at-a-time.ts'
import { orUnavailable } from './or-unavailable.ts'

export type EraseRequestRouteDeps = Readonly<{
  door: OperatorDoorDeps
  eraseRequests: EraseRequests
  people: Readonly<{ look(phoneKey: string): Promise<Found> }>
  bodies?: SlowBodies
}>

const root = '/api/admin/erase-requests'
const shown = 100

/** Who asked by the public form to be forgotten: an operator makes sure that it is they, and decides. */
export function adminEraseRequestRoutes(deps: EraseRequestRouteDeps) {
  const { eraseRequests, bodies } = deps
  const right = { right: 'leads.erase' } as const
  const grave = { ...right, confirmed: true } as const

  const orDecided = <T>(found: T | undefined | false): T => {
    if (!found) throw new Problem('not_found', 'There is no request of this id that waits.')
    return found
  }
  const idOf = ({ id }: Readonly<{ id: string }>): string => orDecided(isUuid(id) && id)
  const all = async () => ({ data: (await orUnavailable(() => eraseRequests.list(shown))).map(requestView) })

  return operatorRoutes(deps.door)
    .get(root, { ...right, detail: details.list }, all)
    .post(`${root}/:id/look`, { ...grave, detail: details.look }, async (visit) => {
      await fieldsOf(visit, [], bodies)
      const id = idOf(visit.params)
      const phoneKey = orDecided((await orUnavailable(() => eraseRequests.find(id)))?.phoneKey)
      return { found: await orUnavailable(() => alone(() => deps.people.look(phoneKey))) }
    })
    .post(`${root}/:id/confirm`, { ...grave, detail: details.confirm }, async (visit) => {
      await fieldsOf(visit, [], bodies)
      const id = idOf(visit.params)
      const erasure = orDecided(await orUnavailable(() => eraseRequests.confirm(id, actorOf(visit.operator))))
      return { erasure, ...(await all()) }
    })
    .post(`${root}/:id/refuse`, { ...right, detail: details.refuse }, async (visit) => {
      const { reason } = textsOf(await fieldsOf(visit, ['reason'], bodies), ['reason'], reasonLengthMax)
      const id = idOf(visit.params)
      orDecided(await orUnavailable(() => eraseRequests.refuse(id, reason, actorOf(visit.operator))))
      return all()
    }).routes
}

const requestView = (request: EraseRequest) => ({
  id: request.id,
  asked_at: request.askedAt.toISOString(),
  language: request.language,
  last_digits: request.lastDigits ?? null,
  decision: request.decision ?? null,
  decided_at: request.decidedAt?.toISOString() ?? null,
  decided_by: request.decidedBy ?? null,
  reason: request.reason ?? null,
})

const orNull = t.Union([t.String(), t.Null()])
const requests = t.Array(
  t.Object({
    id: t.String(),
    asked_at: t.String(),
    language: t.String(),
    last_digits: orNull,
    decision: t.Union([t.Literal('erased'), t.Literal('refused'), t.Null()]),
    decided_at: orNull,
    decided_by: orNull,
    reason: orNull,
  }),
)
const everything = jsonAnswer(
  'The open ones first, which waits longest first; `last_digits` are gone once it is decided',
  t.Object({ data: requests }),
)
const none = jsonAnswer('There is no request of this id that waits', problem)
const ofId = {
  parameters: [
    { name: 'id', in: 'path' as const, required: true, schema: { type: 'string' as const, format: 'uuid' } },
  ],
}
const nothing = jsonRequest(t.Object({}), {})
const details = {
  list: {
    ...adminTag,
    operationId: 'listEraseRequests',
    summary: 'Who asked by the public form to be forgotten',
    responses: { 200: everything },
  },
  look: {
    ...adminTag,
    ...ofId,
    operationId: 'lookForEraseRequest',
    summary: 'What would be erased; nothing is changed',
    requestBody: nothing,
    responses: {
      ...changeAnswers,
      200: jsonAnswer('What is where', t.Object({ found: t.Record(t.String(), t.Integer()) })),
      404: none,
    },
  },
  confirm: {
    ...adminTag,
    ...ofId,
    operationId: 'confirmEraseRequest',
    summary: 'Forget whoever asked, as `erasePerson` does',
    requestBody: nothing,
    responses: {
      ...changeAnswers,
      200: jsonAnswer('The id of the erasure', t.Object({ erasure: t.String(), data: requests })),
      404: none,
    },
  },
  refuse: {
    ...adminTag,
    ...ofId,
    operationId: 'refuseEraseRequest',
    summary: 'Forget nobody, and say why',
    requestBody: jsonRequest(t.Object({ reason: t.String({ maxLength: reasonLengthMax }) }), {
      reason: 'The number belongs to somebody else, who did not ask.',
    }),
    responses: { ...changeAnswers, 200: everything, 404: none },
  },
}
