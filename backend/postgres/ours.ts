import { sql } from 'kysely'
import type { DbOrTransaction } from './connection.ts'

/** The tables that each migration makes. What a migration has made is ours by its line in `kysely_migration`. */
const tablesOf: Readonly<Record<string, readonly string[]>> = {
  '0001-leads': ['leads', 'leads_default', 'lead_claims', 'lead_quarantine', 'workers'],
  '0003-live-config': ['live_version', 'flags', 'experiments', 'operator_keys', 'assignments'],
  '0004-events': [
    'events',
    'events_default',
    'event_counts',
    'event_vitals',
    'event_firsts',
    'event_cohorts',
  ],
  '0007-lead-corrections': ['lead_corrections'],
  '0009-worker-turns': ['chore_turns'],
  '0010-installation': ['installation'],
  '0011-deliveries': ['delivery_attempts', 'deliveries', 'delivery_batches', 'delivery_endpoints'],
  '0015-delivery-events': ['delivery_events'],
  '0016-operators': ['operator_sessions', 'operator_invites', 'operators', 'audit_log'],
  '0018-lead-work': ['lead_work', 'lead_notes'],
  '0020-erasures': ['erasures'],
  '0021-second-factors': ['operator_recovery_codes', 'operator_factors'],
  '0022-operator-identities': ['operator_identities'],
  '0023-lead-exports': ['lead_exports'],
  '0024-lead-views': ['lead_views'],
  '0025-lead-index': ['lead_kinds', 'lead_index', 'leads_to_index', 'lead_index_sweep'],
  '0026-source-counts': ['uncounted', 'source_counts', 'source_waits', 'source_values', 'source_progress'],
  '0028-lead-bulks': ['lead_bulk_leads', 'lead_bulks'],
  '0029-erase-requests': ['erase_requests'],
  '0030-lead-replays': ['lead_replays'],
  '0031-answers': ['answer_counts', 'refused_counts'],
  '0035-device-and-landing': ['exposure_counts'],
}
// What a later migration made may hang on what an earlier one did, and is dropped before it.
const newestFirst = Object.entries(tablesOf).reverse()

/** Every function that a version of ours made. */
export const ownFunctions = [
  'store_leads(text, text, text, text, text, text[], text[], text[], text[], text[], interval, boolean)',
  'count_kinds()',
  'store_leads(text, text, text, text, text, jsonb, text, interval, boolean, integer)',
  'make_month(text, date)',
  'drop_month(text)',
]
// Those of migrations; every other bears a comment of ours.
const withoutComment = ownFunctions.slice(0, 2)
// As far ahead as months are made at once.
const monthsAhead = 2
const ledger = 'kysely_migration'
export const ledgerTables = [ledger, `${ledger}_lock`]

/** The database holds what another application has made under names that we need. */
export class NotOurs extends Error {
  constructor(names: readonly string[]) {
    const named = names.map((name) => `"${name}"`).join(', ')
    super(
      `this database holds what is not Landfast's under names that it needs (${named}): ` +
        'give Landfast a database of its own, such as "create database landfast", and name it in DATABASE_URL',
    )
    this.name = 'NotOurs'
  }
}

/** What of a database Landfast has made: nothing at all, or the tables of these migrations. */
export type Ours = Readonly<{ isThere: boolean; tables: readonly string[] }>

/**
 * Tells what is ours from what another application keeps beside it. `names` are those of all our migrations, in order.
 * @throws NotOurs where something else has a name that we need; nothing has been changed then.
 */
export async function whatIsOurs(db: DbOrTransaction, names: readonly string[]): Promise<Ours> {
  const applied = await appliedIn(db)
  const isThere = applied.length > 0
  // One that has parted from ours later on is ours; whoever migrates says what is wrong with it.
  if (isThere && applied[0] !== names[0]) throw new NotOurs([ledger])
  const made = (isMade: boolean) =>
    newestFirst.flatMap(([name, tables]) => (applied.includes(name) === isMade ? tables : []))
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class
    where relnamespace = current_schema()::regnamespace and relname = any(${made(false)}::text[])
    union
    select relname from pg_class, generate_series(0, ${monthsAhead}) as ahead, unnest(array['leads', 'events']) as parent
    where not ${isThere} and relnamespace = current_schema()::regnamespace
      and relname = parent || to_char(date_trunc('month', now() at time zone 'UTC') + ahead * interval '1 month', '_YYYY_MM')
    union
    select proname from pg_proc
    where ${isOneOf(ownFunctions)} and (not ${isThere} or not ${isOneOf(withoutComment)}
      and coalesce(obj_description(oid, 'pg_proc'), '') not like 'Landfast %')
    order by name`.execute(db)
  if (rows.length > 0) throw new NotOurs(rows.map(({ name }) => name))
  return { isThere, tables: made(true) }
}

/** Whether a row of `pg_proc` is the function of our schema with one of these signatures. */
export const isOneOf = (signatures: readonly string[]) => sql`(
  pronamespace = current_schema()::regnamespace
  and oid = any(array(select to_regprocedure(signature)::oid from unnest(${signatures}::text[]) as signature)))`

/** The migrations that were applied, in order; the name of none of ours where the ledger is written in another way. */
async function appliedIn(db: DbOrTransaction): Promise<string[]> {
  const { rows: columns } = await sql<{ isOurs: boolean }>`
    select exists (
      select from pg_attribute where attrelid = pg_class.oid and attname = 'name' and atttypid = 'varchar'::regtype
    ) as "isOurs"
    from pg_class where relnamespace = current_schema()::regnamespace and relname = ${ledger}`.execute(db)
  if (columns.length === 0) return []
  if (!columns[0]!.isOurs) return ['']
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(ledger)} order by name`.execute(
    db,
  )
  return rows.map(({ name }) => name)
}
