import { sql } from 'kysely'
import type { OperatorKeys } from '../operators/operator-key.ts'
import { allRights } from '../operators/rights.ts'
import type { Db } from './connection.ts'

/** The keys that let operators change things, by hash. */
export function createOperatorKeys(db: Db): OperatorKeys {
  return {
    async add({ id, name, hash }) {
      await sql`insert into operator_keys (id, name, key_hash) values (${id}, ${name}, ${hash})`.execute(db)
    },
    async find(id) {
      const { rows } = await sql<{ id: string; name: string; hash: Buffer }>`
        select id, name, key_hash as hash from operator_keys where id = ${id} and revoked_at is null`.execute(
        db,
      )
      // A key is for everything there is.
      return rows[0] && { ...rows[0], rights: allRights }
    },
    async list() {
      const { rows } = await sql<{ id: string; name: string; created_at: Date; revoked_at: Date | null }>`
        select id, name, created_at, revoked_at from operator_keys order by created_at, id`.execute(db)
      return rows.map(({ id, name, created_at, revoked_at }) => ({
        id,
        name,
        createdAt: created_at,
        ...(revoked_at && { revokedAt: revoked_at }),
      }))
    },
    async revoke(id) {
      const result = await sql`
        update operator_keys set revoked_at = now() where id = ${id} and revoked_at is null`.execute(db)
      return Number(result.numAffectedRows) > 0
    },
  }
}
