import { sql } from 'kysely'
import type { AuditEntry } from '../operators/audit.ts'
import type { SecondFactors } from '../operators/second-factor.ts'
import { isStillHere } from './accounts.ts'
import { writeAudit } from './audit.ts'
import type { Db, DbOrTransaction } from './connection.ts'

/** Second factors, sealed, and hashes of their recovery codes. */
export function createSecondFactors(db: Db): SecondFactors {
  /** `work` resolves with whether it changed anything; the entry is written then. */
  const inOne = (entry: AuditEntry, work: (tx: DbOrTransaction) => Promise<boolean>) =>
    db.transaction().execute(async (tx) => {
      const isChange = await work(tx)
      if (isChange) await writeAudit(tx, entry)
      return isChange
    })

  return {
    async find(accountId) {
      const { rows } = await sql<{ sealed: Buffer; codes_left: number }>`
        select sealed, (select count(*)::int from operator_recovery_codes as codes
          where codes.operator_id = operator_factors.operator_id) as codes_left
        from operator_factors where operator_id = ${accountId}`.execute(db)
      return rows[0] && { sealed: rows[0].sealed, codesLeft: rows[0].codes_left }
    },
    set: (accountId, { sealed, step, codeHashes }, entry, keepSession) =>
      inOne(entry, async (tx) => {
        if (!(await isStillHere(tx, accountId, keepSession))) return false
        await sql`
          insert into operator_factors (operator_id, sealed, last_step) values (${accountId}, ${sealed}, ${step})
          on conflict (operator_id) do update
          set sealed = excluded.sealed, last_step = excluded.last_step, since = now()`.execute(tx)
        await putCodes(tx, accountId, codeHashes)
        await endOthers(tx, accountId, keepSession)
        return true
      }),
    renewCodes: (accountId, codeHashes, entry, ofSession) =>
      inOne(entry, async (tx) => {
        if (!(await isStillHere(tx, accountId, ofSession))) return false
        const { rows } = await sql`
          select from operator_factors where operator_id = ${accountId} for update`.execute(tx)
        if (rows.length === 0) return false
        await putCodes(tx, accountId, codeHashes)
        await endOthers(tx, accountId, ofSession)
        return true
      }),
    remove: (accountId, entry, keepSession) =>
      inOne(entry, async (tx) => {
        if (!(await isStillHere(tx, accountId, keepSession))) return false
        const { numAffectedRows } = await sql`
          delete from operator_factors where operator_id = ${accountId}`.execute(tx)
        if (!numAffectedRows) return false
        await endOthers(tx, accountId, keepSession)
        return true
      }),
    async spendStep(accountId, step) {
      const { numAffectedRows } = await sql`
        update operator_factors set last_step = ${step}
        where operator_id = ${accountId} and last_step < ${step}`.execute(db)
      return Boolean(numAffectedRows)
    },
    spendCode: (accountId, hash, entry) =>
      inOne(entry, async (tx) => {
        const { numAffectedRows } = await sql`
          delete from operator_recovery_codes
          where operator_id = ${accountId} and code_hash = ${hash}`.execute(tx)
        return Boolean(numAffectedRows)
      }),
  }
}

async function putCodes(tx: DbOrTransaction, accountId: string, hashes: readonly Uint8Array[]) {
  await sql`delete from operator_recovery_codes where operator_id = ${accountId}`.execute(tx)
  await sql`
    insert into operator_recovery_codes (operator_id, code_hash)
    select ${accountId}, unnest(${[...hashes]}::bytea[])`.execute(tx)
}

async function endOthers(tx: DbOrTransaction, accountId: string, keepSession: string) {
  await sql`
    delete from operator_sessions where operator_id = ${accountId} and id <> ${keepSession}`.execute(tx)
}
