import { afterAll, describe, expect, test } from 'bun:test'
import { sql } from 'kysely'
import { idAt } from '../../batching/ids.ts'
import { persistEvents } from '../../events/persist.ts'
import { type EventBatch, UnstorableEvents } from '../../events/ports.ts'
import { readStats } from '../../events/stats.ts'
import { theCommand } from '../../operators/audit.ts'
import { createEventTable, createStatsReader, pruneEvents } from '../../postgres/events.ts'
import { readInstallation } from '../../postgres/installation.ts'
import { createLiveStore } from '../../postgres/live-store.ts'
import { ensurePartitions } from '../../postgres/partitions.ts'
import { createResultsReader } from '../../postgres/results.ts'
import { redisForCommands, redisForWorker } from '../../redis/connection.ts'
import { countEventBatches, createRedisEvents } from '../../redis/events.ts'
import { startEventWorker } from '../../redis/worker.ts'
import { freshDatabase, freshRedis, quietLog } from '../stage/engines.ts'
import { makeEventBatch, newVisitor } from '../stage/events.ts'
import { until } from '../stage/faults.ts'
import { redisAdmin } from '../stage/redis-admin.ts'

const { db } = await freshDatabase()
const redisUrl = await freshRedis(8)
const table = createEventTable(db)
const store = (...batches: readonly EventBatch[]) => table.store(batches)
const stats = { reader: createStatsReader(db), firstExperiment: () => 'hero', isCounted: () => true }

/** Everything that is kept and counted, to be compared with itself. */
async function everything() {
  const { rows } = await sql`
    select (select count(*)::int from events) as events,
           (select jsonb_agg(c order by c) from event_counts as c) as counts,
           (select jsonb_agg(v order by v) from event_vitals as v) as vitals,
           (select count(*)::int from event_firsts) as firsts,
           (select jsonb_agg(p order by p) from event_cohorts as p) as cohorts`.execute(db)
  return rows[0]
}

describe('a batch of events', () => {
  const [ann, bob] = [newVisitor(), newVisitor()]
  const batch = makeEventBatch([
    {
      visitor: ann,
      word: 'twice.a',
      type: 'page_view',
      details: { url: '/x', attribution: { utm_source: "'" } },
    },
    { visitor: ann, word: 'twice.a', type: 'page_view' },
    { visitor: bob, word: 'twice.b-film.on', type: 'page_view' },
    { visitor: bob, word: 'twice.b-film.on', type: 'web_vital_lcp', value: 1234.5 },
    { visitor: bob, type: 'page_view', bot: true },
  ])

  test('is kept and counted once, however often it is delivered', async () => {
    expect(await store(batch)).toBe(5)
    const first = await everything()
    expect(await store(batch)).toBe(0)
    await table.commit(batch)
    await Promise.all([store(batch), store(batch)])
    expect(await everything()).toEqual(first)
  })

  test('is kept and counted with others as it is alone, and once where it is there already or comes twice', async () => {
    const [eve, dan] = [newVisitor(), newVisitor()]
    const next = makeEventBatch([
      { visitor: eve, word: 'two.a', type: 'page_view' },
      { visitor: eve, word: 'two.a', type: 'page_view' },
    ])
    const last = makeEventBatch(
      [
        { visitor: eve, word: 'two.a', type: 'page_view' },
        { visitor: dan, word: 'two.b', type: 'page_view' },
      ],
      Date.now() + 1,
    )
    expect(await store(batch, next, last, next)).toBe(4)
    const { rows } = await sql<{ id: string; visitor: string }>`
      select id, visitor_id as visitor from events where visitor_id in (${eve}, ${dan}) order by id`.execute(
      db,
    )
    expect(rows).toEqual([
      ...[0, 1].map((place) => ({ id: idAt(next.id, place), visitor: eve })),
      ...[eve, dan].map((visitor, place) => ({ id: idAt(last.id, place), visitor })),
    ])
    expect((await readStats(stats, { experiment: 'two' })).variantEventBreakdown).toEqual([
      { variant: 'a', event_type: 'page_view', count: 3, visitors: 1 },
      { variant: 'b', event_type: 'page_view', count: 1, visitors: 1 },
    ])
  })

  test('that is delivered in part and then whole is counted once', async () => {
    const again = makeEventBatch([
      { visitor: newVisitor(), word: 'part.a', type: 'page_view' },
      { visitor: newVisitor(), word: 'part.a', type: 'page_view' },
      { visitor: newVisitor(), word: 'part.a', type: 'page_view' },
    ])
    const [, second] = again.records.split('\n')
    expect(await store({ id: again.id, records: second!, from: 1 })).toBe(1)
    expect(await store(again)).toBe(2)
    expect((await readStats(stats, { experiment: 'part' })).total).toBe(3)
  })

  test('keeps what came with an event, under an id that tells its batch', async () => {
    const { rows } = await sql`
      select visitor_id, word, event_type, value, bot, attribution, url from events
      where id = any(${[0, 3].map((index) => idAt(batch.id, index))}::uuid[]) order by id`.execute(db)
    expect(rows).toEqual([
      {
        visitor_id: ann,
        word: 'twice.a',
        event_type: 'page_view',
        value: null,
        bot: false,
        attribution: { utm_source: "'" },
        url: '/x',
      },
      {
        visitor_id: bob,
        word: 'twice.b-film.on',
        event_type: 'web_vital_lcp',
        value: 1234.5,
        bot: false,
        attribution: null,
        url: null,
      },
    ])
  })

  test('counts for each part of what a visitor was shown', async () => {
    const twice = await readStats(stats, { experiment: 'twice' })
    expect(twice.totalsByVariant).toEqual([
      { variant: 'a', count: 2 },
      { variant: 'b', count: 2 },
    ])
    expect(twice.variantEventBreakdown).toContainEqual({
      variant: 'a',
      event_type: 'page_view',
      count: 2,
      visitors: 1,
    })
    expect(twice.webVitals).toEqual([{ variant: 'b', vital: 'lcp', count: 1, p75: expect.any(Number) }])
    expect((await readStats(stats, { experiment: 'film' })).total).toBe(2)
  })

  test('of a record that no row can hold keeps all the others', async () => {
    const poison = makeEventBatch([
      { visitor: newVisitor(), word: 'poison.a', type: 'page_view' },
      { visitor: newVisitor(), word: 'poison.a', type: 'page_view' },
      { visitor: newVisitor(), word: 'poison.a', type: 'page_view' },
    ])
    const records = poison.records.split('\n')
    records[1] = `${records[1]}{not json`
    const broken = { ...poison, records: records.join('\n') }
    await expect(store(broken)).rejects.toBeInstanceOf(UnstorableEvents)
    const givenUp: number[] = []
    const deps = { events: table, onUnstorable: ({ place }: { place: number }) => givenUp.push(place) }
    const [before, after] = [1, 2].map(() =>
      makeEventBatch([{ visitor: newVisitor(), word: 'poison.a', type: 'page_view' }]),
    )
    expect(await persistEvents(deps, [before!, broken, after!])).toBe(4)
    expect(givenUp).toEqual([1])
    expect((await readStats(stats, { experiment: 'poison' })).total).toBe(4)
  })
})

describe('visitors', () => {
  test('are counted with the first event of a type only, in whichever batch that comes', async () => {
    const crowd = Array.from({ length: 30 }, newVisitor)
    const views = () =>
      makeEventBatch(crowd.map((visitor) => ({ visitor, word: 'crowd.a', type: 'page_view' })))
    await Promise.all(Array.from({ length: 8 }, () => store(views())))
    const found = await readStats(stats, { experiment: 'crowd' })
    expect(found.variantEventBreakdown).toEqual([
      { variant: 'a', event_type: 'page_view', count: 240, visitors: 30 },
    ])
  })

  test('who are robots are left out and counted as filtered', async () => {
    await store(
      makeEventBatch([
        { visitor: newVisitor(), word: 'robots.a', type: 'page_view', bot: true },
        { visitor: newVisitor(), word: 'robots.a', type: 'page_view' },
      ]),
    )
    const found = await readStats(stats, { experiment: 'robots' })
    expect([found.total, found.filtered.bots]).toEqual([1, 1])
  })
})

describe('conversion', () => {
  let experiments = 0
  const someHourMs = Date.UTC(2026, 5, 10, 13, 30)
  const hourMs = 3_600_000

  /** An experiment of its own, into which single events are stored. */
  function startExperiment() {
    const experiment = `test_${experiments++}`
    return {
      happen: (visitor: string, variant: string, type: string, { atMs = someHourMs, bot = false } = {}) =>
        store(makeEventBatch([{ visitor, word: `${experiment}.${variant}`, type, bot }], atMs)),
      batchOf: (visitor: string, variant: string, ...types: readonly string[]) =>
        makeEventBatch(
          types.map((type) => ({ visitor, word: `${experiment}.${variant}`, type })),
          someHourMs,
        ),
      async found(query: { from?: Date; to?: Date } = {}) {
        const { conversion } = await readStats(stats, { experiment, ...query })
        return conversion.map((each) => [each.variant, each.exposed, each.converted, each.conversion_rate])
      },
    }
  }

  test('is of visitors who were shown the variant, whatever others submit', async () => {
    const { happen, found } = startExperiment()
    const visitor = newVisitor()
    await happen(visitor, 'a', 'exposure')
    for (let each = 0; each < 5; each++) await happen(newVisitor(), 'a', 'form_submit')
    await happen(visitor, 'b', 'form_submit')
    await happen(newVisitor(), 'a', 'exposure', { bot: true })
    expect(await found()).toEqual([
      ['a', 1, 0, 0],
      ['b', 0, 0, null],
    ])
    await happen(visitor, 'a', 'form_submit')
    await happen(visitor, 'a', 'form_submit')
    expect((await found())[0]).toEqual(['a', 1, 1, 100])
  })

  test('is booked in the hour of the exposure, so that no range holds others than it exposed', async () => {
    const { happen, found } = startExperiment()
    const visitor = newVisitor()
    await happen(visitor, 'a', 'exposure')
    await happen(visitor, 'a', 'form_submit', { atMs: someHourMs + 3 * hourMs })
    await happen(newVisitor(), 'a', 'exposure', { atMs: someHourMs + 3 * hourMs })
    const [first, later] = [0, 3].map((hours) => ({
      from: new Date(someHourMs + hours * hourMs),
      to: new Date(someHourMs + hours * hourMs + 1),
    }))
    expect(await found(first)).toEqual([['a', 1, 1, 100]])
    expect(await found(later)).toEqual([['a', 1, 0, 0]])
  })

  test('does not depend on which is stored first, nor on how often each is delivered', async () => {
    const orders = [
      ['exposure', 'form_submit'],
      ['form_submit', 'exposure'],
      ['form_submit', 'form_submit', 'exposure'],
    ]
    for (const types of orders) {
      const { batchOf, found } = startExperiment()
      const visitor = newVisitor()
      const batches = types.map((type) => batchOf(visitor, 'a', type))
      for (const batch of batches) await store(batch)
      expect(await found()).toEqual([['a', 1, 1, 100]])
      for (const batch of [...batches, ...batches]) await store(batch)
      await store(batchOf(visitor, 'a', ...types))
      expect(await found()).toEqual([['a', 1, 1, 100]])
    }
    const { batchOf, found } = startExperiment()
    for (const types of orders) await store(batchOf(newVisitor(), 'a', ...types))
    expect(await found()).toEqual([['a', 3, 3, 100]])
  })

  test('of visitors whose events come at once through several processes is neither lost nor counted twice', async () => {
    const { batchOf, found } = startExperiment()
    const crowd = Array.from({ length: 20 }, newVisitor)
    const types = ['exposure', 'form_submit', 'exposure', 'form_submit']
    await Promise.all(crowd.flatMap((visitor) => types.map((type) => store(batchOf(visitor, 'a', type)))))
    expect(await found()).toEqual([['a', 20, 20, 100]])
  })

  test('needs a submission that came after the exposure', async () => {
    const { happen, found } = startExperiment()
    const visitor = newVisitor()
    await happen(visitor, 'a', 'form_submit', { atMs: someHourMs - 2 * hourMs })
    await happen(visitor, 'a', 'exposure')
    expect(await found()).toEqual([['a', 1, 0, 0]])
    await happen(visitor, 'a', 'form_submit', { atMs: someHourMs + hourMs })
    expect(await found()).toEqual([['a', 1, 1, 100]])
  })
})

describe('results', () => {
  const atMs = Date.UTC(2026, 4, 10, 13, 30)
  const hourMs = 3_600_000
  const dayMs = 24 * hourMs

  test('between two moments hold whole days and the quarters of an hour at both ends', async () => {
    for (const offsetMs of [0, hourMs, 11 * hourMs, dayMs, 3 * dayMs])
      await store(
        makeEventBatch([{ visitor: newVisitor(), word: 'when.a', type: 'page_view' }], atMs + offsetMs),
      )
    const total = async (fromMs: number, toMs: number) =>
      (await readStats(stats, { experiment: 'when', from: new Date(fromMs), to: new Date(toMs) })).total
    expect(await total(atMs, atMs + 1)).toBe(1)
    expect(await total(atMs, atMs + hourMs)).toBe(1)
    expect(await total(atMs + hourMs, atMs + dayMs)).toBe(2)
    expect(await total(atMs + hourMs, atMs + dayMs + 1)).toBe(3)
    expect(await total(atMs - 9 * dayMs, atMs + 9 * dayMs)).toBe(5)
    expect(await total(atMs + dayMs + hourMs, atMs + 3 * dayMs - hourMs)).toBe(0)
    expect((await readStats(stats, { experiment: 'when' })).total).toBe(5)
  })

  test.each([
    ['now', 'tehran_now', async () => {}],
    ['as they were counted by the hour before', 'tehran_before', countByTheHour],
  ])('of two days of Tehran add up to both, %s', async (_when, experiment, asBefore) => {
    const days = [10, 11, 12].map((day) => new Date(`2026-05-${day}T00:00:00+03:30`))
    const quarterMs = hourMs / 4
    for (let at = days[0]!.getTime() - hourMs; at < days[2]!.getTime() + hourMs; at += quarterMs)
      await store(makeEventBatch([{ visitor: newVisitor(), word: `${experiment}.a`, type: 'page_view' }], at))
    await asBefore(experiment)
    const total = async (from: Date, to: Date) => (await readStats(stats, { experiment, from, to })).total
    const [first, second] = [await total(days[0]!, days[1]!), await total(days[1]!, days[2]!)]
    expect(first + second).toBe(await total(days[0]!, days[2]!))
    expect([first, second]).toEqual([96, 96])
  })

  test('of events without a word stand beside the first experiment, under no variant', async () => {
    await store(makeEventBatch([{ visitor: newVisitor(), type: 'cta_click' }]))
    const found = await readStats(stats, { eventType: 'cta_click' })
    expect(found.totalsByVariant).toContainEqual({ variant: '', count: 1 })
  })
})

test('months that are older than they are kept are dropped, and their counts stay', async () => {
  const oldMs = Date.UTC(2024, 1, 10)
  await ensurePartitions(db, { now: new Date(oldMs), monthsAhead: 0 })
  const visitor = newVisitor()
  const old = makeEventBatch([{ visitor, word: 'old.a', type: 'page_view' }], oldMs)
  const inNoMonth = makeEventBatch([{ visitor, word: 'old.a', type: 'page_view' }], Date.UTC(2024, 5, 10))
  await store(old)
  await store(inNoMonth)
  expect(await pruneEvents(db, new Date(Date.UTC(2024, 1, 20)))).toEqual([])
  expect(await pruneEvents(db, new Date(Date.UTC(2024, 6, 1)))).toEqual(['events_2024_02'])
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from events where visitor_id = ${visitor}`.execute(db)
  expect(rows[0]!.count).toBe(0)
  expect((await readStats(stats, { experiment: 'old' })).total).toBe(2)
})

describe('Redis', () => {
  const redis = redisForCommands({ url: redisUrl, name: 'test-events', log: quietLog })
  const store = createRedisEvents({
    redis,
    installation: () => readInstallation(db),
    refuseUnsafe: true,
    log: quietLog,
  })
  const admin = redisAdmin(redisUrl)
  store.start()
  afterAll(async () => {
    admin.disconnect()
    await store.stop()
  })

  test('takes a batch once, and hands it on as it came', async () => {
    await until('open', store.isOpen)
    const batch = makeEventBatch([{ visitor: newVisitor(), type: 'page_view', details: { url: '/"\\' } }])
    await store.commit(batch)
    await store.commit(batch)
    expect(await countEventBatches(redis)).toBe(1)
    const taken: unknown[] = []
    const worker = startEventWorker({
      redis: redisForWorker({ url: redisUrl, name: 'test-event-worker', log: quietLog }),
      ownId: () => undefined,
      handle: async (job) => void taken.push(job.batch),
      onUnreadable: () => {},
      log: quietLog,
    })
    await until('taken', () => taken.length > 0)
    expect(taken).toEqual([batch])
    await worker.stop()
  })

  test('is closed to events when its memory is needed for leads, and opens again', async () => {
    const [, before] = (await admin.config('GET', 'maxmemory')) as [string, string]
    await until('open', store.isOpen)
    const used = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))![1])
    await admin.config('SET', 'maxmemory', String(Math.round(used * 1.2)))
    await until('closed', () => !store.isOpen())
    await admin.config('SET', 'maxmemory', before)
    await until('open again', store.isOpen)
  })
})

/** Lays the counts of an experiment together as an earlier version wrote them. */
async function countByTheHour(experiment: string): Promise<void> {
  await sql`
    with fine as (
      delete from event_counts where grain = 'quarter' and experiment = ${experiment} returning *
    )
    insert into event_counts
    select 'hour', date_trunc('hour', starts_at, 'UTC'), experiment, variant, event_type, bot,
           sum(events), sum(visitors), sum(converted)
    from fine group by 2, 3, 4, 5, 6`.execute(db)
}

test('results of an experiment are the counts by day, robots beside them, from a moment on', async () => {
  const [ann, bob] = [newVisitor(), newVisitor()]
  const word = 'daily.a'
  await store(
    makeEventBatch([
      { visitor: ann, word, type: 'exposure', device: 'phone' },
      { visitor: ann, word, type: 'form_submit' },
      { visitor: bob, word: 'daily.b', type: 'exposure' },
      { visitor: newVisitor(), word, type: 'exposure', bot: true, device: 'computer' },
    ]),
  )
  // Who is shown the same again, with whatever, is counted once.
  await store(makeEventBatch([{ visitor: ann, word, type: 'exposure', device: 'tablet' }]))
  const results = createResultsReader(db)
  const { days, robots, byDevice } = await results.counted('daily', undefined)
  expect(days.map(({ tallies }) => Object.fromEntries(tallies))).toEqual([
    { a: { exposed: 1, converted: 1 }, b: { exposed: 1, converted: 0 } },
  ])
  expect(days[0]!.day).toMatch(/^\d{4}-\d\d-\d\d$/)
  expect(robots).toEqual(new Map([['a', 1]]))
  expect(byDevice).toEqual(
    new Map([
      ['', new Map([['b', 1]])],
      ['phone', new Map([['a', 1]])],
    ]),
  )
  const afterwards = new Date(Date.now() + 86_400_000)
  expect(await results.counted('daily', afterwards)).toEqual({
    ...{ days: [], robots: new Map(), byDevice: new Map() },
  })
  const variants = [{ name: 'a', weight: 1 }]
  const { setExperiment } = createLiveStore(db)
  await setExperiment('daily', theCommand, () => ({ key: 'daily', salt: 'x', running: true, variants }))
  expect(await results.changes('daily')).toEqual([
    { at: expect.any(Date), after: expect.objectContaining({ salt: 'x', variants }) },
  ])
})
