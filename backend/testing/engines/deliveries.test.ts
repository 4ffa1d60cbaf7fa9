import { afterEach, expect, test } from 'bun:test'
import { sql } from 'kysely'
import type { Lead } from '../../leads/lead.ts'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { createCorrectionTable } from '../../postgres/corrections.ts'
import { createDeliveryStore } from '../../postgres/deliveries.ts'
import { recover, replay } from '../../postgres/delivery-again.ts'
import { endpointsOf, removeEndpoint, setEndpointState } from '../../postgres/delivery-endpoints.ts'
import { deliveryFigures } from '../../postgres/delivery-figures.ts'
import { createLeadTable, createPostgresIntake } from '../../postgres/leads.ts'
import { storeAsBefore } from '../../postgres/store-leads-before.ts'
import { addReceiver, startDelivering } from '../stage/deliveries.ts'
import { everyDetail } from '../stage/details.ts'
import { freshDatabase } from '../stage/engines.ts'
import { until } from '../stage/faults.ts'
import { makeBatch, makeLeads } from '../stage/leads.ts'
import { type Manner, startReceiver } from '../stage/receiver.ts'

const { db } = await freshDatabase()
const key = 'k'.repeat(40)
const options = { dedupWindowMs: 60_000, news: createMemoryNews() }
const table = createLeadTable(db, options)
const intake = createPostgresIntake(db, options)
const { suspect: _, ...unsuspected } = everyDetail
const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  await sql`delete from delivery_endpoints`.execute(db)
  await sql`delete from delivery_batches`.execute(db)
})

async function receiver(manner?: Manner) {
  const made = await startReceiver(manner)
  ends.push(made.stop)
  return made
}

function deliver(given?: Parameters<typeof startDelivering>[2]) {
  const running = startDelivering(db, key, given)
  ends.push(running.stop)
  return running
}

const stored = (id: string) => `lead_stored_${id}`
const batches = async () =>
  (await sql<{ lead_ids: string[] }>`select lead_ids from delivery_batches`.execute(db)).rows
const statesOf = async () =>
  (
    await sql<{ state: string; because: string | null; attempts: number }>`
      select state, because, attempts from deliveries order by lead_id`.execute(db)
  ).rows
/** Whether all of these many deliveries are so. */
const areAll = async (count: number, isSo: (each: Awaited<ReturnType<typeof statesOf>>[number]) => boolean) =>
  (await statesOf()).filter(isSo).length === count
const dueNow = () => sql`update deliveries set next_attempt_at = now() where state = 'waiting'`.execute(db)

test('without an endpoint nothing is written, and with one each batch is one row, once', async () => {
  const leads = makeLeads(3)
  await table.store(leads)
  expect(await batches()).toEqual([])
  await addReceiver(db, key, await receiver())
  await table.store(leads)
  expect(await batches()).toEqual([])
  const others = makeLeads(3)
  await table.store(others)
  await table.store(others)
  expect(await batches()).toEqual([{ lead_ids: others.map(({ id }) => id) }])
})

test('whichever way a lead is stored, it is delivered once, verified by the library of receivers', async () => {
  const receives = await receiver()
  await addReceiver(db, key, receives)
  const [queued, direct] = [makeLeads(2, { details: unsuspected }), makeLeads(2)]
  await table.store(queued)
  await intake.commit(makeBatch(direct))
  await table.store(direct)
  deliver()
  const all = [...queued, ...direct].map(({ id }) => stored(id))
  await until('all is delivered', () => receives.ledger.size === all.length)
  expect([...receives.ledger].toSorted()).toEqual(all.toSorted())
  expect(receives.attempts).toHaveLength(all.length)
  expect(receives.unverified).toEqual([])
  const { data } = receives.attempts.find(({ id }) => id === stored(queued[0]!.id))!
  expect(data).toMatchObject({
    id: queued[0]!.id,
    variant: everyDetail.variant,
    consent: everyDetail.consent,
    last_touch: everyDetail.attribution,
    phone: { kept: queued[0]!.phone, e164: queued[0]!.phone, tel: `tel:${queued[0]!.phone}` },
  })
})

test('what a worker of the version before stores in the middle of an update is delivered, too', async () => {
  const receives = await receiver()
  await addReceiver(db, key, receives)
  // It had no room for these yet.
  const { device: _device, landing: _landing, ...known } = unsuspected
  const [lead] = makeLeads(1, { details: known })
  for (const directly of [false, true]) await storeAsBefore(db, [lead!], { dedupWindowMs: 60_000, directly })
  expect(await batches()).toEqual([{ lead_ids: [lead!.id] }])
  deliver()
  await until('it is delivered', () => receives.ledger.size === 1)
  expect(receives.attempts[0]!.data).toMatchObject({
    id: lead!.id,
    variant: everyDetail.variant,
    last_touch: everyDetail.attribution,
    first_touch: everyDetail.firstTouch,
  })
})

test('what was written for an endpoint that is gone is nobody’s, and waits for nobody', async () => {
  const id = await addReceiver(db, key, await receiver())
  await table.store(makeLeads(2))
  await removeEndpoint(db, id)
  deliver()
  await until('it is put away', async () => (await batches()).length === 0)
  expect(await deliveryFigures(db)).toMatchObject({ waiting: 0, oldestWaitingS: 0, parked: 0 })
})

test('duplicates, corrected, suspect and erased leads are not sent', async () => {
  const receives = await receiver()
  await addReceiver(db, key, receives)
  const [kept, erased, corrected, suspect] = makeLeads(4) as [never, never, never, never]
  await table.store([kept, erased, corrected])
  const { phone, phoneKey } = kept as { phone: string; phoneKey: string }
  await table.store(makeLeads(1, { phone, phoneKey }))
  await table.store([{ ...(suspect as object), details: { suspect: ['fast'] } } as never])
  await sql`delete from leads where id = ${(erased as { id: string }).id}`.execute(db)
  await sql`update leads set state = 'corrected', corrected_by = gen_random_uuid() where id = ${(corrected as { id: string }).id}`.execute(
    db,
  )
  deliver()
  await until('one is delivered', () => receives.ledger.size === 1)
  await until('nothing is to be distributed', async () => (await batches()).length === 0)
  expect(receives.attempts.map(({ id }) => id)).toEqual([stored((kept as { id: string }).id)])
})

test('a lead that is erased or corrected while it waits for another try is withheld, and why is kept', async () => {
  const receives = await receiver(() => new Response('no', { status: 500 }))
  await addReceiver(db, key, receives)
  const [erased, corrected] = makeLeads(2)
  await table.store([erased!, corrected!])
  deliver()
  await until('each was tried', () => areAll(2, ({ because }) => because === 'it answered 500'))
  await sql`delete from leads where id = ${erased!.id}`.execute(db)
  await sql`update leads set state = 'corrected', corrected_by = gen_random_uuid() where id = ${corrected!.id}`.execute(
    db,
  )
  await dueNow()
  await until('both are withheld', () => areAll(2, ({ state }) => state === 'withheld'))
  expect((await statesOf()).map(({ because }) => because)).toEqual([
    'the lead is erased',
    'the lead was corrected before it was sent',
  ])
  expect(receives.attempts).toHaveLength(2)
})

test('who was told of a lead is told that it was corrected, and nobody else is', async () => {
  const [told, later] = [await receiver(), await receiver()]
  await addReceiver(db, key, told)
  const idempotencyKey = 'a'.repeat(32)
  const [lead] = makeLeads(1, { idempotencyKey })
  await table.store([lead!])
  deliver()
  await until('it is told', () => told.ledger.size === 1)
  await addReceiver(db, key, later)
  const [right] = makeLeads(1)
  const corrections = createCorrectionTable(db)
  await corrections.note([{ phoneKey: lead!.phoneKey, idempotencyKey, correctedBy: right!.id }])
  await corrections.settle()
  await until('it is told again', () => told.ledger.size === 2)
  expect(told.attempts[1]).toMatchObject({
    id: `lead_updated_${lead!.id}`,
    type: 'lead.updated',
    data: { id: lead!.id, state: 'corrected', corrected_by: right!.id },
  })
  await until('nothing is to be distributed', async () => (await batches()).length === 0)
  expect(later.attempts).toEqual([])
})

test('what fails is tried again under the same id with the same body, and each attempt is kept without the phone', async () => {
  const [lead] = makeLeads(1)
  const receives = await receiver(
    (_, times) => new Response(`busy with ${lead!.phone}`, { status: times < 3 ? 503 : 200 }),
  )
  await addReceiver(db, key, receives)
  await table.store([lead!])
  deliver()
  for (const tries of [1, 2, 3]) {
    await until(`it is tried ${tries} times`, async () => (await statesOf())[0]?.attempts === tries)
    await until('the attempt is kept', async () => {
      const { rows } = await sql<{ n: number }>`
        select count(*)::int as n from delivery_attempts where lead_id = ${lead!.id}`.execute(db)
      return rows[0]!.n === tries
    })
    await dueNow()
  }
  await until('it is delivered', async () => (await statesOf())[0]?.state === 'delivered')
  expect(new Set(receives.attempts.map(({ id, body }) => id + body)).size).toBe(1)
  const { rows } = await sql`
    select attempt, outcome, status, because, answer from delivery_attempts
    where lead_id = ${lead!.id} order by attempt`.execute(db)
  const answer = `busy with ***${lead!.phone.slice(-3)}`
  const failed = { outcome: 'failed', status: 503, because: 'it answered 503', answer }
  expect(rows).toEqual([
    { attempt: 1, ...failed },
    { attempt: 2, ...failed },
    { attempt: 3, outcome: 'delivered', status: 200, because: null, answer },
  ])
})

test('what was sent and cannot be noted for a while is noted then, and not sent once more', async () => {
  const receives = await receiver()
  await addReceiver(db, key, receives)
  await table.store(makeLeads(3))
  await sql`alter table delivery_attempts rename to away`.execute(db)
  deliver()
  await until('they are sent', () => receives.ledger.size === 3)
  // Whoever was away for longer than a lease finds them due.
  await dueNow()
  await sql`alter table away rename to delivery_attempts`.execute(db)
  await until('they are noted', () => areAll(3, ({ state }) => state === 'delivered'))
  expect(receives.attempts).toHaveLength(3)
})

test('words that Postgres cannot keep hold up nobody, and park whoever says by them that it is over', async () => {
  const said = (code: number) =>
    new Response(JSON.stringify({ code, message: 'no\0 such thing' }), { status: 400 })
  const [odd, over] = [await receiver(() => said(1)), await receiver(() => said(10_015))]
  for (const each of [odd, over]) await addReceiver(db, key, each, { target: 'discord' })
  const well = await receiver()
  await addReceiver(db, key, well)
  await table.store(makeLeads(1))
  deliver()
  await until('each is settled', async () => {
    const all = await statesOf()
    return (
      all.filter(({ because }) => because?.includes('no such thing')).length === 2 && well.ledger.size === 1
    )
  })
  const parked = (await endpointsOf(db)).filter(({ state }) => state === 'parked')
  expect(parked.map(({ because }) => because)).toEqual([
    'Discord says no such thing: its webhook was deleted',
  ])
})

test('a lead that cannot be written for an endpoint is given up there in the end, and goes to all others', async () => {
  const [chat, hook] = [await receiver(), await receiver()]
  await addReceiver(db, key, chat, { target: 'slack' })
  await addReceiver(db, key, hook)
  const [lead] = makeLeads(1)
  await table.store([lead!])
  await sql`update leads set attribution = '{"utm_campaign": 5}' where id = ${lead!.id}`.execute(db)
  deliver()
  await until('it is delivered', () => hook.ledger.size === 1)
  const [waiting] = (await statesOf()).filter(({ state }) => state === 'waiting')
  await until('it failed', async () =>
    (await statesOf()).some(({ because }) => because?.startsWith('it could not be written: ')),
  )
  expect(waiting?.attempts).toBe(1)
  await sql`update deliveries set attempts = 11, next_attempt_at = now() where state = 'waiting'`.execute(db)
  await until('it is parked', async () => (await statesOf()).some(({ state }) => state === 'parked'))
})

test('in batches each lead is taken once, however often they fail, and no id stands for two bodies', async () => {
  const receives = await receiver(() => new Response('', { status: 503 }))
  await addReceiver(db, key, receives, { batch: 100 })
  const leads = makeLeads(250)
  for (let from = 0; from < 250; from += 50) await table.store(leads.slice(from, from + 50))
  deliver()
  await until('all failed', () => areAll(250, ({ because }) => because === 'it answered 503'))
  const failed = receives.attempts.length
  receives.behave(() => new Response('ok'))
  await dueNow()
  await until('all are delivered', () => areAll(250, ({ state }) => state === 'delivered'))
  const taken = receives.attempts.slice(failed).map(({ data }) => data as unknown as { id: string }[])
  expect(taken.flatMap((held) => held.map(({ id }) => id)).toSorted()).toEqual(
    leads.map(({ id }) => stored(id)).toSorted(),
  )
  expect(taken.every((held) => held.length <= 100) && taken.length < 10).toBe(true)
  expect([...receives.bodies.values()].every((bodies) => bodies.size === 1)).toBe(true)
  expect(receives.unverified).toEqual([])
})

test('410 parks the endpoint where an operator sees why, keeps every lead, and recovery sends them whatever is answered to what was sent before', async () => {
  const late = Promise.withResolvers<void>()
  let asked = 0
  const receives = await receiver(async () => {
    if (++asked === 2) await late.promise
    return new Response('gone', { status: 410 })
  })
  const id = await addReceiver(db, key, receives)
  const leads = makeLeads(30)
  await table.store(leads)
  deliver()
  await until('it is parked', async () => (await endpointsOf(db))[0]!.state === 'parked')
  expect((await endpointsOf(db))[0]!.because).toBe('it answered 410: it wants nothing any more')
  await table.store(makeLeads(5))
  await until('nothing is to be distributed', async () => (await batches()).length === 0)
  await until('all wait', () => areAll(35, ({ state }) => state === 'waiting'))
  receives.behave(() => new Response('ok'))
  expect(receives.ledger.size).toBe(0)
  expect(await recover(db, id, undefined)).toBe(35)
  await setEndpointState(db, id, 'on')
  late.resolve()
  await until('all are delivered', () => receives.ledger.size === 35)
})

test('recovering puts nothing off that is due at a receiver that is sent to, and paces what was given up', async () => {
  const receives = await receiver()
  const id = await addReceiver(db, key, receives)
  const [due, parked] = [makeLeads(300), makeLeads(300)]
  await table.store([...due, ...parked])
  const store = createDeliveryStore(db)
  while (await store.distribute());
  const ids = parked.map((lead) => lead.id)
  await sql`update deliveries set state = 'parked' where lead_id = any(${ids}::uuid[])`.execute(db)
  /** How far apart these are due, in seconds. */
  const spreadOf = async (leads: readonly Lead[]) => {
    const { rows } = await sql<{ s: number }>`
      select round(extract(epoch from max(next_attempt_at) - min(next_attempt_at)))::int as s
      from deliveries where lead_id = any(${leads.map((lead) => lead.id)}::uuid[])`.execute(db)
    return rows[0]!.s
  }
  await dueNow()
  expect(await recover(db, id, undefined)).toBe(600)
  expect([await spreadOf(due), await spreadOf(parked)]).toEqual([0, 3])
  // Whoever was sent nothing for a while has just come back.
  await setEndpointState(db, id, 'paused')
  await dueNow()
  expect(await recover(db, id, undefined)).toBe(600)
  expect(await spreadOf([...due, ...parked])).toBe(6)
})

test('whoever changes many deliveries at once waits for another who does, and neither is ended', async () => {
  const receives = await receiver()
  const id = await addReceiver(db, key, receives)
  await table.store(makeLeads(300))
  const store = createDeliveryStore(db)
  while (await store.distribute());
  const room = new Map([[id, { most: 300, pauseMs: 0 }]])
  for (let round = 0; round < 15; round++) {
    await dueNow()
    const taken = await store.take(room)
    expect(taken.length).toBe(300)
    const shuffled = [...taken].sort(() => Math.random() - 0.5)
    const next = { state: 'waiting', because: 'it is tried again', afterMs: 0 } as const
    await Promise.all([
      store.settle(taken.map((delivery) => ({ delivery, next }))),
      recover(db, id, undefined),
      store.giveBack(shuffled),
      recover(db, id, new Date(0)),
      store.settle(shuffled.map((delivery) => ({ delivery, next }))),
      ...(round === 14 ? [removeEndpoint(db, id)] : []),
    ])
  }
})

test('what was given up after the last attempt is parked, and a replay sends what was delivered under the same ids', async () => {
  const receives = await receiver(() => new Response('', { status: 500 }))
  const id = await addReceiver(db, key, receives)
  const leads = makeLeads(2)
  await table.store(leads)
  deliver()
  await until('each was tried', () => areAll(2, ({ attempts }) => attempts === 1))
  await until('each waits', async () => receives.attempts.length === 2)
  await sql`update deliveries set attempts = 11, next_attempt_at = now()`.execute(db)
  await until('both are parked', () => areAll(2, ({ state }) => state === 'parked'))
  receives.behave(() => new Response('ok'))
  expect(await recover(db, id, undefined)).toBe(2)
  await until('both are delivered', () => receives.ledger.size === 2)
  await until('both are settled', () => areAll(2, ({ state }) => state === 'delivered'))
  const before = receives.attempts.length
  expect(await replay(db, id, { leadId: leads[0]!.id }, false)).toBe(1)
  expect(await replay(db, id, { leadId: leads[0]!.id }, true)).toBe(1)
  await until('one came again', () => receives.attempts.length === before + 1)
  expect(receives.attempts.at(-1)!.id).toBe(stored(leads[0]!.id))
  expect([...receives.bodies.values()].map((bodies) => bodies.size)).toEqual([1, 1])
})

test('two workers share the work: each lead goes out once', async () => {
  const receives = await receiver()
  await addReceiver(db, key, receives, { concurrency: 8 })
  for (let batch = 0; batch < 10; batch++) await table.store(makeLeads(50))
  deliver()
  deliver()
  await until('all are delivered', () => receives.ledger.size === 500)
  expect(receives.attempts).toHaveLength(500)
})

test('while leads come faster than they are stored alone workers tell little of them, and of all of them after', async () => {
  const receives = await receiver()
  await addReceiver(db, key, receives, { concurrency: 16 })
  deliver()
  deliver()
  await table.store(makeLeads(1))
  await until('they are at work', () => receives.ledger.size === 1)
  const endsAtMs = Date.now() + 2_500
  let count = 1
  let seenInRush = 0
  // On a busy machine so many take longer.
  for (let batch = 0; Date.now() < endsAtMs || count <= 2_001; batch++) {
    await table.store(makeLeads(128))
    count += 128
    // What they had taken before they saw it is on its way.
    if (batch === 8) seenInRush = receives.ledger.size
    await Bun.sleep(batch < 8 ? 0 : 100)
  }
  const told = receives.ledger.size
  expect(told - seenInRush).toBeLessThan(600)
  await until('it goes on in a rush, too', () => receives.ledger.size > told)
  await until('all are delivered', () => receives.ledger.size === count, 30_000)
})

test('while leads are stored late workers leave it to those who store them, and go on after', async () => {
  const store = createDeliveryStore(db)
  await addReceiver(db, key, await receiver())
  expect(await store.isRush()).toBe(false)
  await table.store(makeLeads(3))
  expect(await store.isRush()).toBe(false)
  await table.store(makeLeads(3, {}, Date.now() - 1_500))
  expect(await store.isRush()).toBe(true)
  await until('it is over', async () => !(await store.isRush()))
  // What is told of leads that were stored long ago is no lead that waits.
  const [corrected] = makeLeads(1, {}, Date.now() - 60_000)
  await sql`
    insert into delivery_batches (event, endpoint_ids, lead_ids)
    values ('lead.updated', array(select id from delivery_endpoints), array[${corrected!.id}::uuid])`.execute(
    db,
  )
  expect(await store.isRush()).toBe(false)
})

test('of an endpoint that takes one request in a time one worker has the turn, and it is kept while nothing is due', async () => {
  const [id, other] = [
    await addReceiver(db, key, await receiver()),
    await addReceiver(db, key, await receiver()),
  ]
  const store = createDeliveryStore(db)
  const turn = new Map([
    [id, { most: 2, pauseMs: 3_600_000 }],
    [other, { most: 1, pauseMs: 0 }],
  ])
  expect(await store.take(turn)).toEqual([])
  await table.store(makeLeads(9))
  await until('all is distributed', async () => !(await store.distribute()) && (await batches()).length === 0)
  // One that began before all others, and comes to it last.
  const slow = await db.startTransaction().execute()
  await sql`select now()`.execute(slow)
  const taken = (await Promise.all([1, 2, 3].map(() => store.take(turn)))).flat()
  const late = await createDeliveryStore(slow).take(turn)
  expect(late.map(({ endpointId }) => endpointId)).toEqual([other])
  await slow.commit().execute()
  expect([id, other].map((each) => taken.filter(({ endpointId }) => endpointId === each).length)).toEqual([
    2, 3,
  ])
  await sql`update delivery_endpoints set turn_at = now()`.execute(db)
  expect(await store.take(turn)).toHaveLength(3)
  // Its clock was ahead when the turn was given.
  await sql`update delivery_endpoints set turn_at = now() + interval '1 year'`.execute(db)
  expect(await store.take(turn)).toHaveLength(3)
})

test('what a worker took and never settled is due again after its lease', async () => {
  const receives = await receiver()
  await addReceiver(db, key, receives)
  await table.store(makeLeads(1))
  await sql`select 1`.execute(db)
  const dies = deliver({ allow: [] })
  await until('it was tried', async () => (await statesOf())[0]?.attempts === 1)
  await dies.stop()
  // As if that worker had died before it could say how it went.
  await sql`update deliveries set attempts = 1, next_attempt_at = now() - interval '1 s'`.execute(db)
  deliver()
  await until('another delivers it', () => receives.ledger.size === 1)
})

test('an endpoint that hangs delays no other', async () => {
  const never = Promise.withResolvers<void>()
  const [hangs, good] = [
    await receiver(() => never.promise.then(() => new Response('late'))),
    await receiver(),
  ]
  await addReceiver(db, key, hangs)
  await addReceiver(db, key, good)
  await table.store(makeLeads(200))
  deliver({ timeoutMs: 30_000 })
  ends.push(() => never.resolve())
  await until('the good one has all', () => good.ledger.size === 200, 20_000)
  expect(hangs.ledger.size).toBe(0)
})

test('what only some want reaches them alone', async () => {
  const [summer, english] = [await receiver(), await receiver()]
  await addReceiver(db, key, summer, { campaign: ['summer'] })
  await addReceiver(db, key, english, { language: ['en'], suspect: true })
  const [one, two, three] = [
    makeLeads(1, { details: { attribution: { utm_campaign: 'summer' }, language: 'fa' } })[0]!,
    makeLeads(1, { details: { language: 'en-gb', suspect: ['fast'] } })[0]!,
    makeLeads(1)[0]!,
  ]
  await table.store([one, two, three])
  deliver()
  await until('each has theirs', () => summer.ledger.size === 1 && english.ledger.size === 1)
  await until('nothing is to be distributed', async () => (await batches()).length === 0)
  expect([...summer.ledger]).toEqual([stored(one.id)])
  expect([...english.ledger]).toEqual([stored(two.id)])
})
