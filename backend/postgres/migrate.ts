import { sql } from 'kysely'
import { type Migration, type MigrationResult, type MigrationResultSet, Migrator } from 'kysely/migration'
import { validateChecks } from './checks.ts'
import type { Db } from './connection.ts'
import { applyFunctions, type FunctionState, functionStates } from './functions.ts'
import { ensureInstallation } from './installation.ts'
import * as leads from './migrations/0001-leads.ts'
import * as leadSignals from './migrations/0002-lead-signals.ts'
import * as liveConfig from './migrations/0003-live-config.ts'
import * as events from './migrations/0004-events.ts'
import * as storeLeads from './migrations/0005-store-leads.ts'
import * as storeNewLeads from './migrations/0006-store-new-leads.ts'
import * as leadCorrections from './migrations/0007-lead-corrections.ts'
import * as shortPhones from './migrations/0008-short-phones.ts'
import * as workerTurns from './migrations/0009-worker-turns.ts'
import * as installation from './migrations/0010-installation.ts'

/** Every migration by name, in order. Migrations only go forward. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-leads': leads,
  '0002-lead-signals': leadSignals,
  '0003-live-config': liveConfig,
  '0004-events': events,
  '0005-store-leads': storeLeads,
  '0006-store-new-leads': storeNewLeads,
  '0007-lead-corrections': leadCorrections,
  '0008-short-phones': shortPhones,
  '0009-worker-turns': workerTurns,
  '0010-installation': installation,
}

export type MigrationStatus = Readonly<{ name: string; appliedAt?: Date }>

export type SchemaStatus = Readonly<{
  migrations: readonly MigrationStatus[]
  functions: readonly Readonly<{ file: string; revision: number; state: FunctionState }>[]
}>

/**
 * Brings the schema up to date. Safe to run from several machines at once: the first takes an advisory lock, the
 * others wait and find nothing to do. Functions come after the migrations. Returns the names of what was applied. A schema that a later version has migrated
 * is left as it is: an update can be taken back, and an API that starts again in the middle of one comes up.
 */
export async function migrate(db: Db, all = migrations): Promise<string[]> {
  const { error, results } = await migrateBetweenOthers(db, all)
  if (error && (await isLaterThanOurs(db).catch(() => false))) return []
  if (error) throw error
  const applied = (results ?? []).filter(({ status }: MigrationResult) => status === 'Success').map(nameOf)
  const functions = await applyFunctions(db)
  await ensureInstallation(db)
  await validateChecks(db)
  return [...applied, ...functions]
}

const lockWaitMs = 1_000
const lockAttemptsMax = 120
const lockNotAvailable = '55P03'

/**
 * Who waits for a table as a whole has everybody after them wait as well, leads among them. So nobody here waits for
 * long behind somebody's report: the leads go first, and then it is tried again.
 */
async function migrateBetweenOthers(db: Db, all: typeof migrations): Promise<MigrationResultSet> {
  return db.connection().execute(async (connection) => {
    await sql`set lock_timeout = ${sql.lit(lockWaitMs)}`.execute(connection)
    try {
      for (let attempt = 1; ; attempt++) {
        const result = await migrator(connection, all).migrateToLatest()
        const { code } = (result.error ?? {}) as { code?: unknown }
        if (code !== lockNotAvailable || attempt === lockAttemptsMax) return result
        await Bun.sleep(lockWaitMs)
      }
    } finally {
      await sql`set lock_timeout to default`.execute(connection)
    }
  })
}

/** Every migration there is, with when it was applied, and every function, with what the database has of it. */
export async function schemaStatus(db: Db): Promise<SchemaStatus> {
  const all = await migrator(db).getMigrations()
  return {
    migrations: all.map((migration) => ({ name: migration.name, appliedAt: migration.executedAt })),
    functions: await functionStates(db),
  }
}

const ownFunctions = ['store_leads', 'make_month', 'drop_month']
const ownTables = [
  'leads',
  'lead_claims',
  'lead_quarantine',
  'lead_corrections',
  'workers',
  'chore_turns',
  'installation',
  'live_version',
  'flags',
  'experiments',
  'operator_keys',
  'assignments',
  'events',
  'event_counts',
  'event_vitals',
  'event_firsts',
  'event_cohorts',
  'kysely_migration',
  'kysely_migration_lock',
]

/** Drops the tables and functions Landfast made in this database, and no others. There is no way back. */
export async function dropTables(db: Db): Promise<void> {
  // Earlier signatures as well.
  const { rows } = await sql<{ signature: string }>`
    select oid::regprocedure::text as signature from pg_proc
    where pronamespace = current_schema()::regnamespace and proname = any(${ownFunctions}::text[])`.execute(
    db,
  )
  for (const { signature } of rows) await sql`drop function ${sql.raw(signature)}`.execute(db)
  for (const table of ownTables) await sql`drop table if exists ${sql.table(table)}`.execute(db)
}

/** Whether all our migrations were applied, and after them some that only a later version knows. */
async function isLaterThanOurs(db: Db): Promise<boolean> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  const ours = Object.keys(migrations)
  return rows.length > ours.length && ours.every((name, index) => rows[index]?.name === name)
}

const nameOf = (result: MigrationResult) => result.migrationName

function migrator(db: Db, all = migrations): Migrator {
  return new Migrator({ db, provider: { getMigrations: async () => all } })
}
