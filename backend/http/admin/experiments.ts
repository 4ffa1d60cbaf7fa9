import { Elysia, t } from 'elysia'
import {
  type Experiment,
  newExperiment,
  type PageExperiments,
  readExperiment,
} from '../../experiments/experiment.ts'
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

export type AdminExperimentRouteDeps = AdminRouteDeps & Readonly<{ pageExperiments(): PageExperiments }>

type Context = Readonly<{ request: Request; server: Peer; params: Readonly<{ key: string }> }>

/** The experiments, for operators: those of the page, and those that other clients ask for. */
export function adminExperimentRoutes(deps: AdminExperimentRouteDeps) {
  const drawnBy = (key: string): readonly string[] | undefined => {
    const page = deps.pageExperiments()
    return Object.hasOwn(page, key) ? page[key] : undefined
  }
  const view = (experiment: Experiment) => ({
    ...experiment,
    on_page: drawnBy(experiment.key) !== undefined,
  })

  const list = async ({ request, server }: Omit<Context, 'params'>) => {
    await deps.operatorGate(request, server)
    const { version, experiments } = deps.live.current()
    return Response.json(
      { version, experiments: [...experiments.values()].map(view) },
      { headers: notStored },
    )
  }
  const one = async ({ request, server, params }: Context) => {
    await deps.operatorGate(request, server)
    const { version } = deps.live.current()
    return Response.json({ version, experiment: view(existing(params.key)) }, { headers: notStored })
  }
  const put = async ({ request, server, params: { key } }: Context) => {
    const { id: by } = await deps.operatorGate(request, server)
    const body = await readJsonBody(request, adminBodyBytesMax)
    const drawn = drawnBy(key)
    const untouched = drawn && newExperiment(key, drawn)
    return changed(key, by, () =>
      deps.editor.setExperiment(key, by, (kept) =>
        readExperiment(key, body, { current: kept ?? untouched, drawn }),
      ),
    )
  }
  const remove = async ({ request, server, params: { key } }: Context) => {
    const { id: by } = await deps.operatorGate(request, server)
    existing(key)
    return changed(key, by, () => deps.editor.removeExperiment(key))
  }

  const existing = (key: string): Experiment => {
    const experiment = deps.live.current().experiments.get(key)
    if (!experiment) throw new Problem('not_found', 'There is no experiment of this name.')
    return experiment
  }
  const changed = async (key: string, by: string, store: () => Promise<number>) => {
    const found = await makeChange(deps, { kind: 'experiment', key, by }, store)
    const experiment = deps.live.current().experiments.get(key)
    return Response.json(
      { ...found, experiment: experiment ? view(experiment) : null },
      { headers: notStored },
    )
  }

  return new Elysia()
    .get('/api/admin/experiments', list, { detail: listDetail })
    .get('/api/admin/experiments/:key', one, { detail: oneDetail })
    .put('/api/admin/experiments/:key', put, { parse: 'none', detail: putDetail })
    .delete('/api/admin/experiments/:key', remove, { detail: removeDetail })
}

const variants = t.Array(t.Object({ name: t.String({ pattern: '^[a-z0-9_]{1,32}$' }), weight: t.Number() }))
const experimentSchema = t.Object({
  key: t.String(),
  variants,
  salt: t.String(),
  running: t.Boolean(),
  on_page: t.Boolean(),
})
const example = {
  variants: [
    { name: 'a', weight: 90 },
    { name: 'b', weight: 10 },
  ],
  running: true,
}

const listDetail = {
  ...adminTag,
  operationId: 'listExperiments',
  summary: 'All experiments',
  responses: {
    ...adminAnswers,
    200: jsonAnswer(
      'All experiments',
      t.Object({ version: t.Integer(), experiments: t.Array(experimentSchema) }),
    ),
  },
}
const oneDetail = {
  ...adminTag,
  operationId: 'getExperiment',
  summary: 'One experiment',
  responses: {
    ...adminAnswers,
    200: jsonAnswer('The experiment', t.Object({ version: t.Integer(), experiment: experimentSchema })),
    404: changeAnswers[404],
  },
}
const putDetail = {
  ...adminTag,
  operationId: 'setExperiment',
  summary: 'Change an experiment, or make one for other clients',
  description:
    'Fields that are left out stay as they are. The first variant is what everybody gets when it is stopped or in doubt; for an experiment of the page the page gives the order, and only its variants can be named. Who is assigned already keeps the variant, through a stop as well; only who has one that left the experiment gets another. Another `salt` deals everybody else anew.',
  requestBody: jsonRequest(
    t.Object({
      variants: t.Optional(variants),
      salt: t.Optional(t.String({ maxLength: 64 })),
      running: t.Optional(t.Boolean()),
    }),
    example,
  ),
  responses: {
    ...changeAnswers,
    200: jsonAnswer('The experiment as it is now', t.Object({ ...inForce, experiment: experimentSchema })),
  },
}
const removeDetail = {
  ...adminTag,
  operationId: 'removeExperiment',
  summary: 'Give an experiment of the page its defaults again, or remove one of other clients',
  responses: {
    ...adminAnswers,
    200: jsonAnswer(
      'The experiment as it is now, or null',
      t.Object({ ...inForce, experiment: t.Union([experimentSchema, t.Null()]) }),
    ),
    404: changeAnswers[404],
  },
}
