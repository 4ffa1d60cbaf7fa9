import { sql } from 'kysely'
import type { Experiment } from '../experiments/experiment.ts'
import { type FlagKey, isFlagKey } from '../flags/definitions.ts'
import type { FlagSetting } from '../flags/setting.ts'
import type { LiveStore } from '../live/ports.ts'
import type { LiveRows } from '../live/snapshot.ts'
import type { Db, DbOrTransaction } from './connection.ts'

type FlagRow = { key: string; value: FlagSetting['value']; rollout_percent: number; killed: boolean }
type Rows = { version: string; flags: FlagRow[] | null; experiments: Experiment[] | null }

/** Flags and experiments as operators set them, with the version of the whole. */
export function createLiveStore(db: Db): LiveStore {
  return { load: () => load(db) }
}

/** One statement, so that version and rows are of one moment. */
async function load(db: DbOrTransaction): Promise<LiveRows> {
  const { rows } = await sql<Rows>`
    select version,
      (select json_agg(json_build_object(
        'key', key, 'value', value, 'rollout_percent', rollout_percent, 'killed', killed)) from flags) as flags,
      (select json_agg(json_build_object(
        'key', key, 'variants', variants, 'salt', salt, 'running', running)) from experiments) as experiments
    from live_version`.execute(db)
  const [found] = rows
  if (!found) throw new Error('live_version has no row')
  const flags: Partial<Record<FlagKey, FlagSetting>> = {}
  // A flag of another version of Landfast is left alone.
  for (const { key, value, rollout_percent, killed } of found.flags ?? [])
    if (isFlagKey(key)) flags[key] = { value, rolloutPercent: rollout_percent, killed }
  return { version: Number(found.version), flags, experiments: found.experiments ?? [] }
}
