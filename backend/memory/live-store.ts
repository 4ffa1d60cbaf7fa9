import type { Experiment } from '../experiments/experiment.ts'
import type { FlagKey } from '../flags/definitions.ts'
import type { FlagSetting } from '../flags/setting.ts'
import type { LiveEditor, LiveStore } from '../live/ports.ts'

export type MemoryLiveStore = LiveStore & LiveEditor & { away: boolean }

/** A store of the live configuration that keeps state like the real one, and can be told to be away. */
export function memoryLiveStore(): MemoryLiveStore {
  let version = 0
  const flags = new Map<FlagKey, FlagSetting>()
  const experiments = new Map<string, Experiment>()
  const change = async (edit: () => unknown) => {
    if (store.away) throw new Error('the store is away')
    edit()
    version++
    return version
  }
  const store: MemoryLiveStore = {
    away: false,
    async load() {
      if (store.away) throw new Error('the store is away')
      return { version, flags: Object.fromEntries(flags), experiments: [...experiments.values()] }
    },
    setFlag: (key, _by, edit) => change(() => flags.set(key, edit(flags.get(key)))),
    resetFlag: (key) => change(() => flags.delete(key)),
    setExperiment: (key, _by, edit) => change(() => experiments.set(key, edit(experiments.get(key)))),
    removeExperiment: (key) => change(() => experiments.delete(key)),
  }
  return store
}
