import { afterAll, beforeEach, expect, test } from 'bun:test'
import { sql } from 'kysely'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { createDeliveryStore } from '../../postgres/deliveries.ts'
import { replay } from '../../postgres/delivery-again.ts'
import { endpointsOf, removeEndpoint, setEndpointState } from '../../postgres/delivery-endpoints.ts'
import { deliveryFigures } from '../../postgres/delivery-figures.ts'
import { noticeIncidents } from '../../postgres/delivery-notices.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { startSlack } from '../stage/chats.ts'
import { addReceiver, startDelivering } from '../stage/deliveries.ts'
import { freshDatabase } from '../stage/engines.ts'
import { until } from '../stage/faults.ts'
import { makeLeads } from '../stage/leads.ts'
import { startReceiver } from '../stage/receiver.ts'

const { db } = await freshDatabase()
const key = 'k'.repeat(40)
const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
const store = createDeliveryStore(db)
const [crm, chat] = [await startReceiver(), await startSlack()]
const running = startDelivering(db, key)
let ill = ''
let reader = ''
let before = 0
const shown = () => chat.shown.slice(before)

beforeEach(async () => {
  for (const { id } of await endpointsOf(db)) await removeEndpoint(db, id)
  crm.behave(() => new Response('', { status: 503 }))
  ill = await addReceiver(db, key, crm)
  reader = await addReceiver(db, key, { url: chat.url, trust() {} }, { target: 'slack', notices: 'only' })
  before = chat.shown.length
})
afterAll(async () => {
  await running.stop()
  await Promise.all([crm.stop(), chat.stop()])
})

const older = (minutes: number) =>
  sql`update deliveries set written_at = written_at - make_interval(mins => ${minutes}) where endpoint_id = ${ill}`.execute(
    db,
  )
const failedOnce = () =>
  until('it was tried', async () => {
    const { rows } =
      await sql`select from deliveries where endpoint_id = ${ill} and because is not null`.execute(db)
    return rows.length > 0
  })
const notices = async () =>
  (await sql`select from deliveries where event = 'operator.notice' and endpoint_id = ${reader}`.execute(db))
    .rows.length

test('operators are told by another endpoint when leads wait for long, once, and once when it is well again', async () => {
  await table.store(makeLeads(2))
  await failedOnce()
  expect(await noticeIncidents(db)).toBe(0)
  await older(6)
  expect(await noticeIncidents(db)).toBe(1)
  expect(await noticeIncidents(db)).toBe(0)
  await until('it is shown', () => shown().length === 1)
  expect(shown()[0]).toMatch(/in trouble\*?\n.*wait for more than 5 minutes\. Why: it answered 503\./)
  crm.behave(() => new Response('ok'))
  await until('nothing waits', async () => {
    // What is on its way is leased for longer.
    await sql`
      update deliveries set next_attempt_at = now()
      where endpoint_id = ${ill} and because is not null and next_attempt_at < now() + interval '45 s'`.execute(
      db,
    )
    return (await deliveryFigures(db)).waiting === 0
  })
  expect(await noticeIncidents(db)).toBe(1)
  expect(await noticeIncidents(db)).toBe(0)
  await until('it is shown', () => shown().length === 2)
  expect(shown()[1]).toContain('well again')
  // It is a reader of notices, not of leads; and what is over is not told again.
  expect(shown().join()).not.toContain('New lead')
  expect(await replay(db, reader, { since: new Date(0) }, true)).toBe(0)
})

test('a notice whose id would lie beyond all times is told as well, and holds up nobody', async () => {
  await sql`
    insert into deliveries (endpoint_id, lead_id, event, written_at, told)
    values (${reader}, 'ffffffff-ffff-4fff-bfff-ffffffffffff', 'operator.notice', now(),
      '{"notice": {"endpoint": "crm", "trouble": "parked", "because": "it answered 410"}}')`.execute(db)
  await until('it is shown', () => shown().length === 1)
})

test('of an endpoint that is parked they are told with its reason, though it was late before, and not by itself', async () => {
  await table.store(makeLeads(1))
  await failedOnce()
  await older(6)
  expect(await noticeIncidents(db)).toBe(1)
  await setEndpointState(db, ill, 'parked', 'it answered 410')
  await setEndpointState(db, reader, 'parked', 'it answered 410')
  // Nobody is there to be told of the reader.
  expect(await noticeIncidents(db)).toBe(2)
  expect(await notices()).toBe(1)
  await setEndpointState(db, reader, 'on')
  await setEndpointState(db, ill, 'paused')
  expect(await noticeIncidents(db)).toBe(1)
  await setEndpointState(db, ill, 'parked', 'it answered 410')
  expect(await noticeIncidents(db)).toBe(0)
})

test('several workers that look at one moment tell once', async () => {
  await setEndpointState(db, ill, 'parked', 'x')
  const found = await Promise.all(Array.from({ length: 8 }, () => noticeIncidents(db)))
  expect(found.toSorted()).toEqual([0, 0, 0, 0, 0, 0, 0, 1])
  expect(await notices()).toBe(1)
})

test('what waits for its turn as it is meant to is not late, and what was left out of one is', async () => {
  await sql`update delivery_endpoints set turn_at = now() + interval '1 h' where id = ${reader}`.execute(db)
  await setEndpointState(db, ill, 'paused')
  const hourly = await addReceiver(db, key, { url: chat.url, trust() {} }, { target: 'slack' })
  await sql`update delivery_endpoints set turn_at = now() + interval '30 min', turned_at = now() - interval '30 min' where id = ${hourly}`.execute(
    db,
  )
  await table.store(makeLeads(1))
  await until('it waits', async () => !(await store.distribute()) && (await deliveryFigures(db)).waiting > 0)
  const writtenBefore = (minutes: number) =>
    sql`update deliveries set written_at = now() - make_interval(mins => ${minutes}) where endpoint_id = ${hourly}`.execute(
      db,
    )
  await writtenBefore(20)
  expect(await noticeIncidents(db)).toBe(0)
  expect((await deliveryFigures(db)).oldestWaitingS).toBe(0)
  await writtenBefore(40)
  expect(await noticeIncidents(db)).toBe(1)
  expect((await deliveryFigures(db)).oldestWaitingS).toBeGreaterThan(2_000)
})
