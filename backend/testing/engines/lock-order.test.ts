import { afterEach, expect, test } from 'bun:test'
import { type RawBuilder, sql } from 'kysely'
import { acceptedAtMs } from '../../batching/ids.ts'
import type { Lead } from '../../leads/lead.ts'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { theCommand } from '../../operators/audit.ts'
import { pruneClaims } from '../../postgres/claims.ts'
import { createCorrectionTable } from '../../postgres/corrections.ts'
import { releaseSuspects } from '../../postgres/delivery-events.ts'
import { pruneDeliveries } from '../../postgres/delivery-figures.ts'
import { createErasureTable } from '../../postgres/erasures.ts'
import { pruneLeads } from '../../postgres/lead-retention.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { addEndpointFor } from '../stage/deliveries.ts'
import { freshDatabase } from '../stage/engines.ts'
import { until } from '../stage/faults.ts'
import { makeLeads } from '../stage/leads.ts'

const { db } = await freshDatabase()
const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
const dayMs = 86_400_000
const longAgo = Date.now() - 60 * dayMs

afterEach(() =>
  sql`truncate leads, lead_claims, lead_corrections, delivery_endpoints, deliveries, delivery_attempts, erasures`.execute(
    db,
  ),
)

/**
 * Somebody who takes two rows in the order that all keep to, and `other` beginning in between. Where it has taken the second
 * and waits for the first, Postgres ends one of them.
 */
async function between(
  first: RawBuilder<unknown>,
  other: () => Promise<unknown>,
  second: RawBuilder<unknown>,
): Promise<void> {
  let isDone = false
  let working: Promise<unknown> = Promise.resolve()
  await db.transaction().execute(async (tx) => {
    await first.execute(tx)
    working = other().finally(() => {
      isDone = true
    })
    working.catch(() => {})
    await until('the other waits, or has passed by', async () => {
      const { rows } = await sql<{ n: number }>`
        select count(*)::int as n from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
      return isDone || rows[0]!.n > 0
    })
    await second.execute(tx)
  })
  await working
}

const byKey = (leads: readonly Lead[]) =>
  [...leads].sort((one, other) => (one.phoneKey < other.phoneKey ? -1 : 1))
/** Stored so that the one with the lower key lies behind the other. */
async function storedBackwards(nowMs = longAgo): Promise<readonly [Lead, Lead]> {
  const [low, high] = byKey([...makeLeads(1, {}, nowMs), ...makeLeads(1, {}, nowMs + 1)])
  for (const lead of [high!, low!]) await table.store([lead])
  return [low!, high!]
}
const claimOf = ({ phoneKey }: Lead) => sql`
  select from lead_claims where phone_key = decode(${phoneKey}, 'hex') for update`
const rowOf = ({ id }: Lead) => sql`
  select from leads where id = ${id} and accepted_at = ${new Date(acceptedAtMs(id))} for update`

async function deliveredBackwards(leads: readonly Lead[]) {
  const { id } = await addEndpointFor(db, 'k'.repeat(40), { url: 'https://example.com/hook' })
  const sorted = leads.map((lead) => lead.id).sort()
  for (const leadId of sorted.toReversed())
    await sql`
      insert into deliveries (endpoint_id, lead_id, event, state, written_at, settled_at)
      values (${id}, ${leadId}, 'lead.stored', 'delivered', now(), now() - interval '60 days')`.execute(db)
  return sorted.map(
    (leadId) => sql`select from deliveries where endpoint_id = ${id} and lead_id = ${leadId} for update`,
  )
}

test('old claims are pruned beside a batch that takes some of them anew', async () => {
  const [low, high] = await storedBackwards()
  await between(claimOf(low), () => pruneClaims(db, new Date()), claimOf(high))
})

test('old leads are pruned beside somebody who sends them again, or works on one', async () => {
  const leads = await storedBackwards()
  const [first, last] = await deliveredBackwards(leads)
  const prune = () => pruneLeads(db, new Date(Date.now() - dayMs), async () => {})
  await between(first!, prune, last!)
  const [worked, left] = await storedBackwards()
  await between(rowOf(worked), prune, rowOf(left))
  await prune()
  const { rows } = await sql`select from leads`.execute(db)
  expect(rows).toEqual([])
})

test('settled deliveries are pruned beside somebody who sends them again', async () => {
  const [first, last] = await deliveredBackwards(makeLeads(2))
  await between(first!, () => pruneDeliveries(db, 30), last!)
})

test('who is erased holds no lead while waiting for a claim', async () => {
  const [lead, corrected] = [...makeLeads(1), ...makeLeads(1)]
  // Sent twice, so that the second names the first.
  const again = { ...makeLeads(1)[0]!, phone: lead!.phone, phoneKey: lead!.phoneKey }
  for (const each of [lead!, again, corrected!]) await table.store([each])
  await sql`update leads set corrected_by = ${lead!.id} where id = ${corrected!.id}`.execute(db)
  const erasures = createErasureTable(db)
  const { id } = await erasures.begin(lead!.phoneKey, theCommand)
  await erasures.fence(id)
  await between(claimOf(corrected!), () => erasures.eraseRows([id]), rowOf(corrected!))
  const { rows } = await sql`select from lead_claims`.execute(db)
  expect(rows).toEqual([])
})

test('suspect leads are released beside somebody who takes several', async () => {
  const leads = [
    ...makeLeads(1, { details: { suspect: ['fast'] } }),
    ...makeLeads(1, { details: { suspect: ['fast'] } }, Date.now() + 5),
  ]
  await table.store(leads)
  const ids = leads.map(({ id }) => id)
  const release = () => db.transaction().execute((tx) => releaseSuspects(tx, ids.toReversed()))
  await between(rowOf(leads[0]!), release, rowOf(leads[1]!))
})

test('corrections are noted beside somebody who notes the same', async () => {
  const [low, high] = byKey(makeLeads(2))
  const noted = [high!, low!].map(({ id, phoneKey }) => ({
    phoneKey,
    idempotencyKey: 'ab'.repeat(16),
    correctedBy: id,
  }))
  const insert = ({ phoneKey }: Lead) => sql`
    insert into lead_corrections (phone_key, idempotency_key, corrected_by)
    values (decode(${phoneKey}, 'hex'), decode(${'ab'.repeat(16)}, 'hex'), ${low!.id})`
  await between(insert(low!), () => createCorrectionTable(db).note(noted), insert(high!))
})
