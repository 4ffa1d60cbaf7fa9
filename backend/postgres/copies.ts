import { sql } from 'kysely'
import type { Forgotten } from '../desk/erasure.ts'
import { createLog } from '../log.ts'
import { connectPostgres, type Db, type DbOrTransaction } from './connection.ts'

const dayMs = 86_400_000

/** A connection for work that may take hours; nobody waits for it. */
export function connectPatiently(url: string): Db {
  return connectPostgres({
    url,
    poolMax: 2,
    applicationName: 'landfast-backup',
    statementTimeoutMs: dayMs,
    log: createLog({ level: 'error', process: 'backup' }),
  })
}

/** What a database holds; a copy of it has to come to the same. */
export type Figures = Readonly<Record<(typeof counted)[number], number>>
const counted = ['leads', 'claims', 'quarantine', 'events', 'deliveries'] as const

export async function figuresOf(db: DbOrTransaction): Promise<Figures> {
  const { rows } = await sql<Record<string, string>>`
    select (select count(*) from leads) as leads, (select count(*) from lead_claims) as claims,
      (select count(*) from lead_quarantine) as quarantine, (select count(*) from events) as events,
      (select count(*) from deliveries) as deliveries`.execute(db)
  return Object.fromEntries(counted.map((name) => [name, Number(rows[0]![name])])) as Figures
}

/** One moment of a database, which other sessions can see by the name of its snapshot while `work` goes on. */
export type Moment = Readonly<{ installation: string; snapshot: string; figures: Figures }>

/** Resolves with undefined, and does nothing, where the database is none of ours. */
export async function atOneMoment<T>(db: Db, work: (moment: Moment) => Promise<T>): Promise<T | undefined> {
  if (!(await holdsOurs(db))) return undefined
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const { rows } = await sql<{ installation: string; snapshot: string }>`
        select id as installation, pg_export_snapshot() as snapshot from installation`.execute(tx)
      return rows[0] && work({ ...rows[0], figures: await figuresOf(tx) })
    })
}

export async function holdsOurs(db: Db): Promise<boolean> {
  const { rows } = await sql<{ there: boolean }>`
    select to_regclass('installation') is not null and to_regclass('leads') is not null as there`.execute(db)
  return rows[0]!.there
}

const knowsErasures = async (db: Db): Promise<boolean> =>
  (await sql<{ there: boolean }>`select to_regclass('erasures') is not null as there`.execute(db)).rows[0]!
    .there

/** Everybody who was erased, as far as this database knows. */
export async function everybodyErased(db: Db): Promise<readonly Forgotten[]> {
  if (!(await knowsErasures(db))) return []
  const { rows } = await sql<Forgotten>`
    select encode(phone_key, 'hex') as "phoneKey", cutoff, lead_ids as "leadIds" from erasures
    where cutoff is not null`.execute(db)
  return rows
}

/** By their hashes, those whose erasure was asked for since a moment: whatever is older than that knows nothing of it. */
export async function erasedSince(db: Db, moment: string): Promise<string[]> {
  if (!(await knowsErasures(db))) return []
  const { rows } = await sql<{ hash: string }>`
    select distinct encode(phone_key, 'hex') as hash from erasures where asked_at >= ${moment}`.execute(db)
  return rows.map(({ hash }) => hash)
}

export async function isDatabase(server: Db, name: string): Promise<boolean> {
  return (await sql`select from pg_database where datname = ${name}`.execute(server)).rows.length > 0
}

/** Makes an empty database, in place of what an earlier try left. */
export async function makeDatabase(server: Db, name: string): Promise<void> {
  await sql`drop database if exists ${sql.id(name)} with (force)`.execute(server)
  await sql`create database ${sql.id(name)}`.execute(server)
}

/** Gives the database `name` the name `before`, whoever is in it, and that name to `next`. */
export async function changeNames(
  server: Db,
  { name, next, before }: Readonly<{ name: string; next: string; before: string | undefined }>,
): Promise<void> {
  if (before) {
    await sql`alter database ${sql.id(name)} allow_connections false`.execute(server)
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`.execute(server)
    await sql`alter database ${sql.id(name)} rename to ${sql.id(before)}`.execute(server)
  }
  await sql`alter database ${sql.id(next)} rename to ${sql.id(name)}`.execute(server)
}

/** What the planner knows of a database that was just filled. */
export async function analyze(db: Db): Promise<void> {
  await sql`analyze`.execute(db)
}
