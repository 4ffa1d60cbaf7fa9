import { sql } from 'kysely'
import type { KeptKey, OperatorKeys } from '../operators/operator-key.ts'
import { firstKeyRights, isRight, keyRights } from '../operators/rights.ts'
import { writeAudit } from './audit.ts'
import type { Db } from './connection.ts'

type Row = Readonly<{
  id: string
  name: string
  rights: string[] | null
  expires_at: Date | null
}>

/** The keys that let programs do what operators do, by hash. */
export function createOperatorKeys(db: Db): OperatorKeys {
  return {
    async add({ id, name, rights, expiresAt, hash }, entry) {
      await db.transaction().execute(async (tx) => {
        await sql`
          insert into operator_keys (id, name, key_hash, rights, expires_at)
          values (${id}, ${name}, ${hash}, ${[...rights]}::text[], ${expiresAt ?? null})`.execute(tx)
        await writeAudit(tx, entry)
      })
    },
    async find(id) {
      const { rows } = await sql<Row & { hash: Buffer }>`
        select id, name, rights, expires_at, key_hash as hash from operator_keys
        where id = ${id} and revoked_at is null and (expires_at is null or expires_at > now())`.execute(db)
      return rows[0] && { ...keyOf(rows[0]), hash: rows[0].hash }
    },
    async used(id) {
      await sql`
        update operator_keys set last_used_at = now()
        where id = ${id} and (last_used_at is null or last_used_at < now() - interval '1 minute')`.execute(db)
    },
    async list() {
      const { rows } = await sql<
        Row & { created_at: Date; revoked_at: Date | null; last_used_at: Date | null }
      >`
        select id, name, rights, expires_at, created_at, revoked_at, last_used_at
        from operator_keys order by created_at, id`.execute(db)
      return rows.map((row) => ({
        ...keyOf(row),
        createdAt: row.created_at,
        ...(row.revoked_at && { revokedAt: row.revoked_at }),
        ...(row.last_used_at && { lastUsedAt: row.last_used_at }),
      }))
    },
    revoke: (id, entry) =>
      db.transaction().execute(async (tx) => {
        const { numAffectedRows } = await sql`
          update operator_keys set revoked_at = now() where id = ${id} and revoked_at is null`.execute(tx)
        if (numAffectedRows) await writeAudit(tx, entry)
        return Boolean(numAffectedRows)
      }),
  }
}

// A key of before keys had rights has none of its own.
const keyOf = ({ id, name, rights, expires_at }: Row): Omit<KeptKey, 'hash'> => ({
  id,
  name,
  rights: rights === null ? firstKeyRights : new Set(rights.filter(isRight)).intersection(keyRights),
  ...(expires_at && { expiresAt: expires_at }),
})
