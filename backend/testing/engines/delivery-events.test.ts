import { afterEach, expect, test } from 'bun:test'
import { sql } from 'kysely'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { createDeliveryStore } from '../../postgres/deliveries.ts'
import { replay } from '../../postgres/delivery-again.ts'
import { releaseSuspects, tellErased, tellOfLeads } from '../../postgres/delivery-events.ts'
import { beat, leave } from '../../postgres/heartbeats.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { addReceiver, startDelivering } from '../stage/deliveries.ts'
import { freshDatabase } from '../stage/engines.ts'
import { until } from '../stage/faults.ts'
import { makeLeads } from '../stage/leads.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { type Manner, startReceiver } from '../stage/receiver.ts'

const { url: databaseUrl, db } = await freshDatabase()
const key = 'k'.repeat(40)
const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  for (const name of ['delivery_endpoints', 'delivery_batches', 'delivery_events'])
    await sql`delete from ${sql.table(name)}`.execute(db)
})

async function receiver(given: Readonly<Record<string, unknown>> = {}, manner?: Manner) {
  const made = await startReceiver(manner)
  ends.push(made.stop)
  const endpointId = await addReceiver(db, key, made, given)
  return Object.assign(made, { endpointId, ids: () => made.attempts.map(({ id }) => id) })
}

function deliver() {
  const running = startDelivering(db, key)
  ends.push(running.stop)
  return running
}

const isDistributed = () =>
  until('all is distributed', async () => {
    const { rows } = await sql<{ n: number }>`
      select (select count(*) from delivery_batches)::int + (select count(*) from delivery_events)::int as n`.execute(
      db,
    )
    return rows[0]!.n === 0
  })
const changed = (id: string, state: string) =>
  db.transaction().execute(async (tx) => {
    await sql`update leads set state = ${state} where id = ${id}`.execute(tx)
    await tellOfLeads(tx, 'lead.updated', [{ id, told: { state } }])
  })

test('a suspect lead is told of once it is released: to all who want it, once, with all that a lead tells', async () => {
  const [plain, asked, stored] = [
    await receiver(),
    await receiver({ suspect: true }),
    await receiver({ events: ['lead.stored'] }),
  ]
  const [lead] = makeLeads(1, { details: { suspect: ['fast'], language: 'fa' } })
  await table.store([lead!])
  deliver()
  await until('who asked for suspects has it', () => asked.ledger.size === 1)
  expect(asked.attempts[0]!.data).toMatchObject({ id: lead!.id, state: 'suspect' })
  const command = await operatorCommand(['leads.ts', 'release', lead!.id], {
    DATABASE_URL: databaseUrl,
    ACK_MODE: 'pg',
    SECRET_KEY: key,
  })
  expect(command).toMatchObject({ code: 0, out: expect.stringContaining('1 of 1 were suspect') })
  await until('both are told', () => plain.ledger.size === 1 && asked.ledger.size === 2)
  expect(plain.attempts[0]).toMatchObject({
    id: `lead_released_${lead!.id}`,
    type: 'lead.released',
    data: { id: lead!.id, state: 'new', suspect: ['fast'], language: 'fa', phone: { e164: lead!.phone } },
  })
  await isDistributed()
  expect(stored.ids()).toEqual([])
  expect(await releaseSuspects(db, [lead!.id])).toEqual([])
})

test('a lead that is released before it was distributed is told of by its release alone', async () => {
  const told = await receiver()
  const [lead] = makeLeads(1, { details: { suspect: ['fast'] } })
  await table.store([lead!])
  await releaseSuspects(db, [lead!.id])
  deliver()
  await until('it is told', () => told.ledger.size === 1)
  await isDistributed()
  expect(told.ids()).toEqual([`lead_released_${lead!.id}`])
})

test('whoever was sent a lead is told that it is erased, by its id and never its phone, and nobody else is', async () => {
  const [told, never] = [await receiver(), await receiver({ campaign: ['none'] })]
  const failing = await receiver({}, () => new Response('09121234567 is busy', { status: 503 }))
  const [lead] = makeLeads(1)
  await table.store([lead!])
  deliver()
  await until('one has it, one was tried', () => told.ledger.size === 1 && failing.count() === 1)
  const answers = async () =>
    (await sql<{ answer: string }>`select answer from delivery_attempts where answer is not null`.execute(db))
      .rows
  await until('what they said is kept', async () => (await answers()).length === 2)
  failing.behave(() => new Response('ok'))
  await db.transaction().execute(async (tx) => {
    await tellErased(tx, [{ id: lead!.id, phoneKey: lead!.phoneKey }])
    await sql`delete from leads where id = ${lead!.id}`.execute(tx)
  })
  await until('both are told', () => told.ledger.size === 2 && failing.ledger.size === 1)
  await isDistributed()
  for (const { attempts } of [told, failing]) {
    expect(attempts.at(-1)).toMatchObject({ id: `lead_erased_${lead!.id}`, type: 'lead.erased' })
    expect(attempts.at(-1)!.data).toEqual({ id: lead!.id, phone_hash: lead!.phoneKey })
  }
  expect(never.attempts).toEqual([])
  expect((await answers()).map(({ answer }) => answer).join()).not.toContain('0912')
  // A replay of what was sent tells of the erasure again, and of nothing else.
  const again = (really: boolean) => replay(db, told.endpointId, { leadId: lead!.id }, really)
  await until('what was told is known to be', async () => (await again(false)) === 2)
  expect(await again(true)).toBe(2)
  await until('it is told again', () => told.attempts.length === 3)
  expect(told.ids().at(-1)).toBe(`lead_erased_${lead!.id}`)
})

test('an erasure that is taken back tells nobody', async () => {
  const told = await receiver()
  const [lead] = makeLeads(1)
  await table.store([lead!])
  deliver()
  await until('it is sent', () => told.ledger.size === 1)
  const undone = db.transaction().execute(async (tx) => {
    await tellErased(tx, [{ id: lead!.id, phoneKey: lead!.phoneKey }])
    throw new Error('no')
  })
  await expect(undone).rejects.toThrow('no')
  await isDistributed()
  expect(told.ids()).toHaveLength(1)
})

test('of changes that were not sent yet the last is told, each that is sent has an id and a body of its own', async () => {
  const chose = await receiver({ events: ['lead.stored', 'lead.updated'] })
  const others = await receiver()
  const [lead] = makeLeads(1)
  await table.store([lead!])
  deliver()
  await until('both have it', () => chose.ledger.size === 1 && others.ledger.size === 1)
  chose.behave((_, times) => new Response('', { status: times === 1 ? 503 : 200 }))
  await changed(lead!.id, 'called')
  await until('the first try failed', async () => {
    const { rows } = await sql`select from deliveries where because = 'it answered 503'`.execute(db)
    return rows.length === 1
  })
  chose.behave(() => new Response('ok'))
  await changed(lead!.id, 'interested')
  await changed(lead!.id, 'won')
  await until('the last is told', () => chose.attempts.at(-1)!.data.state === 'won')
  await isDistributed()
  expect(others.ids()).toHaveLength(1)
  expect([...chose.bodies.values()].every((bodies) => bodies.size === 1)).toBe(true)
})

test('what no worker of the version before would understand waits until the last of them is gone', async () => {
  const told = await receiver()
  const [lead] = makeLeads(1, { details: { suspect: ['fast'] } })
  await table.store([lead!])
  await beat(db, 'old')
  await sql`update workers set knows = 0`.execute(db)
  await releaseSuspects(db, [lead!.id])
  const store = createDeliveryStore(db)
  expect(await store.distribute()).toBe(false)
  expect((await sql`select from delivery_events`.execute(db)).rows).toHaveLength(1)
  await leave(db, 'old')
  deliver()
  await until('it is told', () => told.ledger.size === 1)
})
