import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { carryOutBulk } from '../../desk/bulk.ts'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { theCommand } from '../../operators/audit.ts'
import { createCorrectionTable } from '../../postgres/corrections.ts'
import { releaseSuspects } from '../../postgres/delivery-events.ts'
import { createEventTable } from '../../postgres/events.ts'
import { createBulkChanges } from '../../postgres/lead-bulks.ts'
import { createLeadDesk } from '../../postgres/lead-desk.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { countSources } from '../../postgres/source-counts.ts'
import { foldSources } from '../../postgres/source-fold.ts'
import { createSourcesReader } from '../../postgres/sources.ts'
import { sourcesContract } from '../contracts/sources.ts'
import { freshDatabase } from '../stage/engines.ts'
import { makeEventBatch, newVisitor } from '../stage/events.ts'
import { until } from '../stage/faults.ts'
import { makeLeads } from '../stage/leads.ts'

const { db } = await freshDatabase()
const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
const events = createEventTable(db)
const corrections = createCorrectionTable(db)
const sources = createSourcesReader(db)

async function untilCounted(): Promise<void> {
  while ((await countSources(db)) > 0);
}

async function empty(): Promise<void> {
  await sql`
    truncate leads, lead_claims, lead_corrections, lead_work, events, event_counts, event_firsts, event_cohorts,
             uncounted, source_counts, source_waits, source_values`.execute(db)
}

sourcesContract('Postgres', async () => {
  await empty()
  const stored = new Map<string, ReturnType<typeof makeLeads>[number]>()
  return {
    sources,
    async leads(given) {
      const ids: string[] = []
      for (const { atMs, duplicate, suspect, ...told } of given) {
        const details = { ...told, ...(suspect && { suspect: ['fast'] as const }) }
        const same = duplicate ? { phoneKey: stored.get(ids[0]!)!.phoneKey } : {}
        const idempotencyKey = crypto.randomUUID().replaceAll('-', '')
        const [lead] = makeLeads(1, { details, idempotencyKey, ...same }, atMs)
        await table.store([lead!])
        stored.set(lead!.id, lead!)
        ids.push(lead!.id)
      }
      return ids
    },
    async visits(given) {
      const moments = Map.groupBy(given, ({ atMs }) => atMs)
      for (const [atMs, all] of moments)
        await events.commit(
          makeEventBatch(
            all.map(({ attribution, url, device, isOfPage, bot }) => ({
              ...{ visitor: newVisitor(), type: 'page_view', details: { attribution, url } },
              ...{ device, isOfPage },
              ...(bot && { bot }),
            })),
            atMs,
          ),
        )
    },
    async call(leadId, waitS) {
      await createLeadDesk(db).setState(leadId, { was: 'new', state: 'called' }, theCommand)
      const calledAt = sql`accepted_at + make_interval(secs => ${waitS})`
      await sql`
        with called as (update lead_work set first_called_at = ${calledAt} where lead_id = ${leadId} returning first_called_at)
        update uncounted set called_at = first_called_at from called where ids = array[${leadId}::uuid] and what = 'called'`.execute(
        db,
      )
    },
    async correct(leadId) {
      const { phoneKey, idempotencyKey } = stored.get(leadId)!
      await corrections.note([{ phoneKey, idempotencyKey, correctedBy: crypto.randomUUID() }])
      await corrections.settle()
    },
    release: async (leadId) => void (await releaseSuspects(db, [leadId])),
    counted: untilCounted,
  }
})

// Long enough ago that its day is over, whatever the time is.
const fiveDaysAgo = Math.floor(Date.now() / 86_400_000 - 5) * 86_400_000
const hour = { from: new Date(fiveDaysAgo), to: new Date(fiveDaysAgo + 3_600_000) }
const totalOf = async () => (await sources.read({ dimension: 'source', touch: 'last', ...hour })).total
const store = (count: number) => table.store(makeLeads(count, {}, hour.from.getTime()))

test('nothing counts twice and nothing is passed over: by two who count at once, by one who is ended, and what commits late', async () => {
  await empty()
  for (let batch = 0; batch < 6; batch++) await store(300)
  const late = await db.startTransaction().execute()
  const slow = createLeadTable(late, { dedupWindowMs: 60_000, news: createMemoryNews() })
  await slow.store(makeLeads(5, {}, hour.from.getTime()))
  await store(1)
  await endedWhileItCounts()
  await Promise.all([untilCounted(), untilCounted(), untilCounted()])
  await untilCounted()
  expect((await totalOf()).leads).toBe(1_801)
  await late.commit().execute()
  await untilCounted()
  expect((await totalOf()).leads).toBe(1_806)
})

/** Ends the connection of whoever counts, after it has begun to write. */
async function endedWhileItCounts(): Promise<void> {
  const holder = await db.startTransaction().execute()
  await sql`lock table source_waits in exclusive mode`.execute(holder)
  const ended = countSources(db).then(
    () => undefined,
    (error: Error) => error,
  )
  await until('it counts', async () => {
    const { rows } = await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
    return rows.length > 0
  })
  expect(await ended).toBeInstanceOf(Error)
  await holder.rollback().execute()
}

test('what was stored before anything was counted is counted once, as it is, whatever becomes of it meanwhile', async () => {
  await empty()
  await sql`update source_progress set since = null, leads_to = ${none}::uuid, events_to = ${none}::uuid`.execute(
    db,
  )
  const suspect = makeLeads(1, { details: { suspect: ['fast'] } }, hour.from.getTime())
  const [called] = makeLeads(1, {}, hour.from.getTime())
  await table.store([...suspect, called!])
  for (let batch = 0; batch < 4; batch++) await store(400)
  const visit = { visitor: newVisitor(), type: 'page_view' }
  await events.commit(makeEventBatch([visit, { ...visit, type: 'cta_click' }], hour.from.getTime()))
  // As the version before has left it.
  await sql`truncate uncounted`.execute(db)

  await countSources(db)
  await store(3)
  await untilCounted()
  expect((await totalOf()).leads).toBe(0)
  await sql`update source_progress set since = clock_timestamp() - interval '2 minutes'`.execute(db)
  await sql`update leads set stored_at = stored_at - interval '1 hour'`.execute(db)
  await store(2)
  await createLeadDesk(db).setState(called!.id, { was: 'new', state: 'called' }, theCommand)
  expect(await countSources(db)).toBe(3)
  await countSources(db)
  await releaseSuspects(db, [suspect[0]!.id])
  await untilCounted()
  expect(await totalOf()).toMatchObject({ leads: 1_607, suspects: 0, called: 1, visits: 1 })
})

const none = '00000000-0000-0000-0000-000000000000'

test('a call that is taken back counts nowhere, whenever that is, and one that stands beside it counts', async () => {
  await empty()
  const leads = makeLeads(3)
  await table.store(leads)
  const [early, late, twice] = leads.map(({ id }) => id) as [string, string, string]
  const desk = createLeadDesk(db)
  const day = { from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 3_600_000) }
  const ofAll = async () => {
    await untilCounted()
    const { called, calledSoon, medianWaitS } = (
      await sources.read({ dimension: 'source', touch: 'last', ...day })
    ).total
    const inHours = await sources.speedByHour({ ...day, timeZone: 'UTC' })
    const inTable = (await desk.speed(day.from)).all?.leads ?? 0
    return {
      called,
      calledSoon,
      medianWaitS,
      inTable,
      inHours: inHours.reduce((sum, each) => sum + each.called, 0),
    }
  }
  const as = (
    was: 'new' | 'called' | 'interested',
    state: 'new' | 'called' | 'interested',
    undo = false,
  ) => ({ was, state, undo })
  // Before it was counted.
  await desk.setState(early, as('new', 'called'), theCommand)
  await desk.setState(early, as('called', 'new', true), theCommand)
  expect(await ofAll()).toEqual({ called: 0, calledSoon: 0, medianWaitS: null, inTable: 0, inHours: 0 })
  // And after.
  await desk.setState(late, as('new', 'called'), theCommand)
  await desk.setState(twice, as('new', 'called'), theCommand)
  await desk.setState(twice, as('called', 'interested'), theCommand)
  expect(await ofAll()).toMatchObject({ called: 2, calledSoon: 2, inTable: 2, inHours: 2 })
  await desk.setState(late, as('called', 'new'), theCommand)
  await desk.setState(twice, as('interested', 'called', true), theCommand)
  expect(await ofAll()).toMatchObject({ called: 1, calledSoon: 1, inTable: 1, inHours: 1 })
  // Once more is a call, also where that undoes what had undone it.
  await desk.setState(late, as('new', 'called', true), theCommand)
  expect(await ofAll()).toMatchObject({ called: 2, calledSoon: 2, inTable: 2, inHours: 2 })
})

test('a call of what many were made at once is taken back without a new one', async () => {
  await empty()
  const [lead] = makeLeads(1)
  await table.store([lead!])
  const [desk, bulks] = [createLeadDesk(db), createBulkChanges(db)]
  const asked = {
    id: crypto.randomUUID(),
    change: { state: 'no_answer' } as const,
    selection: { filter: {} },
  }
  await bulks.begin(asked, theCommand)
  await carryOutBulk(bulks, asked.id, async () => {})
  await desk.setState(lead!.id, { was: 'no_answer', state: 'called' }, theCommand)
  expect((await desk.speed(new Date(0))).all?.leads).toBe(1)
  await desk.setState(lead!.id, { was: 'called', state: 'no_answer', undo: true }, theCommand)
  expect((await desk.speed(new Date(0))).all).toBeUndefined()
  await desk.setState(lead!.id, { was: 'no_answer', state: 'called' }, theCommand)
  await desk.setState(lead!.id, { was: 'called', state: 'no_answer' }, theCommand)
  expect((await desk.speed(new Date(0))).all?.leads).toBe(1)
})

test('of a day that is over the values that brought the most are kept, the rest counts together, and places are given up', async () => {
  await empty()
  const at = hour.from.getTime()
  const from = (source: string) => makeLeads(1, { details: { attribution: { utm_source: source } } }, at)[0]!
  for (const leads of [Array.from({ length: 150 }, (_, n) => from(`x${n}`)), ['real', 'real'].map(from)])
    await table.store(leads)
  const desk = createLeadDesk(db)
  for (const { id } of await desk.list({ source: 'x149' }, 1))
    await desk.setState(id, { was: 'new', state: 'called' }, theCommand)
  await untilCounted()
  const read = () => sources.read({ dimension: 'source', touch: 'last', ...hour })
  const before = await read()
  expect(before.figures).toHaveLength(151)
  await sql`update source_values set met_at = now() - interval '40 days'`.execute(db)
  expect(await foldSources(db)).toBe(2)
  const { figures, total } = await read()
  expect(figures).toHaveLength(101)
  expect(figures.map(({ value }) => value)).toEqual(expect.arrayContaining(['real', '(other)']))
  expect(total).toEqual(before.total)
  expect(await foldSources(db)).toBe(0)
  const { rows } = await sql<{ places: number }>`
    select count(*)::int as places from source_values where dimension = 'source'`.execute(db)
  expect(rows[0]!.places).toBeLessThanOrEqual(100)
})
