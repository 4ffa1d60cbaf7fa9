import type { Decision } from './decide.ts'
import type { VariantResult } from './results.ts'
import type { SampleRatio } from './sample-ratio.ts'

/** What came of an experiment, as it is said in one sentence. */
export type Verdict =
  | Readonly<{ code: 'nothing_to_compare' }>
  /** Visitors are not dealt by the weights, so that no figure can be trusted. */
  | Readonly<{ code: 'sample_ratio_fault'; sampleRatio: SampleRatio }>
  | Readonly<{ code: 'too_little_data' }>
  | Readonly<{ code: 'open'; control: string; others: number; daysLeft: number | null }>
  | Readonly<{ code: 'win' | 'loss'; control: string; variant: string; others: number; found: Found }>
  | Readonly<{ code: 'no_difference'; control: string; others: number; effect: number; day: string }>

export type Found = Readonly<{
  by: 'any_time' | 'horizon'
  day: string
  rates: NonNullable<Decision['rates']>
}>

export type VerdictGiven = Readonly<{
  control: string
  variants: readonly VariantResult[]
  sampleRatio: SampleRatio
  effect: number
  daysLeft: number | null
}>

/**
 * The verdict over all variants. The first that was found better wins, the best of those of one day; what is found of
 * others later changes nothing. Only where none is better it takes all of them to say so.
 */
export function verdictOf({ control, variants, sampleRatio, effect, daysLeft }: VerdictGiven): Verdict {
  const others = variants.flatMap(({ variant, decision }) => (decision ? [{ variant, decision }] : []))
  if (others.length === 0) return { code: 'nothing_to_compare' }
  if (sampleRatio.state === 'fault') return { code: 'sample_ratio_fault', sampleRatio }
  const found = others.flatMap(({ variant, decision: { outcome, by, day, rates } }) =>
    by && day && rates ? [{ variant, outcome, found: { by, day, rates } }] : [],
  )
  const count = others.length
  const [winner] = found
    .filter(({ outcome }) => outcome === 'better')
    .sort(
      (one, two) =>
        one.found.day.localeCompare(two.found.day) || two.found.rates.other - one.found.rates.other,
    )
  if (winner) return { code: 'win', control, others: count, variant: winner.variant, found: winner.found }
  if (found.length < count) {
    const isSilent = others.every(({ decision }) => decision.outcome === 'too_little')
    return isSilent ? { code: 'too_little_data' } : { code: 'open', control, others: count, daysLeft }
  }
  const [last] = found.toSorted((one, two) => two.found.day.localeCompare(one.found.day))
  if (found.every(({ outcome }) => outcome === 'worse'))
    return { code: 'loss', control, others: count, variant: last!.variant, found: last!.found }
  return { code: 'no_difference', control, others: count, effect, day: last!.found.day }
}
