import { afterEach, expect, test } from 'bun:test'
import { sql } from 'kysely'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { createDeliveryStore } from '../../postgres/deliveries.ts'
import { deliveriesHeldSince } from '../../postgres/delivery-hold.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { addReceiver, startDelivering } from '../stage/deliveries.ts'
import { freshDatabase } from '../stage/engines.ts'
import { until } from '../stage/faults.ts'
import { makeLeads } from '../stage/leads.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { startReceiver } from '../stage/receiver.ts'

const { url: databaseUrl, db } = await freshDatabase()
const secretKey = 'k'.repeat(40)
const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
const settings = {
  DATABASE_URL: databaseUrl,
  ACK_MODE: 'pg',
  SECRET_KEY: secretKey,
  DELIVERY_ALLOW: '127.0.0.1',
}
const said = async (...words: string[]) => {
  const { out, err, code } = await operatorCommand(['deliveries.ts', ...words], settings)
  return `${code} ${out}${err}`
}
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  await sql`delete from delivery_endpoints`.execute(db)
  await sql`update installation set deliveries_held_at = null`.execute(db)
})

const mark = (ms: number) => sql`update installation set high_water_ms = ${ms}`.execute(db)
/** The database as a backup had it that was made before anything was sent. */
const putBack = (ms: number) =>
  db.transaction().execute(async (tx) => {
    await sql`update deliveries set state = 'waiting', attempts = 0, next_attempt_at = now(), settled_at = null`.execute(
      tx,
    )
    await sql`update installation set high_water_ms = ${ms}`.execute(tx)
  })

async function receiver() {
  const made = await startReceiver()
  ends.push(made.stop)
  await addReceiver(db, secretKey, made, { name: 'crm' })
  return made
}

test('what would be sent again after the database was put back is listed first, and sent when an operator says so', async () => {
  await mark(2_000)
  const receives = await receiver()
  const running = startDelivering(db, secretKey)
  ends.push(running.stop)
  await table.store(makeLeads(20))
  await until('all are delivered', () => receives.ledger.size === 20)
  await until('the mark is known', async () => {
    const { rows } = await sql`select from deliveries where state = 'delivered'`.execute(db)
    return rows.length === 20
  })
  await putBack(1_000)
  await until('they are held', async () => (await deliveriesHeldSince(db)) !== undefined)
  await table.store(makeLeads(3))
  await until('new ones wait with them', async () => {
    const { rows } = await sql`select from deliveries where state = 'waiting'`.execute(db)
    return rows.length === 23
  })
  expect(receives.attempts).toHaveLength(20)
  expect(await said('list')).toContain('Nothing is sent since')
  expect(await said('resume-all')).toMatch(/crm {2}webhook {2}23 would be sent, the oldest of 20/)
  expect(receives.attempts).toHaveLength(20)
  expect(await said('resume-all', '--yes')).toContain('What waits goes out')
  await until('all are delivered', () => receives.ledger.size === 23)
  expect([...receives.bodies.values()].every((bodies) => bodies.size === 1)).toBe(true)
  expect(await said('resume-all')).toContain('Nothing is held')
  expect(await deliveriesHeldSince(db)).toBeUndefined()
})

test('a worker that begins after the database was put back asks who remembers, before it takes anything', async () => {
  await mark(1_000)
  const receives = await receiver()
  await table.store(makeLeads(2))
  const store = createDeliveryStore(db, async () => 2_000)
  await store.distribute()
  const [endpoint] = await store.endpoints()
  const room = new Map([[endpoint!.id, { most: 10, pauseMs: 0 }]])
  expect(await store.take(room)).toEqual([])
  expect(await deliveriesHeldSince(db)).toBeDefined()
  expect(receives.attempts).toEqual([])
  await sql`update installation set deliveries_held_at = null`.execute(db)
  expect(await store.take(room)).toHaveLength(2)
})

test('where nobody is told of leads nothing is held', async () => {
  await mark(1_000)
  const store = createDeliveryStore(db, async () => 2_000)
  expect(await store.take(new Map([[crypto.randomUUID(), { most: 1, pauseMs: 0 }]]))).toEqual([])
  expect(await deliveriesHeldSince(db)).toBeUndefined()
})
