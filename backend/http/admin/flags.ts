import { Elysia, t } from 'elysia'
import { type FlagKey, flagDefinitions, flagKeys, isFlagKey } from '../../flags/definitions.ts'
import { defaultSetting, type FlagSettings, readFlagSetting } from '../../flags/setting.ts'
import { Problem } from '../../problem.ts'
import { jsonAnswer } from '../docs/answers.ts'
import type { Peer } from '../request/client-ip.ts'
import { readJsonBody } from '../request/json-body.ts'
import {
  type AdminRouteDeps,
  adminAnswers,
  adminBodyBytesMax,
  adminTag,
  changeAnswers,
  inForce,
  jsonRequest,
  makeChange,
  notStored,
} from './change.ts'

type Context = Readonly<{ request: Request; server: Peer; params: Readonly<{ key: string }> }>

/** The flags, for operators. */
export function adminFlagRoutes(deps: AdminRouteDeps) {
  const list = async ({ request, server }: Omit<Context, 'params'>) => {
    await deps.operatorGate(request, server)
    const { version, flags } = deps.live.current()
    return Response.json(
      { version, flags: flagKeys.map((key) => flagView(flags, key)) },
      { headers: notStored },
    )
  }
  const one = async ({ request, server, params }: Context) => {
    await deps.operatorGate(request, server)
    const key = keyOf(params.key)
    const { version, flags } = deps.live.current()
    return Response.json({ version, flag: flagView(flags, key) }, { headers: notStored })
  }
  const put = async ({ request, server, params }: Context) => {
    const { id: by } = await deps.operatorGate(request, server)
    const key = keyOf(params.key)
    const body = await readJsonBody(request, adminBodyBytesMax)
    return changed(key, by, () => deps.editor.setFlag(key, by, (kept) => readFlagSetting(key, body, kept)))
  }
  const reset = async ({ request, server, params }: Context) => {
    const { id: by } = await deps.operatorGate(request, server)
    const key = keyOf(params.key)
    return changed(key, by, () => deps.editor.resetFlag(key))
  }
  const changed = async (key: FlagKey, by: string, store: () => Promise<number>) => {
    const found = await makeChange(deps, { kind: 'flag', key, by }, store)
    return Response.json({ ...found, flag: flagView(deps.live.current().flags, key) }, { headers: notStored })
  }

  return new Elysia()
    .get('/api/admin/flags', list, { detail: listDetail })
    .get('/api/admin/flags/:key', one, { detail: oneDetail })
    .put('/api/admin/flags/:key', put, { parse: 'none', detail: putDetail })
    .delete('/api/admin/flags/:key', reset, { detail: resetDetail })
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

const flagValue = t.Union([t.Boolean(), t.Number(), t.String()])
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
    ...adminAnswers,
    200: jsonAnswer('All flags', t.Object({ version: t.Integer(), flags: t.Array(flagSchema) })),
  },
}
const oneDetail = {
  ...adminTag,
  operationId: 'getFlag',
  summary: 'One flag',
  responses: {
    ...adminAnswers,
    200: jsonAnswer('The flag', t.Object({ version: t.Integer(), flag: flagSchema })),
    404: changeAnswers[404],
  },
}
const putDetail = {
  ...adminTag,
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
  operationId: 'resetFlag',
  summary: 'Give a flag its default again',
  responses: { ...adminAnswers, 200: changedAnswer, 404: changeAnswers[404] },
}
