import { sql } from 'kysely'
import type { Db, DbOrTransaction } from '../../postgres/connection.ts'
import { phoneOf, type Told } from './visitors.ts'

/** A promise that was broken to somebody: the lead's id or the phone's number, and when the answer came. */
export type Breach = Readonly<{ what: string; who: string; atMs: number }>

export type Verdict = Readonly<{
  breaches: readonly Breach[]
  rows: number
  duplicateRows: number
  quarantined: number
  /** Leads that a claim of the database's own holds: they were taken without Redis. */
  throughPostgres: number
}>

const rowsAtOnce = 20_000
const shownPerKind = 10

/** Puts what visitors were told beside what is kept and names every difference, a few of each kind. */
export function judge(db: Db, told: Told, dedupWindowMs: number): Promise<Verdict> {
  return db.transaction().execute(async (tx) => {
    await sql`set local work_mem = '256MB'`.execute(tx)
    return compare(tx, told, dedupWindowMs)
  })
}

async function compare(db: DbOrTransaction, told: Told, dedupWindowMs: number): Promise<Verdict> {
  await tellDatabase(db, told)
  const window = sql`make_interval(secs => ${dedupWindowMs / 1000}::float8)`
  const kinds = [
    await find(
      db,
      'answered 202, and not exactly one row',
      sql`
      select told.id::text as who, min(told.at) as at from chaos_accepted as told
      left join (
        select id, count(*) as rows from (select id from leads union all select id from lead_quarantine) as kept group by id
      ) as kept on kept.id = told.id
      where coalesce(kept.rows, 0) <> 1 group by told.id`,
    ),
    await find(
      db,
      'answered 202, and the row is of another phone',
      sql`
      select told.id::text as who, told.at from chaos_accepted as told join leads on leads.id = told.id
      where leads.phone <> told.phone`,
    ),
    // While Redis is away a phone that waits in the queue may be taken again: then the later lead is the one that is kept
    // as first, and the waiting one names it. So the lead of a "duplicate" may be younger than the answer.
    await find(
      db,
      'answered "duplicate", and no lead of the window is kept',
      sql`
      select told.phone as who, told.at from chaos_duplicates as told
      where not exists (
        select from chaos_first as first where first.phone = told.phone
        and first.accepted_at between told.at - ${window} and told.at + ${window}
      )`,
    ),
    await find(
      db,
      'two leads of one phone within a window',
      sql`
      select phone as who, accepted_at as at from (
        select phone, accepted_at, accepted_at - lag(accepted_at) over (partition by phone_key order by accepted_at) as apart
        from leads where duplicate_of is null
      ) as spaced where apart < ${window}`,
    ),
    await find(
      db,
      'a row that names a lead which is not kept',
      sql`
      select leads.id::text as who, leads.accepted_at as at from leads
      left join leads as first on first.id = leads.duplicate_of and first.duplicate_of is null
      where leads.duplicate_of is not null and first.id is null`,
    ),
  ]
  const { rows } = await sql<Omit<Verdict, 'breaches'>>`
    select (select count(*)::int from leads) as rows,
           (select count(*)::int from leads where duplicate_of is not null) as "duplicateRows",
           (select count(*)::int from lead_quarantine) as quarantined,
           (select count(*)::int from lead_claims where direct) as "throughPostgres"`.execute(db)
  return { ...rows[0]!, breaches: kinds.flat() }
}

async function find(db: DbOrTransaction, what: string, query: ReturnType<typeof sql>): Promise<Breach[]> {
  const { rows } = await sql<{ who: string; at: Date; all: number }>`
    select who, at, count(*) over ()::int as all from (${query}) as found order by at limit ${shownPerKind}`.execute(
    db,
  )
  const more = (rows[0]?.all ?? 0) - rows.length
  const kind = more > 0 ? `${what} (and ${more} more)` : what
  return rows.map(({ who, at }) => ({ what: kind, who, atMs: at.getTime() }))
}

async function tellDatabase(db: DbOrTransaction, told: Told): Promise<void> {
  await sql`create unlogged table chaos_accepted (id uuid, phone text, at timestamptz)`.execute(db)
  await sql`create unlogged table chaos_duplicates (phone text, at timestamptz)`.execute(db)
  const { ids, visitors, atMs } = told.accepted
  for (let from = 0; from < ids.length; from += rowsAtOnce) {
    const to = from + rowsAtOnce
    await sql`
      insert into chaos_accepted
      select id, phone, to_timestamp(at / 1000) from unnest(
        ${ids.slice(from, to)}::uuid[], ${visitors.slice(from, to).map(phoneOf)}::text[], ${atMs.slice(from, to)}::float8[]
      ) as given (id, phone, at)`.execute(db)
  }
  for (let from = 0; from < told.duplicates.visitors.length; from += rowsAtOnce) {
    const to = from + rowsAtOnce
    const phones = told.duplicates.visitors.slice(from, to).map(phoneOf)
    await sql`
      insert into chaos_duplicates
      select phone, to_timestamp(at / 1000) from unnest(
        ${phones}::text[], ${told.duplicates.atMs.slice(from, to)}::float8[]
      ) as given (phone, at)`.execute(db)
  }
  // A million leads lie within the window of each answer, so they are to be found by their phone.
  await sql`
    create unlogged table chaos_first as
    select phone, accepted_at from leads where duplicate_of is null`.execute(db)
  await sql`create index on chaos_first (phone, accepted_at)`.execute(db)
  await sql`analyze chaos_accepted, chaos_duplicates, chaos_first, leads`.execute(db)
}
