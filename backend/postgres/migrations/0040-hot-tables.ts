import { type Kysely, sql } from 'kysely'

const vacuum = (scale: number, threshold: number) =>
  `autovacuum_vacuum_scale_factor = ${scale}, autovacuum_vacuum_threshold = ${threshold}`

// Long lists of ids lie beside their rows, and are left there as dead as these.
const queue = `${vacuum(0, 1_000)}, ${vacuum(0, 1_000).replaceAll('autovacuum', 'toast.autovacuum')}`
const counted = vacuum(0.02, 1_000)
const large = `${vacuum(0.05, 1_000)}, autovacuum_analyze_scale_factor = 0.02`
const growing = `${large}, autovacuum_vacuum_insert_scale_factor = 0.05`

const hot: Readonly<Record<string, readonly string[]>> = {
  [queue]: ['leads_to_index', 'uncounted', 'delivery_batches', 'delivery_events', 'lead_corrections'],
  [counted]: [
    ...['event_counts', 'event_vitals', 'exposure_counts', 'source_counts', 'source_waits', 'lead_kinds'],
    ...['answer_counts', 'refused_counts', 'delivery_endpoints', 'workers', 'chore_turns'],
  ],
  [large]: ['lead_claims', 'deliveries'],
  [growing]: [
    ...['lead_index', 'lead_work', 'lead_notes', 'event_firsts', 'event_cohorts', 'assignments'],
    ...['delivery_attempts', 'source_values', 'audit_log'],
  ],
}

/**
 * When autovacuum comes to the tables in which most is written. By itself it waits for a fifth of a table to be dead, or new: that is
 * two million rows of a month of ten, which are a fifth more to read meanwhile, and for an index that could answer alone two million
 * looks into the table.
 *
 * - Queues, of which every row is gone in seconds: after a thousand dead ones, however long the queue once was. After an outage it
 *   may have had millions of rows, and a fifth of that would be waited for.
 * - What is counted in rows that are changed all the time: after two in a hundred. Space on the page takes most changes.
 * - Claims and deliveries, of which each row is changed or deleted later, at random places: after five in a hundred.
 * - What only grows, months among them: as well after five in a hundred new ones, so that reads from an index alone stay that, and
 *   what the planner knows of the newest leads is never further back than two in a hundred.
 *
 * A table by month has no such settings, each month has: those that are there get them here, and a new one takes them from the
 * default partition (functions/make-month.sql).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { rows: months } = await sql<{ name: string }>`
    select inhrelid::regclass::text as name from pg_inherits
    where inhparent in ('leads'::regclass, 'events'::regclass)`.execute(db)
  const all = { ...hot, [growing]: [...hot[growing]!, ...months.map(({ name }) => name)] }
  // Neither who reads nor who writes waits for it.
  for (const [settings, tables] of Object.entries(all))
    for (const table of tables)
      await sql`alter table ${sql.table(table)} set (${sql.raw(settings)})`.execute(db)
}
