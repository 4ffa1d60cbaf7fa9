import { t } from 'elysia'
import { type FlagKey, flagDefinitions, flagKeys, isFlagKey, textLengthMax } from '../../flags/definitions.ts'
import { defaultSetting, type FlagSettings, readFlagSetting } from '../../flags/setting.ts'
import { type Actor, type Audit, actorOf, type KeptAuditEntry } from '../../operators/audit.ts'
import { Problem } from '../../problem.ts'
import { jsonAnswer, nameParameter } from '../docs/answers.ts'
import { readJsonBody } from '../request/json-body.ts'
import {
  type AdminRouteDeps,
  adminBodyBytesMax,
  adminTag,
  changeAnswers,
  inForce,
  jsonRequest,
  makeChange,
  noneOfThisName,
} from './change.ts'
import { operatorRoutes } from './door.ts'
import { orUnavailable } from './or-unavailable.ts'

// As far back as anybody asks what a flag was when something changed.
const changesShown = 50

/** The flags, for operators. */
export function adminFlagRoutes(deps: AdminRouteDeps & Readonly<{ audit: Pick<Audit, 'list'> }>) {
  const changed = async (key: FlagKey, by: Actor, store: () => Promise<number>) => {
    const found = await makeChange(deps, { kind: 'flag', key, by }, store)
    return { ...found, flag: flagView(deps.live.current().flags, key) }
  }

  return operatorRoutes(deps.door)
    .get('/api/admin/flags', { right: 'flags.read', detail: listDetail }, () => {
      const { version, flags } = deps.live.current()
      return { version, flags: flagKeys.map((key) => flagView(flags, key)) }
    })
    .get('/api/admin/flags/:key', { right: 'flags.read', detail: oneDetail }, ({ params }) => {
      const { version, flags } = deps.live.current()
      return { version, flag: flagView(flags, keyOf(params.key)) }
    })
    .get(
      '/api/admin/flags/:key/history',
      { right: 'flags.read', detail: historyDetail },
      async ({ params }) => {
        const query = { action: 'flag.changed', subject: keyOf(params.key), limit: changesShown } as const
        return { changes: (await orUnavailable(() => deps.audit.list(query))).map(changeView) }
      },
    )
    .put('/api/admin/flags/:key', { right: 'flags.change', detail: putDetail }, async (visit) => {
      const key = keyOf(visit.params.key)
      const by = actorOf(visit.operator)
      const body = await readJsonBody(visit.request, visit.server, adminBodyBytesMax, deps.bodies)
      return changed(key, by, () => deps.editor.setFlag(key, by, (kept) => readFlagSetting(key, body, kept)))
    })
    .delete('/api/admin/flags/:key', { right: 'flags.change', detail: resetDetail }, (visit) => {
      const key = keyOf(visit.params.key)
      const by = actorOf(visit.operator)
      return changed(key, by, () => deps.editor.resetFlag(key, by))
    }).routes
}

function keyOf(key: string): FlagKey {
  if (!isFlagKey(key)) throw new Problem('not_found', 'There is no flag of this name.')
  return key
}

function flagView(flags: FlagSettings, key: FlagKey) {
  const { default: fallback, about } = flagDefinitions[key]
  const { value, rolloutPercent, killed } = flags[key] ?? defaultSetting(key)
  return {
    key,
    type: typeof fallback,
    about,
    value,
    default: fallback,
    rollout_percent: rolloutPercent,
    killed,
  }
}

const changeView = ({ at, by, before, after }: KeptAuditEntry) => ({
  at: at.toISOString(),
  by: by.name || by.kind,
  before: before ?? null,
  after: after ?? null,
})

const flagValue = t.Union([t.Boolean(), t.Number(), t.String({ maxLength: textLengthMax })])
const flagSchema = t.Object({
  key: t.String(),
  type: t.Union([t.Literal('boolean'), t.Literal('number'), t.Literal('string')]),
  about: t.String(),
  value: flagValue,
  default: flagValue,
  rollout_percent: t.Number(),
  killed: t.Boolean(),
})
const changedAnswer = jsonAnswer('The flag as it is now', t.Object({ ...inForce, flag: flagSchema }))

const listDetail = {
  ...adminTag,
  operationId: 'listFlags',
  summary: 'All flags',
  responses: {
    200: jsonAnswer('All flags', t.Object({ version: t.Integer(), flags: t.Array(flagSchema) })),
  },
}
const oneDetail = {
  ...adminTag,
  parameters: [nameParameter('key', 'path')],
  operationId: 'getFlag',
  summary: 'One flag',
  responses: {
    200: jsonAnswer('The flag', t.Object({ version: t.Integer(), flag: flagSchema })),
    404: noneOfThisName,
  },
}
const was = t.Union([t.Record(t.String(), t.Any()), t.Null()])
const historyDetail = {
  ...adminTag,
  parameters: [nameParameter('key', 'path')],
  operationId: 'getFlagHistory',
  summary: 'Who changed a flag when, and from what to what, the latest first',
  responses: {
    200: jsonAnswer(
      'The changes, as the audit has them',
      t.Object({
        changes: t.Array(t.Object({ at: t.String(), by: t.String(), before: was, after: was })),
      }),
    ),
    404: noneOfThisName,
  },
}
const putDetail = {
  ...adminTag,
  parameters: [nameParameter('key', 'path')],
  operationId: 'setFlag',
  summary: 'Change a flag',
  description:
    'Fields that are left out stay as they are. `rollout_percent` of the visitors get `value`, the others the default; `killed` gives everybody the default. Answers when the change is live, within seconds; `"live":false` means that it is stored and that some process has not said so yet.',
  requestBody: jsonRequest(
    t.Object({
      value: t.Optional(flagValue),
      rollout_percent: t.Optional(t.Number({ minimum: 0, maximum: 100 })),
      killed: t.Optional(t.Boolean()),
    }),
    { value: true, rollout_percent: 10 },
  ),
  responses: { ...changeAnswers, 200: changedAnswer },
}
const resetDetail = {
  ...adminTag,
  parameters: [nameParameter('key', 'path')],
  operationId: 'resetFlag',
  summary: 'Give a flag its default again',
  responses: { 200: changedAnswer, 404: noneOfThisName },
}
