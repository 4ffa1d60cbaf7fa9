import { fractionOf } from '../fraction-of.ts'
import type { Experiment } from './experiment.ts'

/**
 * The variant of a visitor: always the same while salt and weights stay, and spread over all visitors by weight.
 * Asks nobody. A stopped experiment gives its first variant.
 */
export function variantFor(experiment: Experiment, visitorId: string): string {
  const { variants, salt, running } = experiment
  const first = variants[0]!.name
  if (!running) return first
  const sum = variants.reduce((total, { weight }) => total + weight, 0)
  const point = fractionOf(`${salt}:${visitorId}`) * sum
  let end = 0
  for (const { name, weight } of variants) {
    end += weight
    if (point < end) return name
  }
  // Only rounding can lead here.
  return variants.findLast(({ weight }) => weight > 0)?.name ?? first
}
