import { sql } from 'kysely'
import type { ClaimLookup, KeptClaim } from '../leads/ports.ts'
import { clockOfPostgres } from './clock.ts'
import type { Db } from './connection.ts'

const claimsAtOnce = 5_000

/** A lead, and its claim if it holds one. */
type Row = Readonly<{
  id: string
  accepted_at: Date
  phone_key: string | null
  idempotency_key: string | null
}>

/**
 * The claims that were taken since a moment and until now, oldest first, in pages, for Redis to be told.
 * `directOnly`: just those that were taken through Postgres while Redis was closed.
 */
export async function* claimsSince(db: Db, since: Date, directOnly: boolean): AsyncGenerator<KeptClaim[]> {
  const page = directOnly ? pageOfDirect : pageOfAll
  // Else a reader that takes its time would follow the newest for ever.
  const until = new Date((await clockOfPostgres(db)) + clocksApartMs)
  let last: Pick<Row, 'id' | 'accepted_at'> = { id: noLead, accepted_at: since }
  while (true) {
    const { rows } = await page(last.accepted_at, last.id, until).execute(db)
    const claims = rows.flatMap(({ id, phone_key, idempotency_key }) =>
      phone_key === null ? [] : [{ phoneKey: phone_key, leadId: id, idempotencyKey: idempotency_key ?? '' }],
    )
    if (claims.length > 0) yield claims
    if (rows.length < claimsAtOnce) return
    last = rows.at(-1)!
  }
}

// How far the clock of another API may be ahead.
const clocksApartMs = 60_000
// Comes before every other id.
const noLead = '00000000-0000-0000-0000-000000000000'

const pageOfDirect = (after: Date, afterId: string, until: Date) => sql<Row>`
  select lead_id as id, accepted_at, encode(phone_key, 'hex') as phone_key,
         encode(idempotency_key, 'hex') as idempotency_key
  from lead_claims
  where direct and accepted_at between ${after} and ${until}
    and (accepted_at, lead_id) > (${after}, ${afterId}::uuid)
  order by accepted_at, lead_id limit ${claimsAtOnce}`

// The table of leads has an index by time; claims have none, which would cost every lead more than it is needed. A page is
// cut before it is joined, else the planner sorts all that is left for each of them.
const pageOfAll = (after: Date, afterId: string, until: Date) => sql<Row>`
  select page.id, page.accepted_at, encode(held.phone_key, 'hex') as phone_key,
         encode(held.idempotency_key, 'hex') as idempotency_key
  from (
    select id, accepted_at, phone_key from leads
    where accepted_at between ${after} and ${until} and (accepted_at, id) > (${after}, ${afterId}::uuid)
    order by accepted_at, id limit ${claimsAtOnce}
  ) as page
  left join lead_claims as held on held.phone_key = page.phone_key and held.lead_id = page.id
  order by page.accepted_at, page.id`

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

/**
 * Deletes claims that no submission can meet any more. Returns how many. One that is being taken anew is passed over: who waits
 * for it here while holding others would be waited for by batches.
 */
export async function pruneClaims(db: Db, before: Date): Promise<number> {
  const { numAffectedRows } = await sql`
    with old as (select phone_key from lead_claims where accepted_at < ${before} for update skip locked)
    delete from lead_claims using old where lead_claims.phone_key = old.phone_key`.execute(db)
  return Number(numAffectedRows ?? 0n)
}
