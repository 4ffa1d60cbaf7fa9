import { type Kysely, sql } from 'kysely'

/**
 * What API processes answered to submissions, by the quarter of an hour: outcomes by their names, and how long they took as
 * `within:` so many seconds. And which networks the limiter refused.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [table, name] of [
    ['answer_counts', 'what'],
    ['refused_counts', 'network'],
  ] as const)
    await sql`
      create table ${sql.table(table)} (
        starts_at timestamptz not null,
        ${sql.ref(name)} text not null,
        count bigint not null,
        primary key (starts_at, ${sql.ref(name)})
      ) with (fillfactor = 50)`.execute(db)
}
