import { type Experiment, fitToPage, newExperiment, type PageExperiments } from '../experiments/experiment.ts'
import { variantFor } from '../experiments/variant-for.ts'
import type { FlagKey, Flags } from '../flags/definitions.ts'
import { isPartial, resolveFlags } from '../flags/resolve.ts'
import type { FlagSettings } from '../flags/setting.ts'

/** What operators have changed, as it is kept. */
export type LiveRows = Readonly<{
  /** Grows with every change; 0: nobody has changed anything. */
  version: number
  flags: FlagSettings
  experiments: readonly Experiment[]
  /** Names of what stands there and no rule allows; absent where all is well. */
  odd?: readonly string[]
}>

/** Flags and experiments at one moment. Asks nobody, and never changes. */
export type Snapshot = Readonly<{
  version: number
  flags: FlagSettings
  /** Those of the page first, in its order, then those that only other clients ask for, by key. */
  experiments: ReadonlyMap<string, Experiment>
  /** The variant of a visitor nobody has assigned yet; '' for an experiment that does not exist. */
  variantOf(experimentKey: string, visitorId: string): string
  flagsFor(visitorId: string | undefined): Flags
  /** Whether visitors differ in this flag: then what they were given once has to be remembered. */
  isPartial(flagKey: FlagKey): boolean
}>

/** Before anything is known from the store: what is compiled in and what the page draws. */
export const noRows: LiveRows = { version: 0, flags: {}, experiments: [] }

/** Joins what operators changed with what the built page can draw. */
export function makeSnapshot(rows: LiveRows, page: PageExperiments): Snapshot {
  const experiments = joined(rows.experiments, page)
  return {
    version: rows.version,
    flags: rows.flags,
    experiments,
    variantOf(experimentKey, visitorId) {
      const experiment = experiments.get(experimentKey)
      return experiment ? variantFor(experiment, visitorId) : ''
    },
    flagsFor: (visitorId) => resolveFlags(rows.flags, visitorId),
    isPartial: (flagKey) => isPartial(rows.flags, flagKey),
  }
}

function joined(changed: readonly Experiment[], page: PageExperiments): ReadonlyMap<string, Experiment> {
  const byKey = new Map(changed.map((experiment) => [experiment.key, experiment]))
  const experiments = new Map<string, Experiment>()
  for (const [key, names] of Object.entries(page)) {
    const found = byKey.get(key)
    experiments.set(key, found ? fitToPage(found, names) : newExperiment(key, names))
  }
  for (const key of [...byKey.keys()].sort()) if (!experiments.has(key)) experiments.set(key, byKey.get(key)!)
  return experiments
}
