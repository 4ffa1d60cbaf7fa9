import { normalQuantile } from '../../statistics/normal.ts'

export type Plan = Readonly<{
  /** The rate of the control, between 0 and 1. */
  rate: number
  /** What is to be found, as a share of that rate: 0.2 finds 5 % against 6 %. */
  effect: number
  /** How often a difference is seen where there is none, and how often one of this size is found. */
  alpha: number
  power: number
  /** How many visitors of the other there are for each of the control. */
  ratio: number
}>

/**
 * How many visitors the control needs, and the other `ratio` times as many, before the two are compared once (Fleiss;
 * as `power.prop.test` of R for equal sizes). Infinite for a rate of 0, whose shares have no size.
 */
export function visitorsNeeded({ rate, effect, alpha, power, ratio }: Plan): number {
  if (rate <= 0 || rate >= 1) return Number.POSITIVE_INFINITY
  // What converts nearly always can only be found to convert less.
  const other = rate * (1 + effect) < 1 ? rate * (1 + effect) : rate * (1 - effect)
  const pooled = (rate + ratio * other) / (1 + ratio)
  const spread = (share: number) => share * (1 - share)
  const ofNone = normalQuantile(alpha / 2) * Math.sqrt((ratio + 1) * spread(pooled))
  const ofEffect = normalQuantile(1 - power) * Math.sqrt(ratio * spread(rate) + spread(other))
  return (ofNone + ofEffect) ** 2 / (ratio * (other - rate) ** 2)
}
