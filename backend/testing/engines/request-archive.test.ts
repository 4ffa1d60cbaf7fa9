import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { MongoClient } from 'mongodb'
import { createKeyedHash } from '../../keyed-hash.ts'
import { phoneKeyOf } from '../../leads/phone.ts'
import { createFileBucket } from '../../minio/files.ts'
import { createMedia } from '../../minio/media.ts'
import { createMongoRequestLog, requestLogs } from '../../mongo/request-log.ts'
import { connectPostgres } from '../../postgres/connection.ts'
import { holdRequestArchive } from '../../postgres/request-archive.ts'
import { addressOf, freshDatabase, quietLog } from '../stage/engines.ts'
import { until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { lineSecret, startLine } from '../stage/line.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { anEntry } from '../stage/request-entry.ts'

setDefaultTimeout(60_000)

const { url } = await freshDatabase()
const mongo = new URL(addressOf('MONGO_URL'))
mongo.pathname = `/archive_${crypto.randomUUID().slice(0, 8)}`
const store = {
  ...{ endpoint: addressOf('S3_ENDPOINT'), region: process.env.S3_REGION || 'us-east-1' },
  ...{ bucket: `requests-${crypto.randomUUID()}`, publicUrl: undefined },
  ...{ accessKey: process.env.S3_ACCESS_KEY ?? '', secretKey: process.env.S3_SECRET_KEY ?? '' },
}
await createMedia(store, quietLog).setup()
const bucket = createFileBucket(store)
const settings = {
  ...{ DATABASE_URL: url, REDIS_URL: '', ACK_MODE: 'pg', MONGO_URL: mongo.href, REQUEST_LOG_TTL_DAYS: '20' },
  ...{ REQUEST_LOG_ARCHIVE_DAYS: '400', S3_ENDPOINT: store.endpoint, EXPORT_BUCKET: store.bucket },
  ...{ EXPORT_ACCESS_KEY: store.accessKey, EXPORT_SECRET_KEY: store.secretKey },
}
const command = (...words: [string, ...string[]]) =>
  operatorCommand(words, { ...settings, SECRET_KEY: lineSecret })
const direct = new MongoClient(mongo.href)
afterAll(async () => {
  await direct.db().dropDatabase()
  await direct.close()
})

const dayMs = 86_400_000
const keyOf = (phone: string) => phoneKeyOf(createKeyedHash(lineSecret), phone)
const [person, neighbour] = [newPhone(), newPhone()]
const then = new Date(Date.now() - 12 * dayMs)
const day = then.toISOString().slice(0, 10)
const entries = [
  anEntry({ time: then, phoneHash: keyOf(person) }),
  anEntry({ time: then, phoneHash: keyOf(neighbour) }),
  // Its day is not due yet.
  anEntry({ phoneHash: keyOf(person) }),
]

test('the worker archives a day before it is gone from MongoDB, and an erasure takes a person out of it there too', async () => {
  const log = createMongoRequestLog({
    ...{ url: mongo.href, ttlDays: 20, isPhone: () => false, installation: async () => undefined },
    ...{ log: quietLog, onWritten() {}, onDropped() {} },
  })
  for (const entry of entries) log.write(entry)
  await log.flush(20_000)
  await log.close()
  const line = await startLine({ env: settings })
  try {
    const archived = () => command('requests.ts')
    await until('it is archived', async () => (await archived()).out.includes(day))
    expect((await archived()).out).toBe(`${day}  2\n`)
    const figures = await (await fetch(`${line.workerOrigin}/metrics`)).text()
    const at = /^request_log_archived_timestamp_seconds\S* (\S+)$/m.exec(figures)?.[1]
    expect(Math.abs(Date.now() / 1000 - Number(at))).toBeLessThan(600)

    // As MongoDB does once their time is over.
    await requestLogs(direct, mongo.href).deleteMany({ ts: { $lt: new Date(Date.now() - 5 * dayMs) } })
    const { out } = await command('requests.ts', day)
    const lines = out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text))
    expect(lines.map(({ _id }) => _id).toSorted()).toEqual(
      entries
        .slice(0, 2)
        .map(({ id }) => id)
        .toSorted(),
    )
    expect(lines[0]).toMatchObject({ ts: then.toISOString(), outcome: 'accepted', ip_mask: '203.0.113.*' })
    expect(await command('requests.ts', '2020-01-01')).toMatchObject({ code: 1, out: '' })

    const found = await command('erase.ts', person, '--dry-run')
    expect(found.out).toContain('1 entries of the request log in MongoDB')
    expect(found.out).toContain('1 entries of the request log in its archive')
    const erased = await command('erase.ts', person)
    expect(erased).toMatchObject({ code: 0, err: '' })
    expect(erased.out).toContain('1 entries of the request log in its archive')
    const left = (await command('requests.ts', day)).out
    expect(left).toContain(keyOf(neighbour))
    expect(left).not.toContain(keyOf(person))
    expect((await archived()).out).toBe(`${day}  1\n`)
    expect((await command('erase.ts', person, '--dry-run')).out).toContain('Nothing of this phone is here.')
  } finally {
    await line.stop()
  }
  for (const key of await bucket.list()) {
    const sealed = Buffer.from(await bucket.get(key))
    expect([key, sealed.includes('203.0.113') || sealed.includes(keyOf(neighbour))]).toEqual([key, false])
  }
})

test('of two who would write in the archive one waits for the other, however long that takes', async () => {
  const impatient = connectPostgres({
    ...{ url, poolMax: 2, applicationName: 'archive', statementTimeoutMs: 100, log: quietLog },
  })
  try {
    const order: string[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const first = holdRequestArchive(impatient, async () => {
      begun.resolve()
      await promise
      order.push('first')
    })
    await begun.promise
    const second = holdRequestArchive(impatient, async () => void order.push('second'))
    // Longer than any statement of theirs may take.
    await Bun.sleep(1_500)
    resolve()
    await Promise.all([first, second])
    expect(order).toEqual(['first', 'second'])
  } finally {
    await impatient.destroy()
  }
})
