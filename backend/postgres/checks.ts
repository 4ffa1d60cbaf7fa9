import { sql } from 'kysely'
import type { Db } from './connection.ts'
import { aMoment, withShortWaits } from './patience.ts'

/**
 * Looks at the rows that stood in one of these tables before a check did, so that Postgres, too, knows of all that they hold. It is
 * done after the migrations and month by month, under locks that stop no lead. What cannot be done now, because somebody
 * holds the table or a row is as it should not be, is left for the next time: new rows are checked anyway.
 */
export async function validateChecks(db: Db, tables: readonly string[]): Promise<void> {
  const { rows } = await sql<{ table: string; check: string }>`
    select relname as table, conname as check from pg_constraint
    join pg_class on pg_class.oid = conrelid
    where contype = 'c' and not convalidated and relnamespace = current_schema()::regnamespace
      and (relname = any(${[...tables]}::text[]) or exists (
        select from pg_inherits join pg_class as parent on parent.oid = inhparent
        where inhrelid = conrelid and parent.relname = any(${[...tables]}::text[])))
    order by relkind, relname desc`.execute(db)
  // Months come before the table that they are parts of, which has nothing left to look at then.
  for (const { table, check } of rows)
    await withShortWaits(db, aMoment, (tx) =>
      sql`alter table ${sql.table(table)} validate constraint ${sql.ref(check)}`.execute(tx),
    ).catch(() => {})
}
