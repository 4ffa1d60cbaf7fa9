import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { MongoClient } from 'mongodb'
import type { Installation } from '../../leads/installation.ts'
import type { Log } from '../../log.ts'
import { entriesIn, readRequestLog, writeRequestLog } from '../../mongo/copy.ts'
import { adoptRequestLog, createMongoRequestLog, requestLogs } from '../../mongo/request-log.ts'
import { requestLogContract } from '../contracts/request-log.ts'
import { anEntry } from '../stage/request-entry.ts'
import { openTcpGate } from '../stage/tcp-gate.ts'

const server = process.env.MONGO_URL
if (!server)
  throw new Error('MONGO_URL is not set: this suite needs a real MongoDB wire; `bun run test` starts one')

const [, head, host, port, query] =
  /^(mongodb:\/\/(?:[^@/]*@)?)([^:/,]+)(?::(\d+))?(?:\/[^?]*)?(\?.*)?$/.exec(server) ?? [undefined]
if (!head || !host) throw new Error('MONGO_URL must name one server, such as mongodb://localhost:27017')

// Joining again takes the driver seconds where the machine is busy.
setDefaultTimeout(60_000)

const direct = new MongoClient(server, { serverSelectionTimeoutMS: 5_000 })
afterAll(() => direct.close())

type StageOptions = {
  installation?: Installation
  maxWaiting?: number
  ttlDays?: number
  answerMs?: number
  nowMs?: () => number
}

/** A request log in a database of its own, through a gate that can take MongoDB away from it. */
async function stageOf(options: StageOptions = {}) {
  const database = `test_${crypto.randomUUID().replaceAll('-', '').slice(0, 16)}`
  const gate = await openTcpGate({ host: host!, port: Number(port ?? 27_017) })
  const url = `${head}127.0.0.1:${gate.port}/${database}${query ?? '?directConnection=true'}`
  const counts = { written: 0, dropped: 0 }
  const events: string[] = []
  const say = (event: string) => void events.push(event)
  const openLog = (ttlDays: number, installation = options.installation) =>
    createMongoRequestLog({
      url,
      ttlDays,
      isPhone: () => false,
      installation: async () => installation,
      log: { debug: say, info: say, warn: say, error: say } satisfies Log,
      onWritten(count) {
        counts.written += count
      },
      onDropped(count) {
        counts.dropped += count
      },
      maxWaiting: options.maxWaiting,
      answerMs: options.answerMs,
      nowMs: options.nowMs,
      retryMs: { least: 10, most: 100 },
    })
  const log = openLog(options.ttlDays ?? 90)
  const documents = requestLogs(direct, url)
  return {
    url,
    log,
    openLog,
    gate,
    events,
    counts,
    documents,
    keptIds: () => documents.distinct('_id'),
    goAway: async () => gate.set('shut'),
    comeBack: async () => gate.set('open'),
    async end() {
      await log.close()
      gate.close()
      await direct.db(database).dropDatabase()
    },
  }
}

requestLogContract('MongoDB', stageOf)

describe('a request log in MongoDB', () => {
  test('writes everything when MongoDB only joins after it was asked for in vain', async () => {
    const stage = await stageOf()
    await stage.goAway()
    await expect(stage.log.ping(4_000)).rejects.toThrow()
    stage.log.write(anEntry({}))
    while (!stage.events.includes('request_log.waits')) await Bun.sleep(5)
    await expect(stage.log.ping(4_000)).rejects.toThrow()
    await stage.comeBack()
    await stage.log.flush(20_000)
    expect(stage.counts).toEqual({ written: 1, dropped: 0 })
    await stage.log.ping(4_000)
    await stage.end()
  })

  test('loses and doubles nothing when answers are lost on the way', async () => {
    const stage = await stageOf({ answerMs: 300 })
    stage.log.write(anEntry({}))
    await stage.log.flush(20_000)
    stage.gate.set('mute')
    for (let n = 0; n < 50; n += 1) stage.log.write(anEntry({}))
    void stage.log.flush(20_000)
    while ((await stage.documents.countDocuments()) < 51) await Bun.sleep(5)
    expect(stage.counts.written).toBe(1)
    while (!stage.events.includes('request_log.waits')) await Bun.sleep(5)
    stage.gate.set('open')
    await stage.log.flush(20_000)
    expect(await stage.documents.countDocuments()).toBe(51)
    expect(stage.counts).toEqual({ written: 51, dropped: 0 })
    expect(stage.events.at(-1)).toBe('request_log.writes_again')
    await stage.end()
  })

  test('of another installation is left alone, with a sentence, until it is made ours', async () => {
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()].map((id) => ({ id, highWaterMs: 0 }))
    const stage = await stageOf({ installation: first })
    stage.log.write(anEntry({}))
    await stage.log.flush(20_000)
    const other = stage.openLog(7, second)
    other.write(anEntry({}))
    while (!other.foreignBecause()) await Bun.sleep(5)
    const because = other.foreignBecause()!
    expect(because).toContain(`its mark is ${first!.id}, and the database at DATABASE_URL is ${second!.id}`)
    expect(await stage.documents.countDocuments()).toBe(1)
    expect(stage.log.foreignBecause()).toBeUndefined()
    const told: string[] = []
    for (let times = 0; times < 2; times++)
      await adoptRequestLog(stage.url, second!, (foreign) => void told.push(foreign))
    expect(told).toEqual([because])
    await other.flush(20_000)
    expect(await stage.documents.countDocuments()).toBe(2)
    expect(other.foreignBecause()).toBeUndefined()
    await other.close()
    await stage.end()
  })

  test('keeps what an entry tells, and nothing that calls a visitor', async () => {
    const stage = await stageOf()
    const entry = anEntry({ campaign: 'summer2025', outcome: 'duplicate' })
    stage.log.write(entry)
    await stage.log.flush(20_000)
    expect(await stage.documents.findOne({ _id: entry.id })).toEqual({
      _id: entry.id,
      ts: entry.time,
      method: 'POST',
      path: '/api/leads',
      outcome: 'duplicate',
      duplicate: true,
      task_state: 'none',
      phone_hash: entry.phoneHash!,
      phone_mask: '***567',
      ip_hash: entry.request.ipHash,
      ip_mask: '203.0.113.*',
      ua: entry.request.userAgent,
      meta: { referrer: 'https://example.com/offer', campaign_id: 'summer2025', device: 'desktop' },
    })
    await stage.end()
  })

  test('has its indexes, and expires entries or says that this server cannot', async () => {
    const stage = await stageOf({ ttlDays: 90 })
    stage.log.write(anEntry({}))
    await stage.log.flush(20_000)
    const second = stage.openLog(30)
    second.write(anEntry({}))
    await second.flush(20_000)
    await second.close()
    const indexes = await stage.documents.indexes()
    expect(indexes.map(({ key }) => key)).toContainEqual({ ts: -1 })
    expect(indexes.map(({ key }) => key)).toContainEqual({ phone_hash: 1, ts: -1 })
    expect(indexes.map(({ key }) => key)).toContainEqual({ ip_hash: 1, ts: -1 })
    const afterS = indexes.find(
      ({ key }) => key.ts === -1 && Object.keys(key).length === 1,
    )?.expireAfterSeconds
    if (stage.events.includes('request_log.never_expires')) expect(afterS).toBeUndefined()
    else expect(afterS).toBe(30 * 86_400)
    expect(stage.counts).toEqual({ written: 2, dropped: 0 })
    await stage.end()
  })

  test('answers a ping, rejects it in time while MongoDB is away, and answers again afterwards', async () => {
    const stage = await stageOf({ answerMs: 300 })
    await stage.log.ping(5_000)
    stage.gate.set('mute')
    await expect(stage.log.ping(100)).rejects.toThrow()
    stage.gate.set('shut')
    await expect(stage.log.ping(100)).rejects.toThrow()
    stage.gate.set('open')
    while (
      await stage.log.ping(1_000).then(
        () => false,
        () => true,
      )
    )
      await Bun.sleep(5)
    await stage.end()
  })

  test('while MongoDB never answers, whoever asks for it is told so at once, and no connections gather', async () => {
    const clock = { nowMs: 0 }
    const stage = await stageOf({ answerMs: 300, nowMs: () => clock.nowMs })
    await stage.log.ping(5_000)
    stage.gate.set('held')
    for (let time = 0; time < 3; time++) await expect(stage.log.ping(50)).rejects.toThrow('longer than 50 ms')
    expect(stage.log.isLeftAlone()).toBe(true)
    for (let time = 0; time < 100; time++) await expect(stage.log.ping(50)).rejects.toThrow('left alone')
    stage.gate.set('open')
    clock.nowMs = 1_000
    await stage.log.ping(5_000)
    expect(stage.log.isLeftAlone()).toBe(false)
    await stage.end()
  })

  test('closes while MongoDB is away, and counts what is lost by it', async () => {
    const stage = await stageOf()
    stage.gate.set('shut')
    for (let n = 0; n < 10; n += 1) stage.log.write(anEntry({}))
    await stage.log.flush(50)
    await stage.log.close()
    expect(stage.counts).toEqual({ written: 0, dropped: 10 })
    stage.log.write(anEntry({}))
    expect(stage.counts.dropped).toBe(11)
    await stage.end()
  })

  test('with an address that makes no sense, waits and says so, and throws at nobody', async () => {
    const events: string[] = []
    const say = (event: string) => void events.push(event)
    const log = createMongoRequestLog({
      url: 'mongodb://',
      ttlDays: 1,
      isPhone: () => false,
      installation: async () => undefined,
      log: { debug: say, info: say, warn: say, error: say },
      onWritten: () => {},
      onDropped: () => {},
    })
    log.write(anEntry({}))
    await log.flush(10)
    expect(events).toEqual(['request_log.waits'])
    await expect(log.ping(100)).rejects.toThrow()
    await log.close()
  })
})

test('a copy of the request log puts back what is missing, and a stream that was cut off is told', async () => {
  const stage = await stageOf()
  for (let each = 0; each < 30; each++) stage.log.write(anEntry({}))
  await stage.log.flush(20_000)
  const before = await stage.documents.find().sort({ _id: 1 }).toArray()
  expect(before).toHaveLength(30)
  const chunks: Buffer[] = []
  for await (const chunk of readRequestLog(stage.url)) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  // As a file is read: in pieces that end anywhere.
  const pieces = async function* (all: Buffer) {
    for (let at = 0; at < all.length; at += 333) yield all.subarray(at, at + 333)
  }
  await stage.documents.deleteMany({ _id: { $in: before.slice(0, 12).map(({ _id }) => _id) } })
  expect(await writeRequestLog(stage.url, entriesIn(pieces(bytes)))).toBe(12)
  expect(await stage.documents.find().sort({ _id: 1 }).toArray()).toEqual(before)
  expect(await writeRequestLog(stage.url, entriesIn(pieces(bytes)))).toBe(0)
  const cut = async () => {
    for await (const _ of entriesIn(pieces(bytes.subarray(0, -7))));
  }
  await expect(cut()).rejects.toThrow('cut off')
  await stage.end()
})
