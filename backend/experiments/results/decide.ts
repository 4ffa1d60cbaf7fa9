import { type Bounds, differenceAtAnyTime, differenceAtHorizon } from './difference.ts'
import { visitorsNeeded } from './horizon.ts'
import { type CountedDay, daysBetween, nobodyYet, type Tally, together } from './tally.ts'

// Whatever is said is wrong at most once in twenty: what may be read at any time gets a fifth of that, the check of the
// sample ratio, which is looked at daily, about as much, and the one comparison at the horizon has half of it, so that it
// asks for hardly more visitors than it would alone.
const anyTimeAlpha = 0.01
const horizonAlpha = 0.025
export const power = 0.8
/** Days of the week differ. */
export const daysMin = 7
/** Conversions, and visitors who do not convert, that each of the two must be due for anything to be said. */
export const dueMin = 10

/** What is known of a variant beside the control. It is found once and stays. */
export type Decision = Readonly<{
  outcome: 'better' | 'worse' | 'same' | 'open' | 'too_little'
  /** Which statement it rests on, and the day by whose end it was found. Null while nothing is. */
  by: 'any_time' | 'horizon' | null
  day: string | null
  /** Where the difference of the rates lies by that statement; null with too little data. */
  difference: Bounds | null
  /** The rates by the end of that day. */
  rates: Readonly<{ control: number; other: number }> | null
  /** Visitors of both that are still missing to the horizon. Null while no rate is known. */
  missing: number | null
}>

export type Comparison = Readonly<{
  control: string
  other: string
  /** How many visitors the weights deal to the other for each of the control. */
  ratio: number
  effect: number
  /** How many variants are compared with this control: each may err that much more seldom. */
  comparisons: number
}>

/**
 * Compares a variant with the control as somebody would who looks at the end of each day. Before the horizon only what
 * holds at any time decides; the first day that decides is the last one that is looked at.
 */
export function decide(given: Comparison, days: readonly CountedDay[]): Decision {
  let [control, other] = [nobodyYet, nobodyYet]
  let yardstick: number | undefined
  let difference: Bounds | null = null
  let missing: number | null = null
  for (const { day, tallies } of days) {
    control = together(control, tallies.get(given.control) ?? nobodyYet)
    other = together(other, tallies.get(given.other) ?? nobodyYet)
    if (!isEnough(control, other)) continue
    const needed = neededFor(given, control)
    missing = Math.max(0, Math.ceil(needed - control.exposed - other.exposed))
    yardstick ??= given.effect * rateOf(together(control, other))
    const now = differenceAtAnyTime(control, other, { alpha: anyTimeAlpha / given.comparisons, yardstick })
    difference = difference ? within(difference, now) : now
    const found = { day, difference, rates: { control: rateOf(control), other: rateOf(other) }, missing }
    const atAnyTime = signOf(difference)
    if (atAnyTime !== 'same') return { ...found, outcome: atAnyTime, by: 'any_time' }
    if (missing > 0 || daysBetween(days[0]!.day, day) + 1 < daysMin) continue
    const once = differenceAtHorizon(control, other, horizonAlpha / given.comparisons)
    return { ...found, outcome: signOf(once), by: 'horizon', difference: once }
  }
  const outcome = difference ? 'open' : 'too_little'
  return { outcome, by: null, day: null, difference, rates: null, missing }
}

/** Visitors of both together that the horizon lies at. */
export function neededFor({ ratio, effect, comparisons }: Comparison, control: Tally): number {
  const alpha = horizonAlpha / comparisons
  return (1 + ratio) * visitorsNeeded({ rate: rateOf(control), effect, alpha, power, ratio })
}

export const rateOf = ({ exposed, converted }: Tally) => (exposed === 0 ? 0 : converted / exposed)

function isEnough(control: Tally, other: Tally): boolean {
  const fewest = Math.min(control.exposed, other.exposed)
  const rate = rateOf(together(control, other))
  return fewest * Math.min(rate, 1 - rate) >= dueMin
}

const within = (one: Bounds, two: Bounds): Bounds => ({
  low: Math.max(one.low, two.low),
  high: Math.min(one.high, two.high),
})

const signOf = ({ low, high }: Bounds) => (low > 0 ? 'better' : high < 0 ? 'worse' : 'same')
