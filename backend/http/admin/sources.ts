import { t } from 'elysia'
import {
  dayAfter,
  dayIn,
  type SourceFigure,
  type Sources,
  type SourcesReader,
  sourceDimensions,
  startOfDay,
  touches,
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
  return operatorRoutes(door).get(
    '/api/admin/sources',
    { right: 'results.read', detail },
    async ({ request }) => {
      const { from, to, start, end, ...asked } = readQuery(
        queryFieldsOf(request),
        timeZone,
        new Date(nowMs()),
      )
      const found = await orUnavailable(() => sources.read({ ...asked, from: start, to: end }))
      return { ...{ from, to, time_zone: timeZone, by: asked.dimension, touch: asked.touch }, ...view(found) }
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
const detail = {
  ...adminTag,
  operationId: 'sources',
  summary: 'Where visits and leads come from',
  description:
    'From what was counted as it was stored, within a minute or so: it costs the same at any age. Visits are page views of people. Leads are those that somebody can call: suspects, duplicates that were stored and those who sent another number are counted beside them. Robots, previews and pages that are loaded ahead count nowhere; who was erased stays counted, for no name is. A lead is of the day on which it came, also for its first call. `first` is where its visitor came from the first time; visits are where they come from themselves. `(none)` told nothing, and `(other)` is all that there is no room for.',
  parameters: [
    query('by', 'What they are told apart by', {
      ...{ type: 'string', enum: sourceDimensions, default: sourceDimensions[0] },
    }),
    query('touch', 'Which visit of a lead’s visitor counts', {
      ...{ type: 'string', enum: touches, default: touches[0] },
    }),
    query('days', 'So many days, today among them', {
      ...{ type: 'integer', minimum: 1, maximum: daysMax, default: daysUsual },
    }),
    query('from', 'The first day, in the zone of the installation', day),
    query('to', 'The last day; today where it is not said', day),
  ],
  responses: {
    200: jsonAnswer(
      'What was counted, the most leads first',
      t.Object({
        from: t.String(),
        to: t.String(),
        time_zone: t.String(),
        by: t.String(),
        touch: t.String(),
        counted_at: t.Union([t.String(), t.Null()]),
        rows: t.Array(t.Object({ value: t.String(), ...figure })),
        total: t.Object(figure),
      }),
    ),
    400: jsonAnswer('A parameter breaks a rule', fieldErrors, { by: ['unknown'] }),
  },
}
