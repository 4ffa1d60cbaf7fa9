import { sql } from 'kysely'
import { type Db, type DbOrTransaction, visitorsStatementTimeoutMs } from './connection.ts'
import { ours } from './migrate.ts'
import { anHour, type Patience, withShortWaits } from './patience.ts'
import { type Settings, sessionSettings } from './session.ts'

/**
 * Whom Landfast comes as. `api` takes submissions and serves the page: it reads, adds and changes, and deletes only what
 * operators set. `worker` also deletes what is old. Neither owns a table, and neither is a superuser.
 */
export type Role = Readonly<{ name: string; password: string; kind: 'api' | 'worker' }>

// Any number that nothing else in this database locks on.
const rolesLock = 7_305_403
// Tables out of which the API may delete: what operators take back or end, and what a visitor's correction gives up.
const takenBack = [
  ...['flags', 'experiments', 'lead_claims', 'lead_corrections', 'delivery_endpoints'],
  ...['operator_sessions', 'operator_invites', 'operator_factors', 'operator_recovery_codes'],
  'lead_views',
]
// What the API writes once and never again.
const writtenOnce = ['audit_log']

/** Whom API and worker come as, where they do not come as the owner of the tables. */
export function rolesOf(
  urls: Readonly<{ databaseUrl: string; workerDatabaseUrl: string; migrateDatabaseUrl: string }>,
): Role[] {
  const owner = userOf(urls.migrateDatabaseUrl).name
  const api: Role = { ...userOf(urls.databaseUrl), kind: 'api' }
  const worker: Role = { ...userOf(urls.workerDatabaseUrl), kind: 'worker' }
  // One user for both needs what the worker needs.
  const roles = api.name === worker.name ? [worker] : [api, worker]
  return roles.filter(({ name }) => name !== '' && name !== owner)
}

function userOf(url: string): Readonly<{ name: string; password: string }> {
  const { username, password } = new URL(url)
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) }
}

/**
 * Makes the roles that are missing, gives each the password of its address and the rights that it needs; run by the owner,
 * with every migration. Safe to run from several machines at once.
 * @throws Error in one sentence when a role is missing and the owner may not make it.
 */
export async function ensureRoles(
  db: Db,
  roles: readonly Role[],
  patience: Patience = anHour,
): Promise<void> {
  if (roles.length === 0) return
  await withShortWaits(db, patience, async (tx) => {
    await sql`select pg_advisory_xact_lock(${rolesLock})`.execute(tx)
    const { rows } = await sql<{ may_make: boolean; database: string; schema: string }>`
      select rolsuper or rolcreaterole as may_make, current_database() as database, current_schema() as schema
      from pg_roles where rolname = current_user`.execute(tx)
    const { may_make: mayMake, database, schema } = rows[0]!
    const { tables } = await ours(tx)
    for (const { name, password, kind } of roles) {
      const role = sql.id(name)
      const found = await sql`select 1 from pg_roles where rolname = ${name}`.execute(tx)
      const isThere = found.rows.length > 0
      if (!isThere && !mayMake)
        throw new Error(
          `the role "${name}" is missing and this user may not make it: create role "${name}" login password …, then migrate again`,
        )
      if (mayMake)
        await sql`${sql.raw(isThere ? 'alter' : 'create')} role ${role} login password ${sql.lit(password)}`.execute(
          tx,
        )
      if (mayMake) await settle(tx, { role: name, database })
      await sql`grant connect on database ${sql.id(database)} to ${role}`.execute(tx)
      await sql`grant usage on schema ${sql.id(schema)} to ${role}`.execute(tx)
      const rights = kind === 'worker' ? 'select, insert, update, delete' : 'select, insert, update'
      for (const table of tables)
        await sql`grant ${sql.raw(rights)} on ${sql.table(table)} to ${role}`.execute(tx)
      if (kind === 'api') {
        for (const table of takenBack) await sql`grant delete on ${sql.table(table)} to ${role}`.execute(tx)
        for (const table of writtenOnce)
          await sql`revoke update on ${sql.table(table)} from ${role}`.execute(tx)
      } else
        await sql`grant execute on function make_month(text, date), drop_month(text) to ${role}`.execute(tx)
    }
    await sql`revoke execute on function make_month(text, date), drop_month(text) from public`.execute(tx)
  })
}

/** What its sessions in our database begin with, also where a pooler opens them. */
async function settle(
  tx: DbOrTransaction,
  { role, database }: Readonly<{ role: string; database: string }>,
): Promise<void> {
  // What the server has for everybody: it may be a stronger promise than ours.
  const { rows } = await sql<{ durable: boolean }>`
    select reset_val <> 'off' as durable from pg_settings where name = 'synchronous_commit'`.execute(tx)
  const all: Settings = [
    ...sessionSettings(visitorsStatementTimeoutMs),
    ...(rows[0]!.durable ? [] : [['synchronous_commit', 'on'] as const]),
  ]
  for (const [setting, value] of all)
    await sql`
      alter role ${sql.id(role)} in database ${sql.id(database)}
      set ${sql.ref(setting)} = ${sql.lit(value)}`.execute(tx)
}
