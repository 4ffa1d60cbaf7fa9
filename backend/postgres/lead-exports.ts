import { sql } from 'kysely'
import {
  type ExportFormat,
  type ExportRow,
  type ExportRows,
  fetchedWithinMs,
  type KeptEnd,
  type LeadExport,
  type LeadExports,
  typedOfPhones,
} from '../desk/export.ts'
import type { LeadFilter } from '../desk/work.ts'
import type { Actor } from '../operators/audit.ts'
import { writeAudit } from './audit.ts'
import type { Db } from './connection.ts'
import { allOf } from './lead-search.ts'
import { matches, withOwner } from './lead-view.ts'

export type ExportRecord = Readonly<{
  id: string
  by: Actor
  asked_at: Date
  format: ExportFormat
  filter: KeptFilter
  snapshot_at: Date | null
  rows: string | null
  bytes: string | null
  sha256: string | null
  finished_at: Date | null
  kept: boolean
  written: string
  total: string | null
  expires_at: Date | null
  failed: number
  ended: KeptEnd | null
}>
type KeptFilter = Omit<LeadFilter, 'since' | 'until'> & Readonly<{ since?: string; until?: string }>

// Who reads a file slowly holds one of the connections for exports, and what was deleted since in the tables.
const idleMax = '10min'
// One text a lead, of one kind throughout: what has several kinds takes Postgres several times as long to write.
const line = sql.raw(`
  array_to_json(array[
    leads.id::text, to_char(leads.accepted_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), leads.phone, leads.state,
    leads.attribution->>'utm_source', leads.attribution->>'utm_campaign', leads.variant, leads.language,
    case when leads.suspect is not null then 'yes' end, operators.name, noted.notes,
    leads.device, leads.landing])::text as line`)
// Counted at once, of which there are few: to look for those of each lead costs as much as all the rest.
const withNotes = sql.raw(
  'left join (select lead_id, count(*)::text as notes from lead_notes group by lead_id) as noted on noted.lead_id = leads.id',
)
// So few that whoever submits meanwhile does not wait for their being written.
const rowsAtOnce = 500

export const receiptColumns = sql.raw(`
  id, by, asked_at, format, filter, snapshot_at, rows, bytes, encode(sha256, 'hex') as sha256, finished_at, kept, written,
  total, expires_at, failed, ended`)

const isOver = sql.raw(`asked_at <= now() - interval '${fetchedWithinMs} milliseconds'`)
// Whoever writes it asks by what was typed.
const isWritten = sql.raw('not (kept and finished_at is null and ended is null)')
const typed = sql.raw(`array['${typedOfPhones.join("', '")}']`)
export const askedBy = ({ id, kind }: Actor) => sql`by->>'id' = ${id} and by->>'kind' = ${kind}`
export const filterToKeep = sql`
  filter || (select coalesce(jsonb_object_agg(name, '…'), '{}') from jsonb_object_keys(filter) as name where name = any(${typed}))`

/** Forgets what was typed of phones where nobody can fetch the file any more, and receipts that are older. */
export async function pruneExports(db: Db, keptDays: number): Promise<void> {
  await sql`
    update lead_exports set filter = ${filterToKeep}
    where filter ?| ${typed} and filter <> ${filterToKeep} and ${isOver} and ${isWritten}`.execute(db)
  await sql`delete from lead_exports where asked_at < now() - make_interval(days => ${keptDays})`.execute(db)
}

/** `db` is the desk's own pool, `long` one whose statements may take longer, of few connections. */
export function createLeadExports(db: Db, long: Db): LeadExports {
  return {
    begin: ({ id, by, format, filter, isKept = false }, entry) =>
      db.transaction().execute(async (tx) => {
        await sql`
          insert into lead_exports (id, by, format, filter, kept)
          values (${id}, ${JSON.stringify(by)}::jsonb, ${format}, ${JSON.stringify(filter)}::jsonb, ${isKept})`.execute(
          tx,
        )
        await writeAudit(tx, entry)
      }),

    take: (id, by) =>
      db.transaction().execute(async (tx) => {
        const { rows } = await sql<ExportRecord>`
          select ${receiptColumns} from lead_exports
          where id = ${id} and not kept and snapshot_at is null and ${askedBy(by)}
            and not ${isOver} for update`.execute(tx)
        if (!rows[0]) return undefined
        await sql`
          update lead_exports set snapshot_at = now(), filter = ${filterToKeep} where id = ${id}`.execute(tx)
        return exportOf(rows[0])
      }),

    rows: (filter) => rowsOf(long, filter),

    finish: (id, { rows, bytes, sha256 }, entry) =>
      db.transaction().execute(async (tx) => {
        await sql`
          update lead_exports
          set rows = ${rows}, bytes = ${bytes}, sha256 = decode(${sha256}, 'hex'), finished_at = now()
          where id = ${id}`.execute(tx)
        await writeAudit(tx, entry)
      }),

    async list(limit) {
      const { rows } = await sql<ExportRecord>`
        select ${receiptColumns} from lead_exports order by asked_at desc limit ${limit}`.execute(db)
      return rows.map(exportOf)
    },
  }
}

/** The leads of a filter as they all are now; reading them holds one of the connections. */
export async function rowsOf(long: Db, filter: LeadFilter): Promise<ExportRows> {
  const tx = await long
    .startTransaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute()
  try {
    await sql`select set_config('idle_in_transaction_session_timeout', ${idleMax}, true)`.execute(tx)
    const all = await allOf(tx, filter)
    await sql`
      declare file no scroll cursor for ${all.tables}
      select ${line} from ${all.from} ${withOwner} ${withNotes}
      where ${matches(filter)} order by ${all.order}`.execute(tx)
    const { rows } = await sql<{ at: Date }>`select now() as at`.execute(tx)
    let closing: Promise<void> | undefined
    const close = () => {
      closing ??= tx.rollback().execute()
      return closing
    }
    return { snapshotAt: rows[0]!.at, chunks: chunksOf(tx, close), close }
  } catch (error) {
    await tx.rollback().execute()
    throw error
  }
}

type OpenTransaction = Awaited<ReturnType<ReturnType<Db['startTransaction']>['execute']>>

/** What the cursor still holds; whoever stops reading lets go of it. */
async function* chunksOf(
  tx: OpenTransaction,
  close: () => Promise<void>,
): AsyncGenerator<readonly ExportRow[]> {
  const fetch = () => sql<{ line: string }>`fetch ${sql.lit(rowsAtOnce)} from file`.execute(tx)
  try {
    // Postgres goes on while these are written.
    for (let coming = fetch(); ; ) {
      const { rows } = await coming
      const isLast = rows.length < rowsAtOnce
      if (!isLast) coming = fetch()
      coming.catch(() => {})
      if (rows.length > 0) yield JSON.parse(`[${rows.map(({ line }) => line).join()}]`)
      if (isLast) return
    }
  } finally {
    await close()
  }
}

export const exportOf = ({ id, by, format, filter, ...row }: ExportRecord): LeadExport => ({
  ...{ id, by, format, askedAt: row.asked_at },
  filter: {
    ...filter,
    ...(filter.since && { since: new Date(filter.since) }),
    ...(filter.until && { until: new Date(filter.until) }),
  } as LeadFilter,
  ...(row.snapshot_at && { snapshotAt: row.snapshot_at }),
  ...(row.rows !== null && { rows: Number(row.rows) }),
  ...(row.bytes !== null && { bytes: Number(row.bytes) }),
  ...(row.sha256 !== null && { sha256: row.sha256 }),
  ...(row.finished_at && { finishedAt: row.finished_at }),
  ...(row.kept && {
    kept: {
      written: Number(row.written),
      failed: row.failed,
      ...(row.total !== null && { total: Number(row.total) }),
      ...(row.expires_at && { expiresAt: row.expires_at }),
      ...(row.ended && { over: row.ended }),
    },
  }),
})
