import { sql } from 'kysely'
import type { Db, DbOrTransaction } from './connection.ts'
import { holdIndex } from './lead-index.ts'
import { anHour, betweenOthers, withShortWaits } from './patience.ts'

/** What is kept of a month: its leads, and what operators made of them. */
export const archivedTables = ['leads', 'lead_work', 'lead_notes'] as const
export type ArchivedTable = (typeof archivedTables)[number]
/** A row in an archive: its table, and what stands in it. */
export type ArchivedRow = readonly [table: ArchivedTable, row: Readonly<Record<string, unknown>>]
/** How many rows of each there are, and a number that changes with any of them. */
export type MonthFigures = Readonly<Record<ArchivedTable, Readonly<{ rows: number; sum: string }>>>

const rowsAtOnce = 2_000
const partition = (month: string) => `leads_${month.replace('-', '_')}`

/** The months that have a table of their own, such as 2026-08, the oldest first. */
export async function monthsOf(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select inhrelid::regclass::text as name from pg_inherits where inhparent = 'leads'::regclass`.execute(db)
  return rows.flatMap(({ name }) => /^leads_(\d{4})_(\d\d)$/.exec(name)?.slice(1).join('-') ?? []).toSorted()
}

/** The rows of a table that belong to leads of a month. */
const rowsOf = (table: ArchivedTable, month: string) =>
  table === 'leads'
    ? sql`${sql.table(partition(month))} as kept`
    : sql`${sql.table(table)} as kept where lead_id in (select id from ${sql.table(partition(month))})`

async function figuresOf(tx: DbOrTransaction, month: string): Promise<MonthFigures> {
  const found: [ArchivedTable, MonthFigures[ArchivedTable]][] = []
  for (const table of archivedTables) {
    const { rows } = await sql<{ rows: number; sum: string }>`
      select count(*)::int as rows, coalesce(sum(hashtextextended(to_jsonb(kept)::text, 0)), 0)::text as sum
      from ${rowsOf(table, month)}`.execute(tx)
    found.push([table, rows[0]!])
  }
  return Object.fromEntries(found) as MonthFigures
}

/** Gives the rows of a month to `take`, all as they were in one moment, with their figures in that moment. */
export function readMonth<T>(
  db: Db,
  month: string,
  take: (rows: AsyncIterable<ArchivedRow>, figures: MonthFigures) => Promise<T>,
): Promise<T> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      async function* all(): AsyncIterable<ArchivedRow> {
        for (const table of archivedTables) {
          const cursor = sql.id(`of_${table}`)
          await sql`declare ${cursor} no scroll cursor for select to_jsonb(kept) as row from ${rowsOf(table, month)}`.execute(
            tx,
          )
          for (;;) {
            const { rows } = await sql<{ row: ArchivedRow[1] }>`
              fetch ${sql.lit(rowsAtOnce)} from ${cursor}`.execute(tx)
            for (const { row } of rows) yield [table, row]
            if (rows.length < rowsAtOnce) break
          }
        }
      }
      return take(all(), await figuresOf(tx, month))
    })
}

/**
 * Takes a month away that is kept elsewhere, as it was when it had these figures. Resolves with false, and takes nothing away,
 * where it has changed since. Nobody changes its leads meanwhile; those of other months go on.
 */
export function dropMonth(db: Db, month: string, figures: MonthFigures): Promise<boolean> {
  return withShortWaits(db, anHour, async (tx) => {
    const table = sql.table(partition(month))
    // Whoever indexes leads would write one of this month down after us.
    await holdIndex(tx)
    await sql`lock table ${table} in exclusive mode`.execute(tx)
    if (!Bun.deepEquals(await figuresOf(tx, month), figures)) return false
    for (const of of ['lead_index', 'lead_notes', 'lead_work', 'delivery_attempts', 'deliveries'])
      await sql`delete from ${sql.table(of)} where lead_id in (select id from ${table})`.execute(tx)
    await sql`drop table ${table}`.execute(tx)
    return true
  })
}

/**
 * Puts rows of a month back, but for leads of whom it was asked since that they be erased. Resolves with how many leads came
 * back and how many were left out.
 */
export async function putMonthBack(
  db: Db,
  month: string,
  rows: AsyncIterable<ArchivedRow>,
): Promise<Readonly<{ leads: number; erased: number }>> {
  await betweenOthers(() => sql`select make_month('leads', ${`${month}-01`}::date)`.execute(db), anHour)
  return db.transaction().execute(async (tx) => {
    let leads = 0
    let erased = 0
    for await (const [table, page] of pagesOf(rows)) {
      const given = sql`
        jsonb_array_elements(${JSON.stringify(page)}::jsonb) as each (row),
        jsonb_populate_record(null::${sql.table(table)}, each.row) as given`
      if (table !== 'leads') {
        await sql`
          insert into ${sql.table(table)} select given.* from ${given}
          where lead_id in (select id from ${sql.table(partition(month))}) on conflict do nothing`.execute(tx)
        continue
      }
      const { rows: put } = await sql<{ id: string }>`
        insert into leads select given.* from ${given}
        where not exists (
          select from erasures where erasures.phone_key = given.phone_key and asked_at > given.accepted_at)
        on conflict do nothing returning id`.execute(tx)
      await sql`
        insert into leads_to_index (lead_ids)
        select ${put.map(({ id }) => id)}::uuid[] where ${put.length > 0}`.execute(tx)
      leads += put.length
      const { rows: out } = await sql<{ count: number }>`
        select count(*)::int as count from ${given} where exists (
          select from erasures where erasures.phone_key = given.phone_key and asked_at > given.accepted_at)`.execute(
        tx,
      )
      erased += out[0]!.count
    }
    return { leads, erased }
  })
}

async function* pagesOf(
  rows: AsyncIterable<ArchivedRow>,
): AsyncIterable<readonly [table: ArchivedTable, page: ArchivedRow[1][]]> {
  let table: ArchivedTable = 'leads'
  let page: ArchivedRow[1][] = []
  for await (const [of, row] of rows) {
    if (of !== table || page.length === rowsAtOnce) {
      if (page.length > 0) yield [table, page]
      ;[table, page] = [of, []]
    }
    page.push(row)
  }
  if (page.length > 0) yield [table, page]
}
