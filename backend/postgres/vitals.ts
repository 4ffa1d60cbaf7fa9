import { sql } from 'kysely'
import type { Db } from './connection.ts'

export type PostgresVitals = Readonly<Record<(typeof names)[number], number>>
const names = [
  ...(['connections', 'connectionsMax', 'bytes', 'commits', 'rollbacks', 'blocksHit', 'blocksRead'] as const),
  ...(['deadlocks', 'temporaryBytes', 'deadRows', 'longestTransactionS'] as const),
]

/** How much this database has to do, as far as any of its users may know. Rejects while Postgres is away. */
export async function postgresVitals(db: Db): Promise<PostgresVitals> {
  const { rows } = await sql<Record<string, string>>`
    select numbackends as "connections", current_setting('max_connections') as "connectionsMax",
      pg_database_size(datid) as "bytes", xact_commit as "commits", xact_rollback as "rollbacks",
      blks_hit as "blocksHit", blks_read as "blocksRead", deadlocks, temp_bytes as "temporaryBytes",
      (select coalesce(sum(n_dead_tup), 0) from pg_stat_user_tables) as "deadRows",
      (select coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()) as "longestTransactionS"
    from pg_stat_database where datname = current_database()`.execute(db)
  return Object.fromEntries(names.map((name) => [name, Number(rows[0]![name])])) as PostgresVitals
}

/** Of a table, all its months together: its bytes on disk with indexes, and its rows, the dead ones as far as they were counted. */
export type TableFigures = Readonly<{ table: string; bytes: number; liveRows: number; deadRows: number }>

/** How large each table is, and how much of it is dead. Rejects while Postgres is away. */
export async function tableFigures(db: Db): Promise<readonly TableFigures[]> {
  const { rows } = await sql<{ table: string; bytes: string; liveRows: string; deadRows: string }>`
    select coalesce(parent.relname, kept.relname) as "table", sum(pg_total_relation_size(kept.oid)) as "bytes",
      sum(pg_stat_get_live_tuples(kept.oid)) as "liveRows", sum(pg_stat_get_dead_tuples(kept.oid)) as "deadRows"
    from pg_class as kept
    left join pg_inherits on inhrelid = kept.oid
    left join pg_class as parent on parent.oid = inhparent
    where kept.relkind = 'r' and kept.relnamespace = current_schema()::regnamespace
    group by 1`.execute(db)
  return rows.map(({ table, bytes, liveRows, deadRows }) => {
    return { table, bytes: Number(bytes), liveRows: Number(liveRows), deadRows: Number(deadRows) }
  })
}
