import { sql } from 'kysely'
import { type Migration, type MigrationResult, Migrator } from 'kysely/migration'
import { validateChecks } from './checks.ts'
import type { Db, DbOrTransaction } from './connection.ts'
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
import * as deliveries from './migrations/0011-deliveries.ts'
import * as quarterHours from './migrations/0012-quarter-hours.ts'
import * as oldStoreLeadsDelivers from './migrations/0013-old-store-leads-delivers.ts'
import * as deliveryTurns from './migrations/0014-delivery-turns.ts'
import * as deliveryEvents from './migrations/0015-delivery-events.ts'
import * as operators from './migrations/0016-operators.ts'
import * as deliveryNotices from './migrations/0017-delivery-notices.ts'
import * as leadWork from './migrations/0018-lead-work.ts'
import * as deliveryHold from './migrations/0019-delivery-hold.ts'
import * as erasures from './migrations/0020-erasures.ts'
import * as secondFactors from './migrations/0021-second-factors.ts'
import * as operatorIdentities from './migrations/0022-operator-identities.ts'
import * as leadExports from './migrations/0023-lead-exports.ts'
import * as leadViews from './migrations/0024-lead-views.ts'
import * as leadIndex from './migrations/0025-lead-index.ts'
import * as sourceCounts from './migrations/0026-source-counts.ts'
import * as erasureCutoffs from './migrations/0027-erasure-cutoffs.ts'
import * as leadBulks from './migrations/0028-lead-bulks.ts'
import * as eraseRequests from './migrations/0029-erase-requests.ts'
import * as leadReplays from './migrations/0030-lead-replays.ts'
import * as answers from './migrations/0031-answers.ts'
import * as inviteMakers from './migrations/0032-invite-makers.ts'
import * as redisShards from './migrations/0033-redis-shards.ts'
import * as kindFigures from './migrations/0034-kind-figures.ts'
import * as deviceAndLanding from './migrations/0035-device-and-landing.ts'
import * as keptExports from './migrations/0036-kept-exports.ts'
import * as firstCallers from './migrations/0037-first-callers.ts'
import * as cancelledExports from './migrations/0038-cancelled-exports.ts'
import * as callsTakenBack from './migrations/0039-calls-taken-back.ts'
import * as hotTables from './migrations/0040-hot-tables.ts'
import { isOneOf, ledgerTables, type Ours, ownFunctions, whatIsOurs } from './ours.ts'
import { anHour, type Patience, withShortWaits } from './patience.ts'

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
  '0011-deliveries': deliveries,
  '0012-quarter-hours': quarterHours,
  '0013-old-store-leads-delivers': oldStoreLeadsDelivers,
  '0014-delivery-turns': deliveryTurns,
  '0015-delivery-events': deliveryEvents,
  '0016-operators': operators,
  '0017-delivery-notices': deliveryNotices,
  '0018-lead-work': leadWork,
  '0019-delivery-hold': deliveryHold,
  '0020-erasures': erasures,
  '0021-second-factors': secondFactors,
  '0022-operator-identities': operatorIdentities,
  '0023-lead-exports': leadExports,
  '0024-lead-views': leadViews,
  '0025-lead-index': leadIndex,
  '0026-source-counts': sourceCounts,
  '0027-erasure-cutoffs': erasureCutoffs,
  '0028-lead-bulks': leadBulks,
  '0029-erase-requests': eraseRequests,
  '0030-lead-replays': leadReplays,
  '0031-answers': answers,
  '0032-invite-makers': inviteMakers,
  '0033-redis-shards': redisShards,
  '0034-kind-figures': kindFigures,
  '0035-device-and-landing': deviceAndLanding,
  '0036-kept-exports': keptExports,
  '0037-first-callers': firstCallers,
  '0038-cancelled-exports': cancelledExports,
  '0039-calls-taken-back': callsTakenBack,
  '0040-hot-tables': hotTables,
}

export type MigrationStatus = Readonly<{ name: string; appliedAt?: Date }>

export type SchemaStatus = Readonly<{
  migrations: readonly MigrationStatus[]
  functions: readonly Readonly<{ file: string; revision: number; state: FunctionState }>[]
}>

// The one that versions before this took for a session, as Kysely does by itself.
const migrationLock = 3_853_314_791_062_309_107n

/**
 * Brings the schema up to date. Safe to run from several machines at once: the first takes an advisory lock, the
 * others wait and find nothing to do. Functions come after the migrations. Returns the names of what was applied. A schema that a later version has migrated
 * is left as it is: an update can be taken back, and an API that starts again in the middle of one comes up.
 * @throws NotOurs where another application is in the way; nothing has been changed then.
 */
export async function migrate(db: Db, all = migrations, patience: Patience = anHour): Promise<string[]> {
  const applied = await withShortWaits(db, patience, async (tx) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(migrationLock)})`.execute(tx)
    await whatIsOurs(tx, Object.keys(all))
    const { error, results = [] } = await migrator(tx, all).migrateToLatest()
    if (error) throw error
    return results.filter(({ status }: MigrationResult) => status === 'Success').map(nameOf)
  }).catch(async (error) => {
    if (await isLaterThanOurs(db).catch(() => false)) return undefined
    throw error
  })
  if (!applied) return []
  const functions = await applyFunctions(db, { patience })
  await ensureInstallation(db)
  await validateChecks(db, (await ours(db)).tables)
  return [...applied, ...functions]
}

/** Every migration there is, with when it was applied, and every function, with what the database has of it. */
export async function schemaStatus(db: Db): Promise<SchemaStatus> {
  const all = await migrator(db).getMigrations()
  return {
    migrations: all.map((migration) => ({ name: migration.name, appliedAt: migration.executedAt })),
    functions: await functionStates(db),
  }
}

/** Drops the tables and functions Landfast made in this database, and no others, all or none. There is no way back. */
export function dropTables(db: Db, patience: Patience = anHour): Promise<void> {
  return withShortWaits(db, patience, async (tx) => {
    const { isThere, tables } = await ours(tx)
    if (!isThere) return
    const { rows } = await sql<{ signature: string }>`
      select oid::regprocedure::text as signature from pg_proc
      where ${isOneOf(ownFunctions)}`.execute(tx)
    for (const table of [...tables, ...ledgerTables])
      await sql`drop table if exists ${sql.table(table)}`.execute(tx)
    // Some are called by tables.
    for (const { signature } of rows) await sql`drop function ${sql.raw(signature)}`.execute(tx)
  })
}

/** What of a database Landfast has made. @throws NotOurs */
export const ours = (db: DbOrTransaction): Promise<Ours> => whatIsOurs(db, Object.keys(migrations))

/** Whether all our migrations were applied, and after them some that only a later version knows. */
async function isLaterThanOurs(db: Db): Promise<boolean> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  const ours = Object.keys(migrations)
  return rows.length > ours.length && ours.every((name, index) => rows[index]?.name === name)
}

const nameOf = (result: MigrationResult) => result.migrationName

function migrator(db: DbOrTransaction, all = migrations): Migrator {
  return new Migrator({ db, provider: { getMigrations: async () => all } })
}
