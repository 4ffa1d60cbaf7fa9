import { t } from 'elysia'
import { isId } from '../../batching/ids.ts'
import { type Bulk, type BulkChange, type BulkChanges, type BulkSelection, bulkMax } from '../../desk/bulk.ts'
import { shownFilter } from '../../desk/export.ts'
import type { SoughtPhone } from '../../desk/person.ts'
import { type LeadFilter, workStates } from '../../desk/work.ts'
import type { Accounts } from '../../operators/account.ts'
import { actorOf } from '../../operators/audit.ts'
import { type Right, rightsOf } from '../../operators/rights.ts'
import { InvalidFields, Problem } from '../../problem.ts'
import { jsonAnswer, problem } from '../docs/answers.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { adminTag, changeAnswers, jsonRequest } from './change.ts'
import { type OperatorDoorDeps, operatorRoutes } from './door.ts'
import { type Fields, fieldsOf, isUuid } from './fields.ts'
import { askerOf, readFilter, stateOf, viewPartsOf } from './lead-filter.ts'
import { orUnavailable } from './or-unavailable.ts'

export type BulkRouteDeps = Readonly<{
  door: OperatorDoorDeps
  bulks: BulkChanges
  /** Carries a change out beside what is answered. */
  goOnWithBulk(id: string): void
  accounts: Pick<Accounts, 'list' | 'find'>
  soughtPhone: SoughtPhone
  /** Where the firm is: its days begin there. */
  timeZone: string
  bodies?: SlowBodies
}>

const root = '/api/admin/bulk'
const shownMax = 10
// By hand: as many as several pages of the list hold.
const chosenMax = 300

/** What many leads become at once, how far it has come, and how it is undone. */
export function adminBulkRoutes(deps: BulkRouteDeps) {
  const { bulks, bodies } = deps
  const right = { right: 'leads.bulk' } as const

  const oneOf = async (id: string) => {
    const found = isUuid(id) ? await orUnavailable(() => bulks.find(id)) : undefined
    if (!found) throw new Problem('not_found', 'There is no change of this id.')
    return found
  }
  /** Whoever may be given a lead: who can work on it. */
  const mayOwn = async (owner: string) => {
    const account = isUuid(owner) ? await orUnavailable(() => deps.accounts.find(owner)) : undefined
    return (
      account !== undefined &&
      !account.disabledAt &&
      (rightsOf[account.role] as ReadonlySet<Right>).has('leads.work')
    )
  }
  const changeOf = async (given: unknown): Promise<BulkChange> => {
    const { state, owner, ...others } = (given ?? {}) as Fields
    const isOne = (state === undefined) !== (owner === undefined) && Object.keys(others).length === 0
    if (!isOne) throw new InvalidFields({ change: [given === undefined ? 'required' : 'invalid'] })
    if (state !== undefined) return { state: stateOf('state', state, workStates) }
    if (owner === null) return { owner }
    if (typeof owner !== 'string' || !(await mayOwn(owner))) throw new InvalidFields({ owner: ['unknown'] })
    return { owner }
  }

  return operatorRoutes(deps.door)
    .get(root, { ...right, detail: details.list }, async () => ({
      data: (await orUnavailable(() => bulks.list(shownMax))).map(bulkView),
    }))
    .get(`${root}/owners`, { ...right, detail: details.owners }, async () => {
      const accounts = await orUnavailable(() => deps.accounts.list())
      const able = accounts.filter(
        ({ role, disabledAt }) => !disabledAt && (rightsOf[role] as ReadonlySet<Right>).has('leads.work'),
      )
      return { data: able.map(({ id, name }) => ({ id, name })) }
    })
    .post(root, { ...right, detail: details.begin }, async (visit) => {
      const { view, leads, change: given } = await fieldsOf(visit, ['view', 'leads', 'change'], bodies)
      if ((view === undefined) === (leads === undefined)) throw new InvalidFields({ view: ['required'] })
      const filter: LeadFilter | undefined =
        view === undefined
          ? undefined
          : readFilter(viewPartsOf(view), deps.soughtPhone, askerOf(visit.operator, deps))
      const selection: BulkSelection = filter ? { filter } : { ids: idsOf(leads) }
      const id = crypto.randomUUID()
      const change = await changeOf(given)
      const asked = { id, change, selection, ...(filter && { shown: shownFilter(filter) }) }
      const came = await orUnavailable(() => bulks.begin(asked, actorOf(visit.operator)))
      if (came !== 'begun') throw new InvalidFields({ [filter ? 'view' : 'leads']: [came] })
      deps.goOnWithBulk(id)
      return { bulk: bulkView(await oneOf(id)) }
    })
    .get(`${root}/:id`, { ...right, detail: details.one }, async ({ params }) => ({
      bulk: bulkView(await oneOf(params.id)),
    }))
    .post(`${root}/:id/undo`, { ...right, detail: details.undo }, async (visit) => {
      await fieldsOf(visit, [], bodies)
      const { id } = await oneOf(visit.params.id)
      // One that is undone already stays so.
      const begun = await orUnavailable(() => bulks.undo(id, actorOf(visit.operator)))
      if (begun) deps.goOnWithBulk(id)
      return { bulk: bulkView(await oneOf(id)) }
    }).routes
}

function idsOf(given: unknown): readonly string[] {
  const isList = Array.isArray(given) && given.every((id) => typeof id === 'string' && isId(id))
  if (!isList || given.length === 0) throw new InvalidFields({ leads: ['invalid'] })
  if (given.length > chosenMax) throw new InvalidFields({ leads: ['too_many'] })
  return [...new Set(given as string[])]
}

const bulkView = ({ by, askedAt, finishedAt, shown, ...bulk }: Bulk) => ({
  ...bulk,
  by: by.name || by.kind,
  view: shown ?? null,
  asked_at: askedAt.toISOString(),
  finished_at: finishedAt?.toISOString() ?? null,
})

const orNull = t.Union([t.String(), t.Null()])
const state = t.Unsafe<string>({ type: 'string', enum: workStates })
const change = t.Object({
  state: t.Optional(state),
  owner: t.Optional(t.Union([t.String({ format: 'uuid' }), t.Null()])),
})
const count = (description: string) => t.Integer({ description })
const bulk = t.Object({
  id: t.String(),
  by: t.String(),
  change,
  view: t.Union([t.Record(t.String(), t.Any()), t.Null()]),
  status: t.Unsafe<string>({ type: 'string', enum: ['running', 'done', 'undoing', 'undone'] }),
  total: count('How many matched in the moment of asking'),
  changed: count('Have become it'),
  same: count('Were so already'),
  left: count('Somebody changed them meanwhile, or they cannot become this'),
  undone: count('Have again what they had'),
  kept: count('Somebody changed them since, and that stays'),
  asked_at: t.String(),
  finished_at: orNull,
})
const one = jsonAnswer('The change, and how far it has come', t.Object({ bulk }))
const ofId = {
  parameters: [
    { name: 'id', in: 'path' as const, required: true, schema: { type: 'string' as const, format: 'uuid' } },
  ],
}
const none = jsonAnswer('There is no change of this id', problem)
const details = {
  list: {
    ...adminTag,
    operationId: 'listBulkChanges',
    summary: 'What was made of many leads at once, the latest first',
    responses: { 200: jsonAnswer('The changes', t.Object({ data: t.Array(bulk) })) },
  },
  owners: {
    ...adminTag,
    operationId: 'listLeadOwners',
    summary: 'Who can be given leads to call',
    responses: {
      200: jsonAnswer(
        'Who works on leads',
        t.Object({ data: t.Array(t.Object({ id: t.String(), name: t.String() })) }),
      ),
    },
  },
  begin: {
    ...adminTag,
    operationId: 'changeManyLeads',
    summary: 'Change all leads that a view shows now, or some of them',
    description: `\`view\` has the parameters of \`listLeads\`, and means those that match now, ${bulkMax.toLocaleString('en')} at most; or \`leads\` has up to ${chosenMax} ids. They get a state, or somebody to call them; \`{"owner":null}\` takes them from whoever has them. One that somebody changes before its turn is left alone.`,
    requestBody: jsonRequest(
      t.Object({
        view: t.Optional(t.Record(t.String(), t.String({ maxLength: 256 }))),
        leads: t.Optional(t.Array(t.String({ format: 'uuid' }), { maxItems: chosenMax })),
        change,
      }),
      { view: { source: 'spring', state: 'no_answer' }, change: { state: 'lost' } },
    ),
    responses: { ...changeAnswers, 200: one },
  },
  one: {
    ...adminTag,
    ...ofId,
    operationId: 'getBulkChange',
    summary: 'How far a change of many leads has come',
    responses: { 200: one, 404: none },
  },
  undo: {
    ...adminTag,
    ...ofId,
    operationId: 'undoBulkChange',
    summary: 'Give each lead what it had, where nobody changed it since',
    description: 'Also while it is running, which it ends. What was released of suspects stays released.',
    requestBody: jsonRequest(t.Object({}), {}),
    responses: { ...changeAnswers, 200: one, 404: none },
  },
}
