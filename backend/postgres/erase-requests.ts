import { sql } from 'kysely'
import type { EraseRequest, EraseRequests } from '../desk/erase-request.ts'
import { maskPhones } from '../leads/written-phones.ts'
import type { Actor } from '../operators/audit.ts'
import { writeAudit } from './audit.ts'
import type { Db, DbOrTransaction } from './connection.ts'
import { beginErasure } from './erasures.ts'

type Row = Readonly<{
  id: string
  asked_at: Date
  language: string
  key: string | null
  last_digits: string | null
  decided_at: Date | null
  decided_by: string | null
  decision: 'erased' | 'refused' | null
  reason: string | null
}>

const columns = sql.raw(`
  id, asked_at, language, encode(phone_key, 'hex') as key, last_digits, decided_at, decided_by, decision, reason`)

/** What people asked by the public form, in `erase_requests`. */
export function createEraseRequests(db: Db): EraseRequests {
  return {
    async ask({ phoneKey, lastDigits, language }) {
      await sql`
        insert into erase_requests (id, phone_key, last_digits, language)
        values (${crypto.randomUUID()}, decode(${phoneKey}, 'hex'), ${lastDigits}, ${language})
        on conflict (phone_key) do nothing`.execute(db)
    },

    async find(id) {
      const { rows } = await sql<Row>`select ${columns} from erase_requests where id = ${id}`.execute(db)
      return rows[0] && requestOf(rows[0])
    },

    async list(limit) {
      const { rows } = await sql<Row>`
        select ${columns} from erase_requests
        order by decided_at desc nulls first, asked_at limit ${limit}`.execute(db)
      return rows.map(requestOf)
    },

    confirm: (id, by) =>
      db.transaction().execute(async (tx) => {
        // Held: whoever decides meanwhile waits, and finds it decided.
        const { rows } = await sql<Row>`
          select ${columns} from erase_requests where id = ${id} and decided_at is null for update`.execute(
          tx,
        )
        const phoneKey = rows[0]?.key
        if (!phoneKey) return undefined
        const { id: erasureId } = await beginErasure(tx, phoneKey, by)
        await decide(tx, id, { erasureId }, by)
        return erasureId
      }),

    refuse: (id, reason, by) => db.transaction().execute((tx) => decide(tx, id, { reason }, by)),
  }
}

async function decide(
  tx: DbOrTransaction,
  id: string,
  how: Readonly<{ erasureId: string } | { reason: string }>,
  by: Actor,
): Promise<boolean> {
  const as = 'reason' in how ? 'refused' : 'erased'
  const reason = 'reason' in how ? maskPhones(how.reason) : null
  const { numAffectedRows } = await sql`
    update erase_requests
    set decided_at = now(), decided_by = ${by.name}, decision = ${as}, reason = ${reason},
        phone_key = null, last_digits = null
    where id = ${id} and decided_at is null`.execute(tx)
  if (!numAffectedRows) return false
  await writeAudit(tx, { by, action: 'erase_request.decided', subject: id, after: { as, ...how } })
  return true
}

const requestOf = (row: Row): EraseRequest => ({
  ...{ id: row.id, askedAt: row.asked_at, language: row.language },
  ...(row.key !== null && { phoneKey: row.key }),
  ...(row.last_digits !== null && { lastDigits: row.last_digits }),
  ...(row.decided_at && { decidedAt: row.decided_at }),
  ...(row.decided_by !== null && { decidedBy: row.decided_by }),
  ...(row.decision && { decision: row.decision }),
  ...(row.reason !== null && { reason: row.reason }),
})
