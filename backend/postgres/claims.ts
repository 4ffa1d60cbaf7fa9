import { sql } from 'kysely'
import type { ClaimLookup } from '../leads/ports.ts'
import type { Db } from './connection.ts'

/** A claim as Postgres keeps it: the phone's key in hex, the lead that holds it, its Idempotency-Key hash or ''. */
export type KeptClaim = Readonly<{ phoneKey: string; leadId: string; idempotencyKey: string }>

const claimsAtOnce = 5_000

/**
 * The claims that are still within the window, in pages, for Redis to be told.
 * `directOnly`: just those that were taken through Postgres while Redis was closed.
 */
export async function* claimsSince(db: Db, since: Date, directOnly: boolean): AsyncGenerator<KeptClaim[]> {
  let after = ''
  while (true) {
    const { rows } = await sql<{ phone_key: string; lead_id: string; idempotency_key: string | null }>`
      select encode(phone_key, 'hex') as phone_key, lead_id, encode(idempotency_key, 'hex') as idempotency_key
      from lead_claims
      where accepted_at > ${since} and phone_key > decode(${after}, 'hex') ${directOnly ? sql`and direct` : sql``}
      order by phone_key limit ${claimsAtOnce}`.execute(db)
    if (rows.length === 0) return
    yield rows.map((row) => ({
      phoneKey: row.phone_key,
      leadId: row.lead_id,
      idempotencyKey: row.idempotency_key ?? '',
    }))
    after = rows.at(-1)!.phone_key
  }
}

/** Tells who holds a claim, as far as Postgres knows. */
export function createClaimLookup(db: Db): ClaimLookup {
  return {
    async holderOf(phoneKey) {
      const { rows } = await sql<{ lead_id: string; idempotency_key: string | null }>`
        select lead_id, encode(idempotency_key, 'hex') as idempotency_key
        from lead_claims where phone_key = decode(${phoneKey}, 'hex')`.execute(db)
      const claim = rows[0]
      return claim && { id: claim.lead_id, idempotencyKey: claim.idempotency_key ?? '' }
    },
  }
}

/** Deletes claims that no submission can meet any more. Returns how many. */
export async function pruneClaims(db: Db, before: Date): Promise<number> {
  const result = await db.deleteFrom('lead_claims').where('accepted_at', '<', before).executeTakeFirst()
  return Number(result.numDeletedRows)
}
