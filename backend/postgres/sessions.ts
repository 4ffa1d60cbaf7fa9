import { sql } from 'kysely'
import type { Grounds, KeptSession, Sessions } from '../operators/session.ts'
import { type AccountRow, accountColumns, accountOf, holdAccount } from './accounts.ts'
import { writeAudit } from './audit.ts'
import type { Db, DbOrTransaction } from './connection.ts'

type SessionRow = Readonly<{
  session_id: string
  token_hash: Buffer
  operator_id: string
  begun_at: Date
  seen_at: Date
  confirmed_at: Date
  client: string
  agent: string
}>

const columns = sql.raw(
  'operator_sessions.id as session_id, token_hash, operator_id, begun_at, seen_at, confirmed_at, client, agent',
)

/** Who is signed in, with what. */
export function createSessions(db: Db): Sessions {
  return {
    begin: (session, entry, { account, instead }) =>
      db.transaction().execute(async (tx) => {
        // Whoever changes the account or ends its sessions holds it, and is waited for before anything is looked at.
        await sql`select from operators where id = ${session.accountId} for share`.execute(tx)
        if (!(await isAsAsked(tx, session.accountId, account))) return false
        if (instead !== undefined) {
          const { numAffectedRows } = await sql`
            delete from operator_sessions where id = ${instead} and operator_id = ${session.accountId}`.execute(
            tx,
          )
          if (!numAffectedRows) return false
        }
        await sql`
          insert into operator_sessions
            (id, token_hash, operator_id, begun_at, seen_at, confirmed_at, client, agent)
          values (${session.id}, ${session.tokenHash}, ${session.accountId}, ${session.begunAt},
            ${session.seenAt}, ${session.confirmedAt}, ${session.client}, ${session.agent})`.execute(tx)
        await writeAudit(tx, entry)
        return true
      }),
    async find(tokenHash) {
      const { rows } = await sql<SessionRow & AccountRow>`
        select ${columns}, ${accountColumns} from operator_sessions
        join operators on operators.id = operator_id and disabled_at is null
        where token_hash = ${tokenHash}`.execute(db)
      return rows[0] && { session: sessionOf(rows[0]), account: accountOf(rows[0]) }
    },
    async seen(id, at) {
      await sql`update operator_sessions set seen_at = greatest(seen_at, ${at}) where id = ${id}`.execute(db)
    },
    async of(accountId) {
      const { rows } = await sql<SessionRow>`
        select ${columns} from operator_sessions where operator_id = ${accountId}
        order by seen_at desc, id`.execute(db)
      return rows.map(sessionOf)
    },
    end: (accountId, which, entry) =>
      db.transaction().execute(async (tx) => {
        await holdAccount(tx, accountId)
        const one = 'id' in which ? sql`id = ${which.id}` : sql`id <> ${which.except}`
        const { numAffectedRows = 0n } = await sql`
          delete from operator_sessions where operator_id = ${accountId} and ${one}`.execute(tx)
        if (numAffectedRows > 0n) await writeAudit(tx, entry)
        return Number(numAffectedRows)
      }),
  }
}

async function isAsAsked(
  tx: DbOrTransaction,
  id: string,
  { passwordHash, hasSecondFactor }: Grounds['account'],
): Promise<boolean> {
  const { rows } = await sql`
    select from operators
    where id = ${id} and disabled_at is null and password_hash = coalesce(${passwordHash ?? null}, password_hash)
      and exists (select from operator_factors where operator_id = operators.id) = ${hasSecondFactor}`.execute(
    tx,
  )
  return rows.length > 0
}

/** Forgets sessions and links that let nobody in any more. */
export async function pruneEntries(db: Db, now: Date, sessionsBefore: Date): Promise<void> {
  await sql`delete from operator_sessions where begun_at < ${sessionsBefore}`.execute(db)
  await sql`delete from operator_invites where expires_at < ${now}`.execute(db)
}

const sessionOf = (row: SessionRow): KeptSession => ({
  id: row.session_id,
  tokenHash: row.token_hash,
  accountId: row.operator_id,
  begunAt: row.begun_at,
  seenAt: row.seen_at,
  confirmedAt: row.confirmed_at,
  client: row.client,
  agent: row.agent,
})
