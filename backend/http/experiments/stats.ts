import { t } from 'elysia'
import type { StatsReader } from '../../events/ports.ts'
import { readStats, readStatsQuery, type StatsDeps } from '../../events/stats.ts'
import { unavailable } from '../../problem.ts'
import { type OperatorDoorDeps, operatorRoutes } from '../admin/door.ts'
import { fieldErrors, jsonAnswer, nameParameter } from '../docs/answers.ts'
import { queryOf } from '../request/target.ts'

export type StatsRouteDeps = StatsDeps &
  Readonly<{
    /** Lets in everybody who may see results; outside of production that is anybody. */
    door: OperatorDoorDeps
  }>

/** The results of an experiment. */
export function statsRoutes(given: StatsRouteDeps) {
  const reader: StatsReader = {
    counts: (...asked) => given.reader.counts(...asked).catch(unread),
    vitals: (...asked) => given.reader.vitals(...asked).catch(unread),
  }
  const deps = { ...given, reader }
  return operatorRoutes(given.door).get('/api/stats', { right: 'results.read', detail }, ({ request }) =>
    readStats(deps, readStatsQuery(Object.fromEntries(queryOf(request.url)))),
  ).routes
}

const unread = (error: unknown): never => {
  throw unavailable('Results cannot be read just now. Try again in a moment.', error)
}

// A day, at least.
const text = { type: 'string' as const, maxLength: 40, pattern: '^(?:$|\\d{4}-\\d\\d-\\d\\d)' }
const query = (name: string, schema: object, description: string) => ({
  name,
  in: 'query' as const,
  required: false,
  schema,
  description,
})
const count = t.Integer()

const detail = {
  tags: ['events'],
  operationId: 'stats',
  summary: 'The results of an experiment',
  description:
    'From what is counted by the quarter of an hour while events are stored, so it costs the same for any number of them. A visitor converts who was exposed to a variant of this experiment and sent `form_submit` with the same variant afterwards, once however often they do. They count where they were exposed: `exposed` are those who were first shown the variant between `from` and `to`, and `converted` those of them who have submitted since, so the rate of a recent range still grows. Who was never exposed converts nothing, whatever they send. Robots are left out and counted in `filtered`. Without `experiment` it is the first one, with the events of visitors in no experiment under the variant ``. In production it needs an operator key.',
  parameters: [
    nameParameter('experiment', 'query', 'Such as `hero`, or a flag'),
    nameParameter('variant', 'query', 'Only this variant'),
    nameParameter('event_type', 'query', 'Only this type; conversion is told for all that'),
    query(
      'from',
      text,
      'A day or a moment in ISO 8601, in UTC where it names no zone. From the beginning of its quarter of an hour',
    ),
    query(
      'to',
      text,
      'Likewise, and itself not included: up to this moment, or to the end of the quarter of an hour that it lies within',
    ),
  ],
  responses: {
    200: jsonAnswer(
      'The results. Rates are in percent, with their 95 % Wilson interval',
      t.Object({
        experiment: t.String(),
        from: t.Union([t.String(), t.Null()]),
        to: t.Union([t.String(), t.Null()]),
        total: count,
        totalsByVariant: t.Array(t.Object({ variant: t.String(), count })),
        totalsByEventType: t.Array(t.Object({ event_type: t.String(), count })),
        variantEventBreakdown: t.Array(
          t.Object({ variant: t.String(), event_type: t.String(), count, visitors: count }),
        ),
        conversion: t.Array(
          t.Object({
            variant: t.String(),
            page_views: count,
            form_submits: count,
            exposed: count,
            converted: count,
            conversion_rate: t.Union([t.Number(), t.Null()]),
            interval: t.Union([t.Array(t.Number()), t.Null()]),
          }),
        ),
        webVitals: t.Array(t.Object({ variant: t.String(), vital: t.String(), count, p75: t.Number() })),
        filtered: t.Object({ bots: count }),
      }),
    ),
    400: jsonAnswer('A parameter breaks a rule, or there is no such experiment', fieldErrors, {
      from: ['invalid'],
    }),
  },
}
