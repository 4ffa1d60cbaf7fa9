import { describe, expect, test } from 'bun:test'
import { until } from '../stage/faults.ts'
import { lineSecret, startLine } from '../stage/line.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, atEnd } = await ownServices(['postgres', 'redis'])
const two = await startLine({ env: { ...services.env, API_PROCESSES: '2' } })
atEnd(() => two.stop())
const third = await startLine({ env: { ...services.env, API_PROCESSES: '1' } })
atEnd(() => third.stop())

// A connection of its own for each request, so that the kernel may give it to either process.
const alone = { connection: 'close' }
// So many that one of two processes is left out once in a million million times.
const enough = Array.from({ length: 40 })

const made = await operatorCommand(['admin.ts', 'key'], { ...services.env, SECRET_KEY: lineSecret })
const key = made.out.trim()

type Answer = Readonly<{ status: number; body: Record<string, unknown> }>

async function operate(origin: string, path: string, change: object): Promise<Answer> {
  const answer = await fetch(`${origin}/api/admin/${path}`, {
    method: 'PUT',
    headers: { ...alone, authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(change),
  })
  return { status: answer.status, body: (await answer.json()) as Answer['body'] }
}

/** What every process says: each of them answers some of so many requests. */
async function noticesEverywhere(): Promise<string[]> {
  const answers = enough.map(async (_, index) => {
    const { origin } = index % 3 === 0 ? third : two
    const answer = await fetch(`${origin}/api/config`, { headers: alone })
    return ((await answer.json()) as { flags: { notice: string } }).flags.notice
  })
  return [...new Set(await Promise.all(answers))]
}

async function variantsOf(visitors: readonly string[], origin: string): Promise<unknown[]> {
  return Promise.all(
    visitors.map(async (visitor) => {
      const answer = await fetch(`${origin}/api/assign?visitor_id=${visitor}&experiment=price`, {
        headers: alone,
      })
      const { variant, stored } = (await answer.json()) as { variant: string; stored?: boolean }
      return { variant, stored }
    }),
  )
}

const weighed = (low: number, high: number) => ({
  variants: [
    { name: 'low', weight: low },
    { name: 'high', weight: high },
  ],
})

async function untilAllFollow(): Promise<void> {
  // A process that is just starting may refuse the question.
  await until('all three processes follow', async () => {
    const answer = await operate(two.origin, 'flags/film', { killed: false }).catch(() => undefined)
    return answer?.body.live === true && answer.body.processes === 3
  })
}

test('a change is seen by the next request of every process once it is answered, whoever took it', async () => {
  await untilAllFollow()
  for (const [value, { origin }] of [
    ['one', two],
    ['two', third],
  ] as const) {
    const { status, body } = await operate(origin, 'flags/notice', { value })
    expect(status).toBe(200)
    expect(body).toMatchObject({ live: true, processes: 3, flag: { value } })
    expect(await noticesEverywhere()).toEqual([value])
  }
}, 60_000)

describe('a visitor of another client', () => {
  const visitors = Array.from({ length: 200 }, () => crypto.randomUUID())

  test('keeps the variant when weights change and every process starts anew', async () => {
    await operate(two.origin, 'experiments/price', weighed(50, 50))
    const before = await variantsOf(visitors, two.origin)
    expect(new Set(before.map((each) => JSON.stringify(each)))).toEqual(
      new Set(['{"variant":"low"}', '{"variant":"high"}']),
    )
    await operate(two.origin, 'experiments/price', weighed(1, 99))
    expect(await variantsOf(visitors, third.origin)).toEqual(before)
    await two.api.kill('SIGTERM')
    await third.api.kill('SIGKILL')
    await Promise.all([two.api.start(), third.api.start()])
    await untilAllFollow()
    for (const { origin } of [two, third]) expect(await variantsOf(visitors, origin)).toEqual(before)
  }, 60_000)

  test('is exposed by the assignment, and converts by submitting with what was assigned', async () => {
    const variants = [{ name: 'on', weight: 1 }]
    await operate(two.origin, 'experiments/converts', { variants })
    const headers = { ...alone, 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Firefox/130.0' }
    const submit = (visitor: string) =>
      fetch(`${two.origin}/api/events`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ visitor_id: visitor, event_type: 'form_submit', variant: 'converts.on' }),
      })
    const [one, other] = [crypto.randomUUID(), crypto.randomUUID()]
    for (const visitor of [one, other, one])
      await fetch(`${two.origin}/api/assign?visitor_id=${visitor}&experiment=converts`, { headers })
    for (const visitor of [one, one, 'made-up', 'made-up-too'])
      expect((await submit(visitor)).status).toBe(202)
    await until('all is counted', async () => {
      const answer = await fetch(`${two.origin}/api/stats?experiment=converts`, { headers })
      const { conversion } = (await answer.json()) as { conversion: Record<string, unknown>[] }
      return Bun.deepEquals(conversion[0] ?? {}, {
        variant: 'on',
        page_views: 0,
        form_submits: 4,
        exposed: 2,
        converted: 1,
        conversion_rate: 50,
        interval: [9.45, 90.55],
      })
    })
  }, 60_000)
})

test('without Redis a change is kept, is not called live, and every process finds it by itself', async () => {
  await services.redis.kill()
  const { status, body } = await operate(two.origin, 'flags/notice', { value: 'without Redis' })
  expect(status).toBe(200)
  expect(body).toMatchObject({ live: false, processes: 1, flag: { value: 'without Redis' } })
  await until('all have found it', async () => Bun.deepEquals(await noticesEverywhere(), ['without Redis']))
  await services.redis.restart()
  await untilAllFollow()
}, 60_000)

test('without Postgres nothing can be changed, and everything else answers with what it knows', async () => {
  const visitor = crypto.randomUUID()
  const before = await noticesEverywhere()
  await services.postgres.kill()
  const refused = await operate(third.origin, 'flags/notice', { value: 'lost' })
  expect(refused.status).toBe(503)
  expect(refused.body).toMatchObject({
    error: { code: 'unavailable', message: expect.stringContaining('Postgres does not answer') },
  })
  expect(await noticesEverywhere()).toEqual(before)
  const [{ variant, stored }] = (await variantsOf([visitor], third.origin)) as [
    { variant: string; stored?: boolean },
  ]
  expect(stored).toBe(false)
  expect(await variantsOf([visitor], two.origin)).toEqual([{ variant, stored }])

  await third.api.kill('SIGKILL')
  await third.api.start()
  const config = await fetch(`${third.origin}/api/config`)
  expect(await config.json()).toMatchObject({ version: 0, flags: { notice: '', film: true } })
  const health = await fetch(`${third.origin}/api/health`)
  expect(await health.json()).toMatchObject({
    dependencies: { configuration: { status: 'down', detail: expect.stringContaining('defaults') } },
  })

  await services.postgres.restart()
  await untilAllFollow()
  expect(await noticesEverywhere()).toEqual(before)
  expect(await variantsOf([visitor], third.origin)).toEqual([{ variant, stored: undefined }])
}, 60_000)
