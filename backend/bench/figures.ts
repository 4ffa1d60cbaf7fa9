/** The middle of some figures; of an even number of them the mean of the two in the middle. NaN for none. */
export function median(figures: readonly number[]): number {
  if (figures.length === 0) return Number.NaN
  const sorted = [...figures].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The figure that `share` (0 to 1) of all figures do not exceed, by nearest rank. NaN for none. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!
}

/** What was measured in one round. */
export type Round = Readonly<{ round: number; perSecond: number }>

/**
 * How much one subject does of another: the median over the rounds in which both were measured, each round against
 * itself, so that a slow minute of the machine counts for both. NaN when there is no such round.
 */
export function pairedRatio(of: readonly Round[], to: readonly Round[]): number {
  const perSecond = new Map(to.map((each) => [each.round, each.perSecond]))
  const both = of.filter(({ round }) => perSecond.has(round))
  return median(both.map((each) => each.perSecond / perSecond.get(each.round)!))
}
