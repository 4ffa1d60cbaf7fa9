import { normalQuantile } from '../../statistics/normal.ts'
import type { Tally } from './tally.ts'

/** Where the difference between two rates lies, as shares: `low` to `high`. */
export type Bounds = Readonly<{ low: number; high: number }>

/**
 * The interval of Agresti and Caffo for the rate of `other` less that of `control`, for a number of visitors that was
 * fixed beforehand. It holds for small numbers, since each side gets a hit and a miss more than it had.
 */
export function differenceAtHorizon(control: Tally, other: Tally, alpha: number): Bounds {
  const { difference, variance } = differenceOf(control, other)
  return around(difference, normalQuantile(alpha / 2) * Math.sqrt(variance))
}

/**
 * The same difference within bounds that hold at all times together, however often one looks: the confidence sequence of
 * the mixture sequential probability ratio test (Robbins; Johari, Koomen, Pekelis and Walsh). `yardstick` is the
 * difference for which it is sharpest; it has to be set before what it judges was seen.
 */
export function differenceAtAnyTime(
  control: Tally,
  other: Tally,
  { alpha, yardstick }: Readonly<{ alpha: number; yardstick: number }>,
): Bounds {
  const { difference, variance } = differenceOf(control, other)
  const prior = yardstick ** 2
  const both = variance + prior
  const evidence = 2 * Math.log(1 / alpha) + Math.log(both / variance)
  return around(difference, Math.sqrt(((variance * both) / prior) * evidence))
}

function differenceOf(control: Tally, other: Tally) {
  const [one, two] = [control, other].map(({ exposed, converted }) => {
    const trials = exposed + 2
    const rate = (converted + 1) / trials
    return { rate, variance: (rate * (1 - rate)) / trials }
  }) as [Estimate, Estimate]
  return { difference: two.rate - one.rate, variance: one.variance + two.variance }
}
type Estimate = Readonly<{ rate: number; variance: number }>

const around = (middle: number, half: number): Bounds => ({ low: middle - half, high: middle + half })
