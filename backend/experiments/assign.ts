import type { Experiment } from './experiment.ts'
import { variantFor } from './variant-for.ts'

/** The variant of each experiment, by key. */
export type Variants = ReadonlyMap<string, string>

/** A variant for who has none yet, and all that the experiment has now. */
export type Wanted = Readonly<{ variant: string; variants: readonly string[] }>

/** What is kept, which may be something else than was wanted; and the experiments for which this very call kept it. */
export type Kept = Readonly<{ variants: Variants; given: ReadonlySet<string> }>

/** Which variant each visitor was given first. Rejects while the store is away. */
export interface Assignments {
  /**
   * Keeps what is wanted, by experiment, where the visitor has nothing yet, or a variant that has left the experiment.
   * `mayWrite` is asked only where something would be kept; where it says no, what is kept already is all that is told.
   */
  keep(visitorId: string, wanted: ReadonlyMap<string, Wanted>, mayWrite?: () => boolean): Promise<Kept>
}

/** `stored` is false when a variant could only be computed: it is the same again until weights change. */
export type Assigned = Readonly<{
  variants: Variants
  stored: boolean
  /** Those that the visitor has from now on and had nowhere before. */
  given: Variants
}>

const nothing: Variants = new Map()

/**
 * Gives a visitor a variant of every experiment: what they were given first, for ever, else what the page has `shown`
 * them, or else by their id and the weights. A stopped experiment gives its first variant and keeps nothing. Who has a
 * variant that has left its experiment is given another, once. Never rejects. `mayWrite` is asked where a new visitor would
 * be kept: whom it refuses gets what was computed.
 */
export async function assign(
  deps: Readonly<{ assignments: Assignments }>,
  visitorId: string,
  experiments: ReadonlyMap<string, Experiment>,
  options: Readonly<{ shown?: Variants; mayWrite?: () => boolean }> = {},
): Promise<Assigned> {
  const { shown = nothing, mayWrite } = options
  const computed = new Map<string, string>()
  const wanted = new Map<string, Wanted>()
  const fromPage = new Set<string>()
  for (const [key, experiment] of experiments) {
    const variants = experiment.variants.map(({ name }) => name)
    const seen = experiment.running ? shown.get(key) : undefined
    const isSeen = seen !== undefined && variants.includes(seen)
    if (isSeen) fromPage.add(key)
    const variant = isSeen ? seen : variantFor(experiment, visitorId)
    computed.set(key, variant)
    if (experiment.running) wanted.set(key, { variant, variants })
  }
  if (wanted.size === 0) return { variants: computed, stored: true, given: nothing }
  try {
    const kept = await deps.assignments.keep(visitorId, wanted, mayWrite)
    for (const [key, { variants }] of wanted) {
      const variant = kept.variants.get(key)
      if (variant !== undefined && variants.includes(variant)) computed.set(key, variant)
    }
    const given = [...kept.given].filter((key) => !fromPage.has(key))
    return {
      variants: computed,
      stored: [...wanted.keys()].every((key) => kept.variants.has(key)),
      given: new Map(given.map((key) => [key, computed.get(key)!])),
    }
  } catch {
    return { variants: computed, stored: false, given: nothing }
  }
}
