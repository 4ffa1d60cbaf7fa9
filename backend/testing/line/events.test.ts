import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { newVisitor } from '../stage/events.ts'
import { metricAt, until } from '../stage/faults.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { gateTo } from '../stage/tcp-gate.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const toRedis = await gateTo(services.env.REDIS_URL!)
const line = await startLine({
  env: services.env,
  apiEnv: { REDIS_URL: toRedis.url },
})
atEnd(() => toRedis.close())
atEnd(() => line.stop())

type Said = Readonly<{ status: number; body: unknown }>

async function send(
  body: unknown,
  options: { type?: string; path?: string; cookie?: string } = {},
): Promise<Said> {
  const response = await fetch(`${line.origin}${options.path ?? '/api/events'}`, {
    method: 'POST',
    headers: {
      'content-type': options.type ?? 'application/json',
      'user-agent':
        'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36',
      connection: 'close',
      ...(options.cookie && { cookie: options.cookie }),
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  })
  return { status: response.status, body: await response.json() }
}

const view = (visitor: string) => ({ visitor_id: visitor, event_type: 'page_view' })
const untilRedis = (state: 0 | 1) =>
  until(`the way through Redis is ${state}`, async () => {
    return (await metricAt(line.origin, 'event_redis_path_open').catch(() => Number.NaN)) === state
  })

/** How often each of these visitors was stored; and what was counted, less what was stored, which is always 0. */
async function kept(visitors: readonly string[]) {
  const { rows } = await sql<{ visitor_id: string; times: number }>`
    select visitor_id, count(*)::int as times from events where visitor_id = any(${[...visitors]}::text[])
    group by visitor_id`.execute(db)
  const { rows: counted } = await sql<{ more: number; visitors: number }>`
    select sum(events)::int - (select count(*)::int from events) as more,
           sum(visitors)::int - (select count(*)::int from event_firsts) as visitors
    from event_counts where grain = 'quarter'`.execute(db)
  return {
    missing: visitors.length - rows.length,
    twice: rows.filter((row) => row.times > 1).length,
    miscounted: counted[0],
  }
}
const untilKept = (visitors: readonly string[]) =>
  until('all events are stored', async () => (await kept(visitors)).missing === 0, 60_000)
const allKept = { missing: 0, twice: 0, miscounted: { more: 0, visitors: 0 } }

test('events come in alone, in lists and as beacons, and are shown as results', async () => {
  await untilRedis(1)
  const [one, other, beacon] = [newVisitor(), newVisitor(), newVisitor()]
  expect(await send(view(one))).toEqual({ status: 202, body: { ok: true, accepted: 1 } })
  expect(await send({ events: [view(other), view(other)] }, { path: '/api/e' })).toEqual({
    status: 202,
    body: { ok: true, accepted: 2 },
  })
  const asBeacon = { type: 'text/plain;charset=UTF-8', cookie: `lf_visitor=${'v'.repeat(22)}` }
  expect((await send({ event_type: 'cta_click' }, asBeacon)).status).toBe(202)
  expect((await send(view(beacon), asBeacon)).status).toBe(202)
  await untilKept([one, other, beacon, 'v'.repeat(22)])
  const stats = (await (await fetch(`${line.origin}/api/stats`)).json()) as Record<string, unknown>
  expect(stats).toMatchObject({
    total: 5,
    totalsByEventType: [
      { event_type: 'cta_click', count: 1 },
      { event_type: 'page_view', count: 4 },
    ],
    filtered: { bots: 0 },
  })
})

test('of a list with a wrong event nothing is kept, and the answer names it', async () => {
  const visitor = newVisitor()
  const list = [view(visitor), view(visitor), { visitor_id: visitor, event_type: 'nonsense' }]
  expect(await send({ events: list })).toEqual({
    status: 400,
    body: { events: { 2: { event_type: ['unknown'] } } },
  })
  expect((await kept([visitor])).missing).toBe(1)
})

test('what was acknowledged is kept once when API, worker and Redis are killed under load', async () => {
  const accepted: string[] = []
  const pending = new Set<Promise<void>>()
  const arrive = () => {
    for (let each = 0; each < 10; each++) {
      const visitor = newVisitor()
      const sending = send(view(visitor))
        .then(({ status }) => {
          if (status === 202) accepted.push(visitor)
        })
        .catch(() => {})
        .finally(() => pending.delete(sending))
      pending.add(sending)
    }
  }
  for (let round = 0; round < 2; round++) {
    await untilRedis(1)
    const arriving = setInterval(arrive, 20)
    const before = accepted.length
    await until('events were accepted', () => accepted.length > before + 100)
    await Promise.all([line.api.kill(), line.worker.kill(), services.redis.kill()])
    await services.redis.restart()
    await Promise.all([line.api.start(), line.worker.start()])
    clearInterval(arriving)
  }
  await Promise.all(pending)
  await untilKept(accepted)
  expect(await kept(accepted)).toEqual(allKept)
}, 180_000)

test.each(['mute', 'held'] as const)(
  'while Redis is %s, what is acknowledged is in Postgres, and counts once when Redis has it as well',
  async (state) => {
    await untilRedis(1)
    toRedis.set(state)
    const visitors = [newVisitor(), newVisitor()]
    const answers = await Promise.all(visitors.map((visitor) => send(view(visitor))))
    expect(answers.map(({ status }) => status)).toEqual([202, 202])
    expect(await kept(visitors)).toEqual(allKept)
    toRedis.set('open')
    await untilRedis(1)
    expect((await send(view(newVisitor()))).status).toBe(202)
    await until('the queue is empty', async () => {
      return (await metricAt(line.workerOrigin, 'event_batches_waiting')) === 0
    })
    expect(await kept(visitors)).toEqual(allKept)
  },
  60_000,
)

test('without Redis events go through Postgres, and without both nothing is promised', async () => {
  await untilRedis(1)
  await services.redis.kill()
  await untilRedis(0)
  const visitor = newVisitor()
  expect((await send(view(visitor))).status).toBe(202)
  expect(await kept([visitor])).toEqual(allKept)
  await services.postgres.kill()
  // A server process that outlives its parent for a moment may still keep one.
  await until('nothing is promised', async () => (await send(view(newVisitor()))).status === 503)
  await services.postgres.restart()
  await services.redis.restart()
  await untilRedis(1)
  expect((await send(view(newVisitor()))).status).toBe(202)
}, 120_000)
