import { t } from 'elysia'
import { partsOf, steps } from '../../desk/over-time.ts'
import {
  dayAfter,
  dayIn,
  type SourceFigure,
  type Sources,
  type SourcesReader,
  sourceDimensions,
  startOfDay,
  touches,
  valueLengthMax,
} from '../../desk/sources.ts'
import { InvalidFields } from '../../problem.ts'
import { fieldErrors, jsonAnswer } from '../docs/answers.ts'
import { adminTag } from './change.ts'
import { type OperatorDoorDeps, operatorRoutes } from './door.ts'
import { queryFieldsOf } from './fields.ts'
import { orUnavailable } from './or-unavailable.ts'

export type AdminSourceRouteDeps = Readonly<{
  door: OperatorDoorDeps
  sources: SourcesReader
  timeZone: string
  nowMs(): number
}>

const daysUsual = 7
const daysMax = 3_660

/** Where visits and leads come from, by days of the zone of the installation. */
export function adminSourceRoutes({ door, sources, timeZone, nowMs }: AdminSourceRouteDeps) {
  const read = (request: Request) => {
    const sent = queryFieldsOf(request)
    const { from, to, start, end, ...query } = readQuery(sent, timeZone, new Date(nowMs()))
    const told = { from, to, time_zone: timeZone, by: query.dimension, touch: query.touch }
    return { sent, query, span: { from: start, to: end }, told }
  }
  return operatorRoutes(door)
    .get('/api/admin/sources', { right: 'results.read', detail }, async ({ request }) => {
      const { query, span, told } = read(request)
      return { ...told, ...view(await orUnavailable(() => sources.read({ ...query, ...span }))) }
    })
    .get(
      '/api/admin/sources/over-time',
      { right: 'results.read', detail: overTimeDetail },
      async ({ request }) => {
        const { sent, query, told } = read(request)
        const { value } = sent
        if (value !== undefined && value.length > valueLengthMax)
          throw new InvalidFields({ value: ['invalid'] })
        const { step, edges: all } = partsOf(timeZone, told)
        const next = all.findIndex((edge) => edge.getTime() > nowMs())
        const edges = next < 0 ? all : all.slice(0, Math.max(2, next + 1))
        const points = await orUnavailable(() =>
          sources.overTime({ ...query, edges, ...(value !== undefined && { value }) }),
        )
        return {
          ...{ ...told, value: value ?? null, step },
          points: points.map((point, place) => ({ starts_at: edges[place]!.toISOString(), ...point })),
        }
      },
    ).routes
}

function readQuery(sent: Readonly<Record<string, string>>, timeZone: string, now: Date) {
  const faults: Record<string, string[]> = {}
  const oneOf = <T extends string>(name: string, choices: readonly T[]): T => {
    const found = choices.find((choice) => choice === (sent[name] ?? choices[0]))
    if (!found) faults[name] = ['unknown']
    return found ?? choices[0]!
  }
  const dimension = oneOf('by', sourceDimensions)
  const touch = oneOf('touch', touches)
  const days = Number(sent.days ?? daysUsual)
  if (!Number.isInteger(days) || days < 1 || days > daysMax) faults.days = ['invalid']
  const today = dayIn(timeZone, now)
  const to = sent.to ?? today
  const from = sent.from ?? (faults.days ? today : dayAfter(startOfDay(timeZone, to) ? to : today, 1 - days))
  const start = startOfDay(timeZone, from)
  const end = startOfDay(timeZone, to) && startOfDay(timeZone, dayAfter(to, 1))
  if (!start) faults.from = ['not_a_time']
  if (!end) faults.to = ['not_a_time']
  if (start && end && start >= end) faults.to = ['not_after_from']
  else if (start && end && dayAfter(from, daysMax) <= to) faults.from = ['too_early']
  if (Object.keys(faults).length > 0) throw new InvalidFields(faults)
  return { dimension, touch, from, to, start: start!, end: end! }
}

const view = ({ figures, total, countedAt }: Sources) => ({
  counted_at: countedAt?.toISOString() ?? null,
  rows: figures.map(({ value, ...figure }) => ({ value, ...figureView(figure) })),
  total: figureView(total),
})

const figureView = ({ calledSoon, medianWaitS, ...figure }: Omit<SourceFigure, 'value'>) => ({
  ...figure,
  called_within_5_min: calledSoon,
  median_wait_s: medianWaitS,
})

const count = t.Integer()
const figure = {
  visits: count,
  leads: count,
  suspects: count,
  duplicates: count,
  corrected: count,
  called: count,
  called_within_5_min: count,
  median_wait_s: t.Union([count, t.Null()]),
}
const query = (name: string, description: string, schema: object) => ({
  ...{ name, in: 'query' as const, required: false, schema, description },
})
const day = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\d$' }
const parameters = [
  query('by', 'What they are told apart by', {
    ...{ type: 'string', enum: sourceDimensions, default: sourceDimensions[0] },
  }),
  query('touch', 'Which visit of a lead’s visitor counts', {
    ...{ type: 'string', enum: touches, default: touches[0] },
  }),
  query('days', 'So many days, today among them', {
    ...{ type: 'integer', minimum: 1, maximum: daysMax, default: daysUsual },
  }),
  query(
    'from',
    `The first day, in the zone of the installation, at most ${daysMax} days before the last`,
    day,
  ),
  query('to', 'The last day; today where it is not said', day),
]
/** What was asked, as it was understood. */
const told = {
  from: t.String(),
  to: t.String(),
  time_zone: t.String(),
  by: t.String(),
  touch: t.String(),
}
const detail = {
  ...adminTag,
  operationId: 'sources',
  summary: 'Where visits and leads come from',
  description:
    'From what was counted as it was stored, within a minute or so: it costs the same at any age. Visits are page views of people. Leads are those that somebody can call: suspects, duplicates that were stored and those who sent another number are counted beside them. Robots, previews and pages that are loaded ahead count nowhere; who was erased stays counted, for no name is. A lead is of the day on which it came, also for its first call. `first` is where its visitor came from the first time; visits are where they come from themselves. The landing address is the path of the page itself, and the device is read from the name of the browser. `(none)` told nothing, and `(other)` is all that there is no room for.',
  parameters,
  responses: {
    200: jsonAnswer(
      'What was counted, the most leads first',
      t.Object({
        ...told,
        counted_at: t.Union([t.String(), t.Null()]),
        rows: t.Array(t.Object({ value: t.String(), ...figure })),
        total: t.Object(figure),
      }),
    ),
    400: jsonAnswer('A parameter breaks a rule', fieldErrors, { by: ['unknown'] }),
  },
}

const overTimeDetail = {
  ...adminTag,
  operationId: 'sourcesOverTime',
  summary: 'Visits and leads over a time',
  description:
    'The same sums by the hour of up to two days, by the day of up to 31, else by the week or by four weeks, which begin at midnight in the zone of the installation. What does not fill a part is the first; parts that have not begun are left out.',
  parameters: [
    ...parameters,
    query('value', 'Only of this one; of all where it is not said', {
      ...{ type: 'string', maxLength: valueLengthMax },
    }),
  ],
  responses: {
    200: jsonAnswer(
      'Each part, in the order of time',
      t.Object({
        ...told,
        value: t.Union([t.String(), t.Null()]),
        step: t.UnionEnum([...steps]),
        points: t.Array(t.Object({ starts_at: t.String(), visits: count, leads: count })),
      }),
    ),
    400: jsonAnswer('A parameter breaks a rule', fieldErrors, { by: ['unknown'] }),
  },
}
