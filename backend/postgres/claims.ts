import { sql } from 'kysely'
import type { ClaimLookup, KeptClaim } from '../leads/ports.ts'
import type { Shard } from '../leads/shard.ts'
import { clockOfPostgres } from './clock.ts'
import type { Db } from './connection.ts'

const claimsAtOnce = 5_000

/** A lead, and its claim if it holds one. */
type Row = Readonly<{
  id: string
  accepted_at: Date
  phone_key: string | null
  idempotency_key: string | null
  /** How many leads were looked at for this page. */
  looked: number
}>

/**
 * The claims that were taken since a moment and until now, oldest first, in pages, for Redis to be told; those of one shard
 * where it is named. `directOnly`: just those that were taken through Postgres while Redis was closed.
 */
export async function* claimsSince(
  db: Db,
  since: Date,
  directOnly: boolean,
  shard?: Shard,
): AsyncGenerator<KeptClaim[]> {
  const page = directOnly ? pageOfDirect : pageOfAll
  // Else a reader that takes its time would follow the newest for ever.
  const until = new Date((await clockOfPostgres(db)) + clocksApartMs)
  let last: Pick<Row, 'id' | 'accepted_at'> = { id: noLead, accepted_at: since }
  while (true) {
    const { rows } = await page(last.accepted_at, last.id, until, shard).execute(db)
    const claims = rows.flatMap(({ id, phone_key, idempotency_key }) =>
      phone_key === null ? [] : [{ phoneKey: phone_key, leadId: id, idempotencyKey: idempotency_key ?? '' }],
    )
    if (claims.length > 0) yield claims
    const end = rows.at(-1)
    if (!end || end.looked < claimsAtOnce) return
    last = end
  }
}

// How far the clock of another API may be ahead.
const clocksApartMs = 60_000
// Comes before every other id.
const noLead = '00000000-0000-0000-0000-000000000000'

// As `shardOf` reads it.
const isIn = (shard: Shard | undefined) => {
  if (!shard || shard.count === 1) return sql`true`
  const first = sql`(get_byte(page.phone_key, 0)::bigint << 24) + (get_byte(page.phone_key, 1) << 16)
    + (get_byte(page.phone_key, 2) << 8) + get_byte(page.phone_key, 3)`
  return sql`(${first}) % ${sql.lit(shard.count)} = ${sql.lit(shard.index)}`
}

// A page is cut before its claims are told from those of other shards, and its last row, of whichever shard, says where
// the next begins.
const pageOfDirect = (after: Date, afterId: string, until: Date, shard: Shard | undefined) => sql<Row>`
  select id, accepted_at, case when ${isIn(shard)} then encode(phone_key, 'hex') end as phone_key,
         encode(idempotency_key, 'hex') as idempotency_key, looked
  from (
    select lead_id as id, accepted_at, phone_key, idempotency_key, (count(*) over ())::int as looked,
           lead(lead_id) over (order by accepted_at, lead_id) is null as is_last
    from (
      select lead_id, accepted_at, phone_key, idempotency_key from lead_claims
      where direct and accepted_at between ${after} and ${until}
        and (accepted_at, lead_id) > (${after}, ${afterId}::uuid)
      order by accepted_at, lead_id limit ${claimsAtOnce}
    ) as cut
  ) as page
  where is_last or ${isIn(shard)}
  order by accepted_at, id`

// The table of leads has an index by time; claims have none, which would cost every lead more than it is needed. A page is
// cut before it is joined, too, else the planner sorts all that is left for each of them.
const pageOfAll = (after: Date, afterId: string, until: Date, shard: Shard | undefined) => sql<Row>`
  select page.id, page.accepted_at, encode(held.phone_key, 'hex') as phone_key,
         encode(held.idempotency_key, 'hex') as idempotency_key, page.looked
  from (
    select id, accepted_at, phone_key, (count(*) over ())::int as looked,
           lead(id) over (order by accepted_at, id) is null as is_last
    from (
      select id, accepted_at, phone_key from leads
      where accepted_at between ${after} and ${until} and (accepted_at, id) > (${after}, ${afterId}::uuid)
      order by accepted_at, id limit ${claimsAtOnce}
    ) as cut
  ) as page
  left join lead_claims as held on held.phone_key = page.phone_key and held.lead_id = page.id and ${isIn(shard)}
  where page.is_last or ${isIn(shard)}
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

export type PruneOptions = Readonly<{
  /** Called between two parts of the table; rejects when it is time to stop. */
  pause?(): Promise<void>
  blocksAtOnce?: number
}>

// Some ten thousand claims, which are gone in a fraction of the time that a statement may take.
const blocksAtOnceUsual = 1_000

/**
 * Deletes claims that no submission can meet any more, a part of the table at a time: those of a spot that a million saw are
 * as many, and whoever comes again just then waits for the part that is theirs. Returns how many. One that is being taken anew is
 * passed over: who waits for it here while holding others would be waited for by batches.
 */
export async function pruneClaims(
  db: Db,
  before: Date,
  { pause = async () => {}, blocksAtOnce = blocksAtOnceUsual }: PruneOptions = {},
): Promise<number> {
  const { rows } = await sql<{ blocks: number }>`
    select (pg_relation_size('lead_claims') / current_setting('block_size')::int)::int as blocks`.execute(db)
  let gone = 0
  for (let block = 0; block < rows[0]!.blocks; block += blocksAtOnce) {
    if (block > 0) await pause()
    const [first, end] = [`(${block},0)`, `(${block + blocksAtOnce},0)`]
    const { numAffectedRows } = await sql`
      delete from lead_claims where ctid = any(array(
        select ctid from lead_claims
        where ctid >= ${first}::tid and ctid < ${end}::tid and accepted_at < ${before} for update skip locked))`.execute(
      db,
    )
    gone += Number(numAffectedRows ?? 0n)
  }
  return gone
}
