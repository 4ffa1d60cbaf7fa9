import { type Experiment, readExperiment } from '../experiments/experiment.ts'
import { type FlagKey, isFlagKey } from '../flags/definitions.ts'
import { type FlagSetting, readFlagSetting } from '../flags/setting.ts'
import type { LiveRows } from './snapshot.ts'

/** What stands in a store. Another version of Landfast may have written it, or a hand. */
export type FoundRows = Readonly<{
  version: number
  flags: readonly Readonly<{ key: string; setting: unknown }>[]
  experiments: readonly Readonly<{ key: string; fields: unknown }>[]
}>

/**
 * The rows that this version can use, by the rules that hold for operators, and the names of the others: those are as if
 * nobody had set them. A flag that this version does not know is nobody's fault.
 */
export function soundRows(found: FoundRows): LiveRows {
  const odd: string[] = []
  const flags: Partial<Record<FlagKey, FlagSetting>> = {}
  for (const { key, setting } of found.flags) {
    if (!isFlagKey(key)) continue
    const read = orUndefined(() => readFlagSetting(key, setting))
    if (read) flags[key] = read
    else odd.push(`flag ${key}`)
  }
  const experiments: Experiment[] = []
  for (const { key, fields } of found.experiments) {
    const read = orUndefined(() => readExperiment(key, fields))
    if (read) experiments.push(read)
    else odd.push(`experiment ${key}`)
  }
  return { version: found.version, flags, experiments, ...(odd.length > 0 && { odd }) }
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
