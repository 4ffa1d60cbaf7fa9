import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { metricAt, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
// What an address may leave here in a minute: sixty records a submission it may send.
const limit = { RATE_LIMIT_RPM: '2', TRUSTED_PROXIES: '127.0.0.0/8' }
const recordsMost = 2 * 60
const line = await startLine({ env: { ...services.env, ...limit } })
atEnd(() => line.stop())

const from = (address: string) => ({ 'x-forwarded-for': address })

async function rowsIn(table: 'events' | 'assignments' | 'event_cohorts'): Promise<number> {
  const { rows } = await sql<{
    count: number
  }>`select count(*)::int as count from ${sql.table(table)}`.execute(db)
  return rows[0]!.count
}

/** Asks many times at once, as a flood does; answers how often each status came. */
async function flood(
  times: number,
  ask: (each: number) => Promise<Response>,
): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {}
  const asked = Array.from({ length: times }, (_, each) => each)
  const askers = Array.from({ length: 32 }, async () => {
    for (let each = asked.pop(); each !== undefined; each = asked.pop()) {
      const answer = await ask(each)
      await answer.arrayBuffer()
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
    }
  })
  await Promise.all(askers)
  return statuses
}

const drained = () =>
  until('events are stored', async () => (await metricAt(line.workerOrigin, 'event_batches_waiting')) === 0)

test('2,400 first visits of one address are all served, and leave no more than its budget', async () => {
  const headers = from('192.0.2.1')
  expect(await flood(2_400, () => fetch(`${line.origin}/en`, { headers }))).toEqual({ 200: 2_400 })
  await drained()
  expect(await rowsIn('events')).toBeLessThan(recordsMost * 1.5)
  expect(await rowsIn('event_cohorts')).toBeLessThan(recordsMost * 1.5)
  expect(await metricAt(line.origin, 'records_shed_total')).toBeGreaterThan(1_500)
})

test('made-up visitors who ask for variants are all answered, and leave no more than the budget', async () => {
  const headers = from('192.0.2.2')
  const ask = (each: number) => fetch(`${line.origin}/api/assign?visitor_id=made-up-${each}`, { headers })
  expect(await flood(2_000, ask)).toEqual({ 200: 2_000 })
  expect(await rowsIn('assignments')).toBeLessThan(recordsMost * 1.5)
})

test('fifty events a request use up the budget fifty times as fast', async () => {
  await drained()
  const before = await rowsIn('events')
  const events = Array.from({ length: 50 }, () => ({ visitor_id: 'v', event_type: 'page_view' }))
  const statuses = await flood(200, () =>
    fetch(`${line.origin}/api/events`, {
      method: 'POST',
      headers: { ...from('192.0.2.3'), 'content-type': 'application/json' },
      body: JSON.stringify({ events }),
    }),
  )
  expect(statuses[429]).toBeGreaterThan(150)
  await drained()
  expect((await rowsIn('events')) - before).toBeLessThan(recordsMost * 5)
})

test('a whole IPv6 block that sends from each of its networks leaves no more than sixteen clients', async () => {
  await drained()
  const before = await rowsIn('events')
  const network = (each: number) => from(`2001:db8:5:${each.toString(16)}::1`)
  expect(await flood(4_000, (each) => fetch(`${line.origin}/en`, { headers: network(each) }))).toEqual({
    200: 4_000,
  })
  await drained()
  expect((await rowsIn('events')) - before).toBeLessThan(16 * recordsMost * 1.3)
})

test('a whole IPv6 block submits no more than 256 clients, and the block beside it as ever', async () => {
  const submit = (address: string) =>
    fetch(`${line.origin}/api/leads`, {
      method: 'POST',
      headers: { ...from(address), 'content-type': 'application/json' },
      body: '{}',
    })
  // What is let in is told that it holds no phone.
  const statuses = await flood(900, (each) => submit(`2001:db8:6:${each.toString(16)}::1`))
  expect(statuses[400]).toBeGreaterThanOrEqual(2 * 256)
  expect(statuses[400]! + statuses[429]!).toBe(900)
  expect(statuses[429]).toBeGreaterThan(200)
  expect((await submit('2001:db8:7::1')).status).toBe(400)
})

test('a neighbour of a flood is recorded as ever, and may submit', async () => {
  await drained()
  const before = await rowsIn('events')
  const headers = from('198.51.100.7')
  await (await fetch(`${line.origin}/en`, { headers })).arrayBuffer()
  const answer = await fetch(`${line.origin}/api/leads`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ phone: newPhone() }),
  })
  expect(answer.status).toBe(202)
  await until('the visit is stored', async () => (await rowsIn('events')) === before + 1)
})
