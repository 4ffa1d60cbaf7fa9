import { t } from 'elysia'
import {
  keptParts,
  type SavedView,
  type SavedViews,
  type ViewOutcome,
  type ViewParts,
  viewNameLengthMax,
} from '../../desk/views.ts'
import { actorOf } from '../../operators/audit.ts'
import type { Operator } from '../../operators/operator-key.ts'
import { InvalidFields, Problem } from '../../problem.ts'
import { jsonAnswer, problem } from '../docs/answers.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { adminTag, changeAnswers, jsonRequest } from './change.ts'
import { type OperatorDoorDeps, operatorRoutes } from './door.ts'
import { fieldsOf, isUuid, textsOf } from './fields.ts'
import { askerOf, readFilter, viewPartsOf } from './lead-filter.ts'
import { orUnavailable } from './or-unavailable.ts'

export type ViewRouteDeps = Readonly<{
  door: OperatorDoorDeps
  views: SavedViews
  /** Where the firm is: its days begin there. */
  timeZone: string
  bodies?: SlowBodies
}>

const root = '/api/admin/views'

/** Views of the leads under names: their own, and those that are shared with all. */
export function adminViewRoutes(deps: ViewRouteDeps) {
  const { views, bodies } = deps
  const own = { right: 'views.own' } as const

  const allOf = async (operator: Operator) => ({
    data: (await orUnavailable(() => views.list(operator.id))).map(viewOf(operator)),
  })
  const partsOf = (given: unknown, operator: Operator): ViewParts => {
    const parts = viewPartsOf(given)
    const not = Object.keys(parts).filter((name) => !keptParts.includes(name))
    if (not.length > 0) throw new InvalidFields({ view: ['not_kept'] })
    readFilter(parts, () => undefined, askerOf(operator, deps))
    return parts
  }
  const idOf = ({ id }: Readonly<{ id: string }>) => {
    if (!isUuid(id)) throw unknown()
    return id
  }
  const done = async (outcome: Promise<ViewOutcome>) => {
    const came = await outcome
    if (came === 'unknown') throw unknown()
    if (came !== 'done') throw new InvalidFields({ name: [came] })
  }

  return operatorRoutes(deps.door)
    .get(root, { ...own, detail: details.list }, ({ operator }) => allOf(operator))
    .post(root, { ...own, detail: details.save }, async (visit) => {
      const fields = await fieldsOf(visit, ['name', 'view'], bodies)
      const name = nameOf(fields)
      const parts = partsOf(fields.view, visit.operator)
      const id = crypto.randomUUID()
      await done(orUnavailable(() => views.save({ id, name, parts }, actorOf(visit.operator))))
      return { id, ...(await allOf(visit.operator)) }
    })
    .put(`${root}/:id`, { ...own, detail: details.change }, async (visit) => {
      const fields = await fieldsOf(visit, ['name', 'view'], bodies)
      const change = {
        ...(fields.name !== undefined && { name: nameOf(fields) }),
        ...(fields.view !== undefined && { parts: partsOf(fields.view, visit.operator) }),
      }
      const id = idOf(visit.params)
      await done(orUnavailable(() => views.change(id, change, actorOf(visit.operator), mayShare(visit))))
      return allOf(visit.operator)
    })
    .put(`${root}/:id/shared`, { right: 'views.share', detail: details.share }, async (visit) => {
      const { shared } = await fieldsOf(visit, ['shared'], bodies)
      if (typeof shared !== 'boolean') throw new InvalidFields({ shared: ['not_a_boolean'] })
      const id = idOf(visit.params)
      await done(orUnavailable(() => views.change(id, { isShared: shared }, actorOf(visit.operator), true)))
      return allOf(visit.operator)
    })
    .delete(`${root}/:id`, { ...own, detail: details.remove }, async (visit) => {
      const id = idOf(visit.params)
      await done(orUnavailable(() => views.remove(id, actorOf(visit.operator), mayShare(visit))))
      return allOf(visit.operator)
    }).routes
}

const unknown = () => new Problem('not_found', 'There is no view of this id that you may change.')
const mayShare = ({ operator }: Readonly<{ operator: Operator }>) => operator.rights.has('views.share')

function nameOf(fields: Readonly<Record<string, unknown>>): string {
  const { name } = textsOf(fields, ['name'])
  if (name.trim() === '') throw new InvalidFields({ name: ['required'] })
  if (name.length > viewNameLengthMax) throw new InvalidFields({ name: ['invalid'] })
  return name.trim()
}

const viewOf =
  (operator: Operator) =>
  ({ id, name, parts, isShared, owner }: SavedView) => ({
    ...{ id, name, view: parts, shared: isShared },
    own: owner === operator.id,
  })

const view = t.Record(t.String(), t.String({ maxLength: 256 }))
const all = jsonAnswer(
  'Their own views and those that are shared, by name',
  t.Object({
    data: t.Array(
      t.Object({ id: t.String(), name: t.String(), view, shared: t.Boolean(), own: t.Boolean() }),
    ),
  }),
)
const ofId = {
  parameters: [
    { name: 'id', in: 'path' as const, required: true, schema: { type: 'string' as const, format: 'uuid' } },
  ],
}
const none = jsonAnswer('There is no view of this id that they may change', problem)
const name = t.String({ maxLength: viewNameLengthMax })
const details = {
  list: {
    ...adminTag,
    operationId: 'listViews',
    summary: 'The views of the leads that have a name',
    responses: { 200: all },
  },
  save: {
    ...adminTag,
    operationId: 'saveView',
    summary: 'Keep a view under a name',
    description: `\`view\` has the parameters of \`listLeads\`: ${keptParts.map((each) => `\`${each}\``).join(', ')}. What was typed of a phone is not kept.`,
    requestBody: jsonRequest(t.Object({ name, view }), {
      name: 'Hot this week',
      view: { state: 'interested', since: '7d', owner: 'me' },
    }),
    responses: { ...changeAnswers, 200: all },
  },
  change: {
    ...adminTag,
    ...ofId,
    operationId: 'changeView',
    summary: 'Give a view another name, or let it show something else',
    description: 'Their own, or, with the right to share, one that is shared.',
    requestBody: jsonRequest(t.Object({ name: t.Optional(name), view: t.Optional(view) }), { name: 'Hot' }),
    responses: { ...changeAnswers, 200: all, 404: none },
  },
  share: {
    ...adminTag,
    ...ofId,
    operationId: 'shareView',
    summary: 'Share a view with everybody who sees the leads, or no more',
    requestBody: jsonRequest(t.Object({ shared: t.Boolean() }), { shared: true }),
    responses: { ...changeAnswers, 200: all, 404: none },
  },
  remove: {
    ...adminTag,
    ...ofId,
    operationId: 'removeView',
    summary: 'Forget a view; the leads stay',
    responses: { 200: all, 404: none },
  },
}
