import { t } from 'elysia'
import {
  type Experiment,
  newExperiment,
  type PageExperiments,
  readExperiment,
  saltPattern,
} from '../../experiments/experiment.ts'
import { type Actor, actorOf } from '../../operators/audit.ts'
import { Problem } from '../../problem.ts'
import { namePattern } from '../../words/word.ts'
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

export type AdminExperimentRouteDeps = AdminRouteDeps & Readonly<{ pageExperiments(): PageExperiments }>

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

  const existing = (key: string): Experiment => {
    const experiment = deps.live.current().experiments.get(key)
    if (!experiment) throw new Problem('not_found', 'There is no experiment of this name.')
    return experiment
  }
  const changed = async (key: string, by: Actor, store: () => Promise<number>) => {
    const found = await makeChange(deps, { kind: 'experiment', key, by }, store)
    const experiment = deps.live.current().experiments.get(key)
    return { ...found, experiment: experiment ? view(experiment) : null }
  }

  return operatorRoutes(deps.door)
    .get('/api/admin/experiments', { right: 'experiments.read', detail: listDetail }, () => {
      const { version, experiments } = deps.live.current()
      return { version, experiments: [...experiments.values()].map(view) }
    })
    .get('/api/admin/experiments/:key', { right: 'experiments.read', detail: oneDetail }, ({ params }) => {
      const { version } = deps.live.current()
      return { version, experiment: view(existing(params.key)) }
    })
    .put('/api/admin/experiments/:key', { right: 'experiments.change', detail: putDetail }, async (visit) => {
      const { key } = visit.params
      const by = actorOf(visit.operator)
      const body = await readJsonBody(visit.request, visit.server, adminBodyBytesMax, deps.bodies)
      const drawn = drawnBy(key)
      const untouched = drawn && newExperiment(key, drawn)
      return changed(key, by, () =>
        deps.editor.setExperiment(key, by, (kept) =>
          readExperiment(key, body, { current: kept ?? untouched, drawn }),
        ),
      )
    })
    .delete('/api/admin/experiments/:key', { right: 'experiments.change', detail: removeDetail }, (visit) => {
      const { key } = visit.params
      existing(key)
      const by = actorOf(visit.operator)
      return changed(key, by, () => deps.editor.removeExperiment(key, by))
    }).routes
}

const variants = t.Array(t.Object({ name: t.String({ pattern: namePattern.source }), weight: t.Number() }))
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
    200: jsonAnswer(
      'All experiments',
      t.Object({ version: t.Integer(), experiments: t.Array(experimentSchema) }),
    ),
  },
}
const oneDetail = {
  ...adminTag,
  parameters: [nameParameter('key', 'path')],
  operationId: 'getExperiment',
  summary: 'One experiment',
  responses: {
    200: jsonAnswer('The experiment', t.Object({ version: t.Integer(), experiment: experimentSchema })),
    404: noneOfThisName,
  },
}
const putDetail = {
  ...adminTag,
  parameters: [nameParameter('key', 'path')],
  operationId: 'setExperiment',
  summary: 'Change an experiment, or make one for other clients',
  description:
    'Fields that are left out stay as they are. The first variant is what everybody gets when it is stopped or in doubt; for an experiment of the page the page gives the order, and only its variants can be named. Who is assigned already keeps the variant, through a stop as well; only who has one that left the experiment gets another. Another `salt` deals everybody else anew.',
  requestBody: jsonRequest(
    t.Object({
      variants: t.Optional(variants),
      salt: t.Optional(t.String({ maxLength: 64, pattern: saltPattern.source })),
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
  parameters: [nameParameter('key', 'path')],
  operationId: 'removeExperiment',
  summary: 'Give an experiment of the page its defaults again, or remove one of other clients',
  responses: {
    200: jsonAnswer(
      'The experiment as it is now, or null',
      t.Object({ ...inForce, experiment: t.Union([experimentSchema, t.Null()]) }),
    ),
    404: noneOfThisName,
  },
}
