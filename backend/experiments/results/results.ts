import { type Standing, standings } from '../../statistics/best.ts'
import { wilsonInterval } from '../../statistics/wilson.ts'
import type { Experiment } from '../experiment.ts'
import { type Comparison, type Decision, daysMin, decide, neededFor, rateOf } from './decide.ts'
import { type ByDevice, checkSampleRatio, type SampleRatio } from './sample-ratio.ts'
import { type CountedDay, daysBetween, type Tally, totalOf } from './tally.ts'
import { type Verdict, verdictOf } from './verdict.ts'

export type Counted = Readonly<{
  /** In order, each day that anybody was counted on. */
  days: readonly CountedDay[]
  /** Today in UTC. It is in the figures, and in what is decided once it is over. */
  today: string
  /** Exposures of robots, by variant: left out of everything else. */
  robots: ReadonlyMap<string, number>
  byDevice: ByDevice
}>

export type VariantResult = Readonly<{
  variant: string
  weight: number
  isControl: boolean
  exposed: number
  converted: number
  robots: number
  /** Shares of those exposed, with the 95 % Wilson interval. Null where nobody was exposed. */
  rate: number | null
  interval: readonly [low: number, high: number] | null
  /** How much more often than the control's visitors its own convert, as a share. Null where that has no meaning. */
  lift: number | null
  /** Null for the control. */
  decision: Decision | null
}> &
  Standing

export type Results = Readonly<{
  verdict: Verdict
  variants: readonly VariantResult[]
  sampleRatio: SampleRatio
  /** What the horizon was planned for, as a share of the control's rate. */
  effect: number
  /** At the rate of the last days: how many more to the horizon, and how many in all for other effects. Null: unknown. */
  daysLeft: number | null
  daysByEffect: readonly Readonly<{ effect: number; days: number | null }>[]
  countedDays: number
}>

const effects = [0.05, 0.1, 0.2, 0.3, 0.5]
/** Days that tell how many visitors come. */
const lately = 7

/**
 * The results of an experiment whose weights were the same on all these days. The first variant is the control; one
 * without a weight takes no part.
 */
export function resultsOf(experiment: Experiment, counted: Counted, effect: number): Results {
  const { days, today, robots } = counted
  const taking = experiment.variants.filter(({ weight }) => weight > 0)
  const [control, ...others] = taking.map(({ name, weight }) => ({ name, weight, ...totalOf(days, name) }))
  const over = days.filter(({ day }) => day < today)
  const comparisons = others.map(({ name, weight }) => ({
    ...{ control: control!.name, other: name, ratio: weight / control!.weight },
    ...{ effect, comparisons: others.length },
  }))
  const decisions = comparisons.map((comparison) => decide(comparison, over))
  const all = control ? [control, ...others] : []
  const stand = standings(
    all.map(({ exposed, converted }) => ({ a: converted + 1, b: exposed - converted + 1 })),
  )
  const variants = all.map((each, index): VariantResult => {
    const { exposed, converted } = each
    const [rate, ofControl] = [exposed === 0 ? null : converted / exposed, rateOf(control!)]
    return {
      ...{ variant: each.name, weight: each.weight, isControl: index === 0, exposed, converted },
      ...{ robots: robots.get(each.name) ?? 0, rate },
      interval: exposed === 0 ? null : wilsonInterval(converted, exposed),
      lift: index === 0 || rate === null || ofControl === 0 ? null : rate / ofControl - 1,
      decision: decisions[index - 1] ?? null,
      ...stand[index]!,
    }
  })
  const sampleRatio = checkSampleRatio(
    all.map(({ name, weight }) => ({ variant: name, weight })),
    over,
    counted,
  )
  const daysLeft = mostOf(
    comparisons.map((comparison, index) => {
      const { by, missing } = decisions[index]!
      return by ? 0 : daysFor(missing, pairADay(over, comparison), daysMin - daysRun(over))
    }),
  )
  return {
    verdict: verdictOf({ control: control?.name ?? '', variants, sampleRatio, effect, daysLeft }),
    ...{ variants, sampleRatio, effect, daysLeft },
    daysByEffect: effects.map((each) => ({
      effect: each,
      days: mostOf(
        comparisons.map((comparison) => {
          const needed = neededFor({ ...comparison, effect: each }, control!)
          return daysFor(needed, pairADay(over, comparison), daysMin)
        }),
      ),
    })),
    countedDays: daysRun(over),
  }
}

const daysRun = (days: readonly CountedDay[]) =>
  days.length === 0 ? 0 : daysBetween(days[0]!.day, days.at(-1)!.day) + 1

/** How many visitors of both there are a day, over the last days that are over. */
function pairADay(over: readonly CountedDay[], { control, other }: Comparison): number {
  const last = over.at(-1)?.day
  if (last === undefined) return 0
  const recent = over.filter(({ day }) => daysBetween(day, last) < lately)
  const ofBoth: readonly Tally[] = [control, other].map((name) => totalOf(recent, name))
  return ofBoth.reduce((sum, { exposed }) => sum + exposed, 0) / daysRun(recent)
}

function daysFor(visitors: number | null, aDay: number, atLeast: number): number | null {
  if (visitors === null || !Number.isFinite(visitors) || aDay === 0) return null
  return Math.max(atLeast, Math.ceil(visitors / aDay), 0)
}

/** The slowest decides; unknown where one of them is. */
function mostOf(days: readonly (number | null)[]): number | null {
  return days.length === 0 || days.includes(null) ? null : Math.max(...(days as readonly number[]))
}
