import { sql } from 'kysely'
import { maskPhones } from '../leads/written-phones.ts'
import type { Actor, Audit, AuditAction, AuditEntry, AuditQuery, KeptAuditEntry } from '../operators/audit.ts'
import type { Db, DbOrTransaction } from './connection.ts'

type Row = Readonly<{
  id: string
  at: Date
  actor_kind: Actor['kind']
  actor_id: string
  actor_name: string
  action: AuditAction
  subject: string
  before: Readonly<Record<string, unknown>> | null
  after: Readonly<Record<string, unknown>> | null
}>

/** Writes an entry in the transaction of what it tells of: both are kept, or neither. */
export async function writeAudit(tx: DbOrTransaction, entry: AuditEntry): Promise<void> {
  const { by, action, subject = '', before, after } = entry
  await sql`
    insert into audit_log (actor_kind, actor_id, actor_name, action, subject, before, after)
    values (${by.kind}, ${by.id}, ${maskPhones(by.name)}, ${action}, ${maskPhones(subject)},
      ${asJson(before)}::jsonb, ${asJson(after)}::jsonb)`.execute(tx)
}

/** The one audit of the product. */
export function createAudit(db: Db): Audit {
  return {
    note: (entry) => writeAudit(db, entry),
    async list({ kind, action, by, subject, since, until, after, limit }: AuditQuery) {
      const { rows } = await sql<Row>`
        select id, at, actor_kind, actor_id, actor_name, action, subject, before, after from audit_log
        where true
          ${kind === undefined ? sql`` : sql`and starts_with(action, ${`${kind}.`})`}
          ${action === undefined ? sql`` : sql`and action = ${action}`}
          ${by === undefined ? sql`` : sql`and actor_id = ${by} and actor_id <> ''`}
          ${subject === undefined ? sql`` : sql`and subject = ${subject} and subject <> ''`}
          ${since === undefined ? sql`` : sql`and at >= ${since}`}
          ${until === undefined ? sql`` : sql`and at < ${until}`}
          ${after === undefined ? sql`` : sql`and id < ${after}`}
        order by id desc limit ${limit}`.execute(db)
      return rows.map(entryOf)
    },
  }
}

/** Forgets what is older. */
export async function pruneAudit(db: Db, keptDays: number): Promise<void> {
  await sql`delete from audit_log where at < now() - make_interval(days => ${keptDays})`.execute(db)
}

// Whoever writes an entry keeps phones out of it; what a person typed may hold one all the same.
const asJson = (told: AuditEntry['before']) =>
  told === undefined
    ? null
    : JSON.stringify(told, (_key, value) => (typeof value === 'string' ? maskPhones(value) : value))

const entryOf = (row: Row): KeptAuditEntry => ({
  id: row.id,
  at: row.at,
  by: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
  action: row.action,
  ...(row.subject !== '' && { subject: row.subject }),
  ...(row.before && { before: row.before }),
  ...(row.after && { after: row.after }),
})
