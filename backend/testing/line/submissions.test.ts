import { expect, test } from 'bun:test'
import { MongoClient } from 'mongodb'
import { rowsOf, until as untilWithin } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { type Line, startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis', 'mongo'])
const line = await startLine({ env: services.env })
atEnd(() => line.stop())

type Answer = { status: number; id?: string; duplicate?: boolean }

async function submit(phone: string, to: Line = line): Promise<Answer> {
  const response = await fetch(`${to.origin}/api/leads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'line-test' },
    body: JSON.stringify({ phone, utm_campaign: 'line-test' }),
  })
  return { status: response.status, ...((await response.json()) as object) }
}

/** Sends all from so many connections, each waiting for its answer before it sends the next. */
async function submitAll(phones: readonly string[], connections: number): Promise<Answer[]> {
  const answers: Answer[] = []
  let next = 0
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (next < phones.length) {
        const index = next++
        answers[index] = await submit(phones[index]!)
      }
    }),
  )
  return answers
}

async function statusOf(id: string): Promise<string> {
  const response = await fetch(`${line.origin}/api/leads/${id}/status`)
  return response.ok ? ((await response.json()) as { status: string }).status : String(response.status)
}

const deadlineMs = 30_000
const until = (what: string, condition: () => Promise<boolean>) => untilWithin(what, condition, deadlineMs)

async function metric(origin: string, name: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text()
  const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]
  if (value === undefined) throw new Error(`${name} is not among the metrics`)
  return Number(value)
}

test('1,000 phones from 50 connections are 1,000 rows under the ids of their answers, and 1,000 log entries', async () => {
  const phones = Array.from({ length: 1_000 }, newPhone)
  const answers = await submitAll(phones, 50)
  expect(answers.filter((answer) => answer.status !== 202)).toEqual([])
  await until('all rows are stored', async () => (await rowsOf(db, phones)).length === 1_000)
  const rows = await rowsOf(db, phones)
  const idOfPhone = new Map(phones.map((phone, index) => [phone, answers[index]!.id]))
  expect(rows.filter((row) => row.duplicate_of !== null || row.id !== idOfPhone.get(row.phone))).toEqual([])

  const mongo = new MongoClient(services.env.MONGO_URL!)
  const ids = answers.map((answer) => answer.id!)
  const logged = () =>
    mongo
      .db()
      .collection<{ _id: string }>('request_logs')
      .countDocuments({ _id: { $in: ids } })
  const dropped = () => metric(line.workerOrigin, 'request_log_dropped_total')
  await until(
    'every lead is logged or counted as dropped',
    async () => (await logged()) + (await dropped()) === 1_000,
  )
  const one = await mongo.db().collection<{ _id: string }>('request_logs').findOne({ _id: ids[0]! })
  expect(JSON.stringify(one)).not.toContain(phones[0]!.slice(3))
  await mongo.close()
})

test('500 connections with one phone make one row, whose id is in the only 202', async () => {
  const phone = newPhone()
  const answers = await submitAll(
    Array.from({ length: 500 }, () => phone),
    500,
  )
  const accepted = answers.filter((answer) => answer.status === 202)
  expect(accepted).toHaveLength(1)
  expect(answers.filter((answer) => answer.status === 200 && answer.duplicate)).toHaveLength(499)
  await until('the lead is stored', async () => (await statusOf(accepted[0]!.id!)) === 'stored')
  expect(await rowsOf(db, [phone])).toEqual([{ id: accepted[0]!.id!, phone, duplicate_of: null }])
})

test('a lead can be followed from its answer until it is stored, without a gap', async () => {
  const { id } = await submit(newPhone())
  const seen = new Set<string>()
  await until('the lead is stored', async () => {
    const status = await statusOf(id!)
    seen.add(status)
    return status === 'stored'
  })
  seen.delete('queued')
  expect([...seen]).toEqual(['stored'])
})

test('leads and duplicate answers outlive a restart of everything', async () => {
  const phone = newPhone()
  const { id } = await submit(phone)
  await until('the lead is stored', async () => (await statusOf(id!)) === 'stored')
  await Promise.all([line.api.kill(), line.worker.kill(), services.redis.kill(), services.postgres.kill()])
  await Promise.all([services.redis.restart(), services.postgres.restart()])
  await Promise.all([line.api.start(), line.worker.start()])
  expect(await statusOf(id!)).toBe('stored')
  expect(await submit(phone)).toMatchObject({ status: 200, duplicate: true })
})

test('SIGTERM under load answers everyone who was let in, and stores them', async () => {
  const phones = Array.from({ length: 300 }, newPhone)
  const answering = phones.map((phone) => submit(phone).catch(() => undefined))
  await Bun.sleep(20)
  await line.api.kill('SIGTERM')
  const accepted = (await Promise.all(answering)).filter((answer) => answer?.status === 202)
  expect(line.api.output()).toContain('api.stopped')
  await line.api.start()
  for (const answer of accepted)
    await until('it is stored', async () => (await statusOf(answer!.id!)) === 'stored')
})

test('a body larger than the server takes at all is refused without a 5xx', async () => {
  const response = await fetch(`${line.origin}/api/leads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ phone: newPhone(), pad: 'x'.repeat(200_000) }),
  })
  expect(response.status).toBe(413)
})

test('neither process wrote a phone into its log', () => {
  for (const output of [line.api.output(), line.worker.output()]) expect(output).not.toMatch(/\+98\d{10}/)
})

test('without any Redis leads are taken and kept through Postgres', async () => {
  const { REDIS_URL: _, ...others } = services.env
  const alone = await startLine({
    env: { ...others, ACK_MODE: 'pg' },
  })
  try {
    const phone = newPhone()
    const first = await submit(phone, alone)
    expect(first.status).toBe(202)
    expect(await submit(phone, alone)).toMatchObject({ status: 200, duplicate: true })
    expect(await rowsOf(db, [phone])).toEqual([{ id: first.id!, phone, duplicate_of: null }])
    const mongo = new MongoClient(others.MONGO_URL!)
    const logs = mongo.db().collection<{ _id: string }>('request_logs')
    await until('the lead is logged', async () => (await logs.countDocuments({ _id: first.id! })) === 1)
    await mongo.close()
    const health = await fetch(`${alone.origin}/api/health`)
    expect(health.status).toBe(200)
    expect(await health.json()).toMatchObject({ status: 'ok', dependencies: { redis: { status: 'off' } } })
  } finally {
    await alone.stop()
  }
})
