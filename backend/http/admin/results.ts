import { t } from 'elysia'
import type { Experiment } from '../../experiments/experiment.ts'
import type { ResultsReader } from '../../experiments/results/ports.ts'
import { type Results, resultsOf, type VariantResult } from '../../experiments/results/results.ts'
import { dealtSince } from '../../experiments/results/since.ts'
import { verdictIn } from '../../experiments/results/words.ts'
import { InvalidFields, Problem } from '../../problem.ts'
import { devices } from '../../words/device.ts'
import { fieldErrors, jsonAnswer, nameParameter } from '../docs/answers.ts'
import { queryOf } from '../request/target.ts'
import { type AdminRouteDeps, adminTag, noneOfThisName } from './change.ts'
import { operatorRoutes } from './door.ts'
import { orUnavailable } from './or-unavailable.ts'

export type AdminResultRouteDeps = Pick<AdminRouteDeps, 'door' | 'live'> &
  Readonly<{ results: ResultsReader; nowMs(): number }>

const effectUsual = 20

/** What came of an experiment, with the verdict in words. */
export function adminResultRoutes({ door, live, results, nowMs }: AdminResultRouteDeps) {
  return operatorRoutes(door).get(
    '/api/admin/experiments/:key/results',
    { right: 'results.read', detail },
    async ({ params, request }) => {
      const effect = effectOf(queryOf(request.url).get('effect'))
      const experiment = live.current().experiments.get(params.key)
      if (!experiment) throw new Problem('not_found', 'There is no experiment of this name.')
      return orUnavailable(async () => {
        const since = dealtSince(experiment.key, await results.changes(experiment.key))
        const counted = await results.counted(experiment.key, since)
        const today = new Date(nowMs()).toISOString().slice(0, 10)
        return {
          ...view(experiment, since, resultsOf(experiment, { ...counted, today }, effect / 100)),
          days: counted.days.map(({ day, tallies }) => ({ day, variants: Object.fromEntries(tallies) })),
        }
      })
    },
  ).routes
}

function effectOf(text: string | null): number {
  const effect = text === null || text === '' ? effectUsual : Number(text)
  if (!(effect >= 1 && effect <= 100)) throw new InvalidFields({ effect: ['invalid'] })
  return effect
}

function view(experiment: Experiment, since: Date | undefined, found: Results) {
  const { verdict, variants, sampleRatio, effect, daysLeft, daysByEffect, countedDays } = found
  return {
    experiment: experiment.key,
    running: experiment.running,
    since: since?.toISOString() ?? null,
    counted_days: countedDays,
    verdict: {
      code: verdict.code,
      variant: 'variant' in verdict ? verdict.variant : null,
      words: { en: verdictIn('en', verdict), fa: verdictIn('fa', verdict) },
    },
    variants: variants.map(variantView),
    horizon: {
      effect,
      days_left: daysLeft,
      days_by_effect: daysByEffect.map((each) => ({ effect: each.effect, days: each.days })),
    },
    sample_ratio: {
      state: sampleRatio.state,
      day: sampleRatio.day,
      p: sampleRatio.p,
      due: sampleRatio.due,
      cause: sampleRatio.cause?.kind ?? null,
      cause_days: sampleRatio.cause && 'days' in sampleRatio.cause ? sampleRatio.cause.days : [],
      cause_devices: sampleRatio.cause && 'devices' in sampleRatio.cause ? sampleRatio.cause.devices : [],
    },
    excluded: {
      robots: variants.reduce((sum, { robots }) => sum + robots, 0),
      never_counted: ['duplicates', 'suspects', 'previews'],
    },
  }
}

function variantView(found: VariantResult) {
  const { variant, weight, isControl, exposed, converted, robots, rate, interval, lift, decision } = found
  return {
    ...{ variant, weight, is_control: isControl, exposed, converted, robots, rate, interval, lift },
    chance_to_be_best: found.chanceToBeBest,
    expected_loss: found.expectedLoss,
    outcome: decision?.outcome ?? null,
    decided_by: decision?.by ?? null,
    decided_on: decision?.day ?? null,
    difference: decision?.difference ? [decision.difference.low, decision.difference.high] : null,
  }
}

const count = t.Integer()
const orNull = <T extends Parameters<typeof t.Union>[0][number]>(schema: T) => t.Union([schema, t.Null()])

const detail = {
  ...adminTag,
  operationId: 'experimentResults',
  summary: 'What came of an experiment, with the verdict in words',
  description:
    'From the counts by day, since visitors are dealt as now. Rates are shares of those exposed. The verdict is looked for at the end of each day of UTC and stays once it is found; only visitors who are not dealt by the weights take it back. `difference` is the rate less that of the control, by what holds at any time before the horizon and by the one comparison at it. The chance to be best and the expected loss describe what was seen and decide nothing. Robots are left out and counted; leads that are duplicates or suspect convert nobody, and previews expose nobody, so that these are in no count.',
  parameters: [
    nameParameter('key', 'path'),
    {
      ...{ name: 'effect', in: 'query' as const, required: false },
      schema: { type: 'number' as const, minimum: 1, maximum: 100, default: effectUsual },
      description:
        'The change of the control’s rate that is to be found, in percent: the horizon is planned for it',
    },
  ],
  responses: {
    200: jsonAnswer(
      'The results',
      t.Object({
        experiment: t.String(),
        running: t.Boolean(),
        since: orNull(t.String()),
        counted_days: count,
        verdict: t.Object({
          code: t.UnionEnum([
            'nothing_to_compare',
            'sample_ratio_fault',
            'too_little_data',
            'open',
            'win',
            'loss',
            'no_difference',
          ]),
          variant: orNull(t.String()),
          words: t.Object({ en: t.String(), fa: t.String() }),
        }),
        variants: t.Array(
          t.Object({
            variant: t.String(),
            weight: t.Number(),
            is_control: t.Boolean(),
            exposed: count,
            converted: count,
            robots: count,
            rate: orNull(t.Number()),
            interval: orNull(t.Array(t.Number())),
            lift: orNull(t.Number()),
            chance_to_be_best: t.Number(),
            expected_loss: t.Number(),
            outcome: orNull(t.UnionEnum(['better', 'worse', 'same', 'open', 'too_little'])),
            decided_by: orNull(t.UnionEnum(['any_time', 'horizon'])),
            decided_on: orNull(t.String()),
            difference: orNull(t.Array(t.Number())),
          }),
        ),
        horizon: t.Object({
          effect: t.Number(),
          days_left: orNull(t.Number()),
          days_by_effect: t.Array(t.Object({ effect: t.Number(), days: orNull(t.Number()) })),
        }),
        sample_ratio: t.Object({
          state: t.UnionEnum(['too_few', 'as_dealt', 'fault']),
          day: orNull(t.String()),
          p: orNull(t.Number()),
          due: t.Array(t.Object({ variant: t.String(), exposed: count, due: t.Number() })),
          cause: orNull(t.UnionEnum(['robots', 'days', 'since', 'devices', 'always'])),
          cause_days: t.Array(t.String()),
          cause_devices: t.Array(t.UnionEnum([...devices])),
        }),
        excluded: t.Object({ robots: count, never_counted: t.Array(t.String()) }),
        days: t.Array(
          t.Object({
            day: t.String(),
            variants: t.Record(t.String(), t.Object({ exposed: count, converted: count })),
          }),
        ),
      }),
    ),
    400: jsonAnswer('A parameter breaks a rule', fieldErrors, { effect: ['invalid'] }),
    404: noneOfThisName,
  },
}
