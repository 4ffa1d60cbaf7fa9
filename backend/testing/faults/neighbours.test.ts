import { describe, expect, test } from 'bun:test'
import { metricAt, rowsOf, type Said, submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { gateTo } from '../stage/tcp-gate.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const gate = await gateTo(services.env.REDIS_URL!)
// They take every question and never answer.
const silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
const [line, neighbour] = await Promise.all([
  startLine({
    env: {
      ...services.env,
      MONGO_URL: `mongodb://127.0.0.1:${silent.port}/landfast`,
      S3_ENDPOINT: `http://127.0.0.1:${silent.port}`,
    },
  }),
  startLine({ env: services.env, apiEnv: { REDIS_URL: gate.url } }),
])
await neighbour.worker.kill()
atEnd(async () => {
  // Asked to stop, it would give MongoDB a last chance.
  await Promise.all([line.api.kill(), line.worker.kill(), neighbour.stop()])
  gate.close()
  silent.stop(true)
})

const phonesOf = (count: number) => Array.from({ length: count }, newPhone)
const submitAll = (origin: string, phones: readonly string[]) =>
  Promise.all(phones.map((phone) => submitTo(origin, phone)))

/** Every 202 has a row under its id, and every phone one lead, whichever of the two took it. */
async function expectOneLeadEach(phones: readonly string[], answers: readonly Said[]): Promise<void> {
  expect(answers.filter(({ status }) => status !== 202 && status !== 200)).toEqual([])
  const promised = answers.flatMap(({ status, id }) => (status === 202 ? [id!] : [])).sort()
  await until('whoever was answered 202 has a row', async () => {
    const kept = new Set((await rowsOf(db, phones)).map(({ id }) => id))
    return promised.every((id) => kept.has(id))
  })
  const rows = await rowsOf(db, phones)
  expect(rows.map(({ id }) => id).sort()).toEqual(promised)
  const leads = rows.filter(({ duplicate_of }) => duplicate_of === null)
  expect(leads.map(({ phone }) => phone).sort()).toEqual([...phones].sort())
  const ids = new Set(leads.map(({ id }) => id))
  expect(rows.filter(({ duplicate_of }) => duplicate_of !== null && !ids.has(duplicate_of))).toEqual([])
}

describe('of two APIs only one can reach Redis', () => {
  test('the same phones at both, in one moment: one lead each, and every 202 has its row', async () => {
    await untilRedisPath(line.origin, 'open')
    gate.set('shut')
    await untilRedisPath(neighbour.origin, 'closed')
    const phones = phonesOf(100)
    const answers = await Promise.all([
      submitAll(line.origin, phones),
      submitAll(neighbour.origin, phones),
      submitAll(line.origin, phones),
      submitAll(neighbour.origin, phones),
    ])
    await expectOneLeadEach(phones, answers.flat())
  })

  test('phones that one of them has stored are duplicates at the other once it reaches Redis again', async () => {
    const phones = phonesOf(30)
    const alone = await submitAll(neighbour.origin, phones)
    expect(new Set(alone.map(({ status }) => status))).toEqual(new Set([202]))
    gate.set('open')
    await untilRedisPath(neighbour.origin, 'open')
    const again = [...(await submitAll(neighbour.origin, phones)), ...(await submitAll(line.origin, phones))]
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set([200]))
    await expectOneLeadEach(phones, [...alone, ...again])
  })
})

test('a Redis that takes 300 ms is waited for, not passed by', async () => {
  await untilRedisPath(neighbour.origin, 'open')
  const before = await metricAt(neighbour.origin, 'lead_batches_through_postgres_total')
  gate.set('held')
  const slow = setInterval(() => {
    gate.set('open')
    gate.set('held')
  }, 300)
  const phones = phonesOf(50)
  const answers = await submitAll(neighbour.origin, phones)
  clearInterval(slow)
  gate.set('open')
  await expectOneLeadEach(phones, answers)
  expect(await metricAt(neighbour.origin, 'lead_batches_through_postgres_total')).toBe(before)
})

test('with a MongoDB and an object storage that never answer, all along, nothing of it reaches a visitor', async () => {
  const phones = phonesOf(200)
  const page = fetch(line.origin)
  await expectOneLeadEach(phones, await submitAll(line.origin, phones))
  expect((await page).status).toBe(200)
  const pictures = Array.from({ length: 5 }, () => fetch(`${line.origin}/media/hero.jpg`))
  for (const picture of pictures) expect((await picture).status).toBe(503)
  expect(await metricAt(line.origin, 'object_storage_breaker_open')).toBe(1)
  const more = phonesOf(200)
  await expectOneLeadEach(more, await submitAll(line.origin, more))
  expect((await fetch(`${line.origin}/readyz`)).status).toBe(200)
})
