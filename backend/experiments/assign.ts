import type { Experiment } from './experiment.ts'
import { variantFor } from './variant-for.ts'

/** The variant of each experiment, by key. */
export type Variants = ReadonlyMap<string, string>

/** Which variant each visitor was given first. Rejects while the store is away. */
export interface Assignments {
  /** Keeps what is wanted where the visitor has nothing yet. Resolves with what is kept, which may be something else. */
  keep(visitorId: string, wanted: Variants): Promise<Variants>
}

/** `stored` is false when a variant could only be computed: it is the same again until weights change. */
export type Assigned = Readonly<{ variants: Variants; stored: boolean }>

/**
 * Gives a visitor a variant of every experiment: what they were given first, for ever, or else by their id and the
 * weights. A stopped experiment gives its first variant and keeps nothing. Never rejects.
 */
export async function assign(
  deps: Readonly<{ assignments: Assignments }>,
  visitorId: string,
  experiments: ReadonlyMap<string, Experiment>,
): Promise<Assigned> {
  const computed = new Map<string, string>()
  const wanted = new Map<string, string>()
  for (const [key, experiment] of experiments) {
    const variant = variantFor(experiment, visitorId)
    computed.set(key, variant)
    if (experiment.running) wanted.set(key, variant)
  }
  if (wanted.size === 0) return { variants: computed, stored: true }
  try {
    const kept = await deps.assignments.keep(visitorId, wanted)
    for (const key of wanted.keys()) {
      const variant = kept.get(key)
      // A variant that has left its experiment cannot be shown any more.
      if (variant !== undefined && hasVariant(experiments.get(key)!, variant)) computed.set(key, variant)
    }
    return { variants: computed, stored: true }
  } catch {
    return { variants: computed, stored: false }
  }
}

const hasVariant = ({ variants }: Experiment, name: string) =>
  variants.some((variant) => variant.name === name)
