import { sql } from 'kysely'
import { type ExportTry, type KeptExports, keptForMs, nameOfTry } from '../desk/kept-export.ts'
import { writeAudit } from './audit.ts'
import type { Db, DbOrTransaction } from './connection.ts'
import { askedBy, type ExportRecord, exportOf, filterToKeep, receiptColumns } from './lead-exports.ts'
import { sumOfKinds } from './lead-search.ts'

type Kept = ExportRecord & Readonly<{ attempt: number; parts: number | null }>

const columns = sql`${receiptColumns}, attempt, parts`
const isOpen = sql.raw('kept and finished_at is null and ended is null')
const lasts = sql.raw(`interval '${keptForMs} milliseconds'`)
const isTry = ({ id, attempt }: Pick<ExportTry, 'id' | 'attempt'>) =>
  sql`id = ${id} and attempt = ${attempt} and ${isOpen}`

/** Kept exports, in `lead_exports`. */
export function createKeptExports(db: Db): KeptExports {
  return {
    async takeDue(silentForMs) {
      const { rows } = await sql<Kept>`
        update lead_exports set attempt = attempt + 1, went_on_at = now(), written = 0, total = null, snapshot_at = null
        where id = (
          select id from lead_exports
          where ${isOpen} and coalesce(went_on_at < now() - make_interval(secs => ${silentForMs / 1000}), true)
          order by asked_at limit 1 for update skip locked
        ) returning ${columns}`.execute(db)
      const [row] = rows
      if (!row) return undefined
      const { id, by, format, filter } = exportOf(row)
      return { id, by, format, filter, attempt: row.attempt }
    },

    async begun(what, snapshotAt) {
      const total = await sumOfKinds(db, what.filter)
      const { numAffectedRows } = await sql`
        update lead_exports set snapshot_at = ${snapshotAt}, total = ${total ?? null}, went_on_at = now()
        where ${isTry(what)}`.execute(db)
      return Boolean(numAffectedRows)
    },

    async goOn(what, written) {
      const { numAffectedRows } = await sql`
        update lead_exports set written = ${written}, went_on_at = now() where ${isTry(what)}`.execute(db)
      return Boolean(numAffectedRows)
    },

    finish: (what, { rows, bytes, sha256, parts }, entry) =>
      db.transaction().execute(async (tx) => {
        const { numAffectedRows } = await sql`
          update lead_exports
          set rows = ${rows}, written = ${rows}, bytes = ${bytes}, sha256 = decode(${sha256}, 'hex'), parts = ${parts},
              finished_at = now(), expires_at = now() + ${lasts}, filter = ${filterToKeep}
          where ${isTry(what)}`.execute(tx)
        if (numAffectedRows) await writeAudit(tx, entry)
        return Boolean(numAffectedRows)
      }),

    async failed(what) {
      await sql`update lead_exports set failed = failed + 1 where ${isTry(what)}`.execute(db)
    },

    cancel: (id, by, entry) =>
      db.transaction().execute(async (tx) => {
        const { numAffectedRows } = await sql`
          update lead_exports set ended = 'cancelled', filter = ${filterToKeep}
          where id = ${id} and kept and ended is null and ${askedBy(by)}`.execute(tx)
        if (numAffectedRows) await writeAudit(tx, entry)
        return Boolean(numAffectedRows)
      }),

    fetch: (id, by, entry) =>
      db.transaction().execute(async (tx) => {
        const { rows } = await sql<Kept>`
          select ${columns} from lead_exports
          where id = ${id} and kept and ended is null and expires_at > now() and ${askedBy(by)}`.execute(tx)
        const [row] = rows
        if (!row || row.parts === null) return undefined
        await writeAudit(tx, entry)
        return { ...exportOf(row), attempt: row.attempt, parts: row.parts }
      }),

    async expire() {
      await sql`
        update lead_exports set ended = 'expired', filter = ${filterToKeep}
        where kept and ended is null and coalesce(expires_at, asked_at + ${lasts}) <= now()`.execute(db)
    },

    async live() {
      const { rows } = await sql<{ id: string; attempt: number }>`
        select id, attempt from lead_exports where kept and ended is null`.execute(db)
      return new Set(rows.map(nameOfTry))
    },
  }
}

/** How many show leads as they are now, or did. */
export const keptNow = sql.raw(
  '(select count(*) from lead_exports where kept and ended is null and attempt > 0)',
)

/**
 * Ends every file that shows leads as they were until the end of this transaction, and has what is being written begin anew. Who
 * begins one meanwhile waits, and sees what this transaction has left.
 */
export async function endKept(tx: DbOrTransaction): Promise<void> {
  await sql`lock table lead_exports in share row exclusive mode`.execute(tx)
  await sql`
    update lead_exports set ended = 'erased' where kept and ended is null and finished_at is not null`.execute(
    tx,
  )
  await sql`
    update lead_exports set attempt = attempt + 1, went_on_at = null, snapshot_at = null, written = 0
    where ${isOpen} and attempt > 0`.execute(tx)
}
