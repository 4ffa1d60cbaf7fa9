import { sql } from 'kysely'
import type { Experiment } from '../experiments/experiment.ts'
import type { FlagKey } from '../flags/definitions.ts'
import type { FlagSetting } from '../flags/setting.ts'
import type { LiveEditor, LiveStore } from '../live/ports.ts'
import type { LiveRows } from '../live/snapshot.ts'
import { type FoundRows, soundRows } from '../live/sound-rows.ts'
import { writeAudit } from './audit.ts'
import type { Db, DbOrTransaction } from './connection.ts'

type Rows = {
  version: string
  flags: FoundRows['flags'] | null
  experiments: FoundRows['experiments'] | null
}

/** Flags and experiments as operators set them, with the version of the whole. */
export function createLiveStore(db: Db): LiveStore & LiveEditor {
  /** The row of the version is locked first, so changes stand in line and each gets a version of its own. */
  const change = (edit: (tx: DbOrTransaction) => Promise<unknown>): Promise<number> =>
    db.transaction().execute(async (tx) => {
      const { rows } = await sql<{ version: string }>`
        update live_version set version = version + 1 returning version`.execute(tx)
      await edit(tx)
      return Number(rows[0]!.version)
    })

  return {
    load: () => load(db),
    setFlag: (key, by, edit) =>
      change(async (tx) => {
        const before = (await load(tx)).flags[key]
        const after = edit(before)
        await writeFlag(tx, key, by.id, after)
        await writeAudit(tx, { by, action: 'flag.changed', subject: key, before, after })
      }),
    resetFlag: (key, by) =>
      change(async (tx) => {
        const before = (await load(tx)).flags[key]
        await sql`delete from flags where key = ${key}`.execute(tx)
        await writeAudit(tx, { by, action: 'flag.changed', subject: key, before })
      }),
    setExperiment: (key, by, edit) =>
      change(async (tx) => {
        const before = await experimentIn(tx, key)
        const after = edit(before)
        await writeExperiment(tx, by.id, after)
        await writeAudit(tx, { by, action: 'experiment.changed', subject: key, before, after })
      }),
    removeExperiment: (key, by) =>
      change(async (tx) => {
        const before = await experimentIn(tx, key)
        await sql`delete from experiments where key = ${key}`.execute(tx)
        await writeAudit(tx, { by, action: 'experiment.removed', subject: key, before })
      }),
  }
}

const experimentIn = async (tx: DbOrTransaction, key: string) =>
  (await load(tx)).experiments.find((experiment) => experiment.key === key)

/** One statement, so that version and rows are of one moment. */
async function load(db: DbOrTransaction): Promise<LiveRows> {
  const { rows } = await sql<Rows>`
    select version,
      (select json_agg(json_build_object('key', key, 'setting', json_build_object(
        'value', value, 'rollout_percent', rollout_percent, 'killed', killed))) from flags) as flags,
      (select json_agg(json_build_object('key', key, 'fields', json_build_object(
        'variants', variants, 'salt', salt, 'running', running))) from experiments) as experiments
    from live_version`.execute(db)
  const [found] = rows
  if (!found) throw new Error('live_version has no row')
  return soundRows({
    version: Number(found.version),
    flags: found.flags ?? [],
    experiments: found.experiments ?? [],
  })
}

function writeFlag(tx: DbOrTransaction, key: FlagKey, by: string, setting: FlagSetting) {
  return sql`
    insert into flags (key, value, rollout_percent, killed, changed_by)
    values (${key}, ${JSON.stringify(setting.value)}::jsonb, ${setting.rolloutPercent}, ${setting.killed}, ${by})
    on conflict (key) do update
    set value = excluded.value, rollout_percent = excluded.rollout_percent, killed = excluded.killed,
        changed_at = now(), changed_by = excluded.changed_by`.execute(tx)
}

function writeExperiment(tx: DbOrTransaction, by: string, { key, variants, salt, running }: Experiment) {
  return sql`
    insert into experiments (key, variants, salt, running, changed_by)
    values (${key}, ${JSON.stringify(variants)}::jsonb, ${salt}, ${running}, ${by})
    on conflict (key) do update
    set variants = excluded.variants, salt = excluded.salt, running = excluded.running,
        changed_at = now(), changed_by = excluded.changed_by`.execute(tx)
}
