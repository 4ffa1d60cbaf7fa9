import { sql } from 'kysely'
import type { ClaimLookup } from '../leads/ports.ts'
import type { Db } from './connection.ts'

/** A claim as Postgres keeps it: the phone's key in hex, the lead that holds it, its Idempotency-Key hash or ''. */
export type KeptClaim = Readonly<{ phoneKey: string; leadId: string; idempotencyKey: string }>

const claimsAtOnce = 5_000

type ClaimRow = Readonly<{
  phone_key: string
  lead_id: string
  accepted_at: Date
  idempotency_key: string | null
}>

/**
 * The claims that were taken since a moment and until now, oldest first, in pages, for Redis to be told.
 * `directOnly`: just those that were taken through Postgres while Redis was closed.
 */
export async function* claimsSince(db: Db, since: Date, directOnly: boolean): AsyncGenerator<KeptClaim[]> {
  const claims = directOnly ? directClaims : allClaims
  // Else a reader that takes its time would follow the newest for ever.
  const until = new Date(Date.now() + clocksApartMs)
  let last: Pick<ClaimRow, 'accepted_at' | 'lead_id'> = { accepted_at: since, lead_id: noLead }
  while (true) {
    const { rows } = await claims(last.accepted_at, last.lead_id, until).execute(db)
    if (rows.length > 0)
      yield rows.map((row) => ({
        phoneKey: row.phone_key,
        leadId: row.lead_id,
        idempotencyKey: row.idempotency_key ?? '',
      }))
    if (rows.length < claimsAtOnce) return
    last = rows.at(-1)!
  }
}

// How far the clock of another API may be ahead.
const clocksApartMs = 60_000
// Comes before every other id.
const noLead = '00000000-0000-0000-0000-000000000000'

const directClaims = (after: Date, afterLead: string, until: Date) => sql<ClaimRow>`
  select encode(phone_key, 'hex') as phone_key, lead_id, accepted_at, encode(idempotency_key, 'hex') as idempotency_key
  from lead_claims
  where direct and accepted_at between ${after} and ${until}
    and (accepted_at, lead_id) > (${after}, ${afterLead}::uuid)
  order by accepted_at, lead_id limit ${claimsAtOnce}`

// The table of leads has an index by time; claims have none, which would cost every lead more than it is needed.
const allClaims = (after: Date, afterLead: string, until: Date) => sql<ClaimRow>`
  select encode(held.phone_key, 'hex') as phone_key, held.lead_id, held.accepted_at,
         encode(held.idempotency_key, 'hex') as idempotency_key
  from leads join lead_claims as held on held.phone_key = leads.phone_key and held.lead_id = leads.id
  where leads.accepted_at between ${after} and ${until}
    and (leads.accepted_at, leads.id) > (${after}, ${afterLead}::uuid)
  order by leads.accepted_at, leads.id limit ${claimsAtOnce}`

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
