import { t } from 'elysia'
import { isId } from '../../batching/ids.ts'
import {
  type Erasure,
  type ErasureTable,
  type Found,
  foundParts,
  type KeptOfPerson,
  receiptOf,
} from '../../desk/erasure.ts'
import { personOf, type SoughtPhone } from '../../desk/person.ts'
import type { LeadDesk } from '../../desk/work.ts'
import { type Audit, actorOf } from '../../operators/audit.ts'
import { InvalidFields, Problem } from '../../problem.ts'
import { jsonAnswer, problem } from '../docs/answers.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { adminTag, changeAnswers, jsonRequest } from './change.ts'
import { type OperatorDoorDeps, operatorRoutes } from './door.ts'
import { fieldsOf, isUuid } from './fields.ts'
import { alone } from './one-at-a-time.ts'
import { orUnavailable } from './or-unavailable.ts'

export type ErasureRouteDeps = Readonly<{
  door: OperatorDoorDeps
  leadDesk: Pick<LeadDesk, 'find' | 'list'>
  erasures: Pick<ErasureTable, 'begin' | 'find' | 'list' | 'told'>
  audit: Pick<Audit, 'note'>
  /** Looks in every store, which takes a while, and changes nothing. */
  people: Readonly<{
    look(phoneKey: string): Promise<Found>
    copy(phoneKey: string): Promise<KeptOfPerson>
  }>
  phoneKeyOf(typed: string): string | undefined
  soughtPhone: SoughtPhone
  /** After so many days no backup holds what was erased. */
  backupsKeptDays: number
  bodies?: SlowBodies
}>

const root = '/api/admin/erasures'
const shown = 50

/** Who is to be forgotten. The API asks, and the worker, which may delete, does it. */
export function adminErasureRoutes(deps: ErasureRouteDeps) {
  const { erasures, bodies } = deps
  const grave = { right: 'leads.erase', confirmed: true } as const

  /** Whom the body means: by a phone in any spelling, or by one of their leads. */
  async function whom(visit: Parameters<typeof fieldsOf>[0]): Promise<string> {
    const { phone, lead } = await fieldsOf(visit, ['phone', 'lead'], bodies)
    if (lead !== undefined) {
      const found =
        typeof lead === 'string' && isId(lead) && (await orUnavailable(() => deps.leadDesk.find(lead)))
      if (!found) throw new InvalidFields({ lead: ['unknown'] })
      return deps.phoneKeyOf(found.phone)!
    }
    const key = typeof phone === 'string' ? await orUnavailable(() => personOf(deps, phone)) : undefined
    if (key === 'several') throw new InvalidFields({ phone: ['use_plus_prefix'] })
    if (key === undefined) throw new InvalidFields({ phone: [phone === undefined ? 'required' : 'invalid'] })
    return key
  }
  const viewOf = async (erasure: Erasure) =>
    receiptOf(erasure, await erasures.told(erasure), deps.backupsKeptDays)

  return operatorRoutes(deps.door)
    .get(root, { right: 'leads.erase', detail: details.list }, () =>
      orUnavailable(async () => ({ data: await Promise.all((await erasures.list(shown)).map(viewOf)) })),
    )
    .get(`${root}/:id`, { right: 'leads.erase', detail: details.one }, async ({ params: { id } }) => {
      const found = isUuid(id) && (await orUnavailable(() => erasures.find(id)))
      if (!found) throw new Problem('not_found', 'There is no erasure of this id.')
      return { erasure: await orUnavailable(() => viewOf(found)) }
    })
    .post(`${root}/look`, { ...grave, detail: details.look }, async (visit) => {
      const phoneKey = await whom(visit)
      return { found: await orUnavailable(() => alone(() => deps.people.look(phoneKey))) }
    })
    .post(`${root}/copy`, { right: 'leads.export', confirmed: true, detail: details.copy }, async (visit) => {
      const phoneKey = await whom(visit)
      const kept = await orUnavailable(() => alone(() => deps.people.copy(phoneKey)))
      // Whoever takes it away is written down before they have it.
      await orUnavailable(() =>
        deps.audit.note({
          ...{ by: actorOf(visit.operator), action: 'person.copied' },
          after: { phone_hash: phoneKey },
        }),
      )
      return { made_at: new Date(deps.door.nowMs()).toISOString(), ...kept }
    })
    .post(root, { ...grave, detail: details.begin }, async (visit) => {
      const phoneKey = await whom(visit)
      return {
        erasure: await orUnavailable(async () =>
          viewOf(await erasures.begin(phoneKey, actorOf(visit.operator))),
        ),
      }
    }).routes
}

const found = t.Partial(t.Object(Object.fromEntries(foundParts.map((part) => [part, t.Integer()]))), {
  description: 'What was where; nothing where it is not yet known',
})
const orNull = t.Union([t.String(), t.Null()])
const receipt = t.Object({
  id: t.String(),
  phone_hash: t.String({ description: 'By this they are erased again after a backup was put back' }),
  asked_at: t.String(),
  asked_by: t.String(),
  finished_at: orNull,
  found,
  leads: t.Array(t.String()),
  told: t.Array(t.Object({ endpoint: t.String(), state: t.String(), at: orNull })),
  backups_gone_at: orNull,
})
const body = jsonRequest(
  t.Object({
    phone: t.Optional(t.String({ maxLength: 128 })),
    lead: t.Optional(t.String({ format: 'uuid' })),
  }),
  { phone: '0912 345 6789' },
)
const details = {
  list: {
    ...adminTag,
    operationId: 'listErasures',
    summary: 'Who was forgotten, each by a keyed hash, the latest first',
    responses: { 200: jsonAnswer('The receipts', t.Object({ data: t.Array(receipt) })) },
  },
  one: {
    ...adminTag,
    operationId: 'getErasure',
    summary: 'The receipt of an erasure',
    parameters: [
      {
        name: 'id',
        in: 'path' as const,
        required: true,
        schema: { type: 'string' as const, format: 'uuid' },
      },
    ],
    responses: {
      200: jsonAnswer(
        'The receipt; not finished while `finished_at` is null',
        t.Object({ erasure: receipt }),
      ),
      404: jsonAnswer('There is no erasure of this id', problem),
    },
  },
  look: {
    ...adminTag,
    operationId: 'lookForPerson',
    summary: 'What would be erased, by a phone or one of its leads: nothing is changed',
    requestBody: body,
    responses: { ...changeAnswers, 200: jsonAnswer('What is where', t.Object({ found })) },
  },
  copy: {
    ...adminTag,
    operationId: 'copyPerson',
    summary: 'All that is kept of a person, for the person, by a phone or one of its leads',
    description:
      'Their leads, also those on their way and those that could not be stored, notes about them, whom they were told to, and what the request log has; nothing of anybody else. The audit says who took it.',
    requestBody: body,
    responses: {
      ...changeAnswers,
      200: jsonAnswer(
        'What is kept',
        t.Object({
          made_at: t.String(),
          leads: t.Array(t.Any()),
          notes: t.Optional(t.Array(t.Any())),
          told: t.Optional(t.Array(t.Any())),
          requests: t.Optional(t.Array(t.Any())),
          queued: t.Optional(t.Array(t.Any(), { description: 'On their way, or put aside on it' })),
          quarantined: t.Optional(t.Array(t.Any(), { description: 'What could not be stored, and why' })),
        }),
      ),
    },
  },
  begin: {
    ...adminTag,
    operationId: 'erasePerson',
    summary: 'Forget a person in every store; the worker does it within seconds',
    description:
      'Everything that this phone sent until now, and what it had corrected. Endpoints that were sent a lead are told `lead.erased`. While one of this phone is open, that one is the answer.',
    requestBody: body,
    responses: { ...changeAnswers, 200: jsonAnswer('The erasure', t.Object({ erasure: receipt })) },
  },
}
