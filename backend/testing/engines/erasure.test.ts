import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { sql } from 'kysely'
import { MongoClient } from 'mongodb'
import { type Manifest, manifestFile, nameAt, secretKeyMark, written } from '../../commands/backup/folder.ts'
import { seal } from '../../commands/backup/sealed.ts'
import { readConfig } from '../../config.ts'
import { createKeyedHash } from '../../keyed-hash.ts'
import { phoneKeyOf } from '../../leads/phone.ts'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { readRequestLog } from '../../mongo/copy.ts'
import { createLeadRequests } from '../../mongo/lead-requests.ts'
import { requestLogs } from '../../mongo/request-log.ts'
import { theCommand } from '../../operators/audit.ts'
import type { DbOrTransaction } from '../../postgres/connection.ts'
import { createErasureTable, fenceIn } from '../../postgres/erasures.ts'
import { readInstallation } from '../../postgres/installation.ts'
import { createLeadDesk } from '../../postgres/lead-desk.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { storeLeads } from '../../postgres/store-leads.ts'
import { createRedisErasure } from '../../redis/erase.ts'
import { plainKeys } from '../../redis/keys.ts'
import { wireErasure } from '../../wiring/erasure.ts'
import { root } from '../house/sources.ts'
import { addReceiver } from '../stage/deliveries.ts'
import { addressOf, freshDatabase, freshRedis, quietLog } from '../stage/engines.ts'
import { rowsOf, submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { makeLeads, newPhone } from '../stage/leads.ts'
import { lineSecret, startLine } from '../stage/line.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { startReceiver } from '../stage/receiver.ts'
import { redisAdmin } from '../stage/redis-admin.ts'

setDefaultTimeout(60_000)

const { url: databaseUrl, db } = await freshDatabase()
const redisUrl = await freshRedis(14)
const mongo = new URL(addressOf('MONGO_URL'))
mongo.pathname = `/erasure_${crypto.randomUUID().slice(0, 8)}`
const settings = {
  ...{ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, MONGO_URL: mongo.href, ACK_MODE: 'redis' },
  ...{ DEFAULT_REGION: 'IR', DELIVERY_ALLOW: '127.0.0.1' },
}
const line = await startLine({ env: settings })
const redis = redisAdmin(redisUrl)
const direct = new MongoClient(mongo.href)
const receiver = await startReceiver()
await addReceiver(db, lineSecret, receiver)
afterAll(async () => {
  await line.stop()
  await receiver.stop()
  redis.disconnect()
  await direct.db().dropDatabase()
  await direct.close()
})
await untilRedisPath(line.origin, 'open')

const keyOf = (phone: string) => phoneKeyOf(createKeyedHash(lineSecret), phone)
// Of a network that is there: a region is set.
const national = () => `912${newPhone().slice(-7)}`
const erase = (...words: string[]) =>
  operatorCommand(['erase.ts', ...words], { ...settings, SECRET_KEY: lineSecret })
const stored = (phones: readonly string[]) =>
  until('they are stored', async () => (await rowsOf(db, phones)).length === phones.length)

/** Where a text stands: in every column of every table, in every key of Redis and every document of MongoDB. */
async function placesOf(text: string): Promise<string[]> {
  const places: string[] = []
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class
    where relkind = 'r' and relnamespace = current_schema()::regnamespace`.execute(db)
  for (const { name } of rows) {
    const hex = Buffer.from(text).toString('hex')
    const { rows: found } = await sql<{ n: number }>`
      select count(*)::int as n from ${sql.table(name)} as t
      where to_jsonb(t)::text like ${`%${text}%`} or to_jsonb(t)::text like ${`%${hex}%`}`.execute(db)
    if (found[0]!.n > 0) places.push(name)
  }
  for await (const page of redis.scanStream({ count: 1_000 }))
    for (const key of page as string[]) {
      const kind = await redis.type(key)
      const value =
        kind === 'hash'
          ? await redis.hgetall(key)
          : kind === 'list'
            ? await redis.lrange(key, 0, -1)
            : kind === 'string'
              ? await redis.get(key)
              : ''
      if (key.includes(text) || JSON.stringify(value).includes(text)) places.push(key)
    }
  const documents = await direct.db().collection('request_logs').find().toArray()
  if (JSON.stringify(documents).includes(text)) places.push('request_logs')
  return places
}

/** Where the hash may stand: who is gone, that it was done, and who is to be told. */
const receipts = ['audit_log', 'erasures', 'delivery_events', 'deliveries']

test('a person is gone from every store, their neighbours in the same batch are not, and they may submit again', async () => {
  const [person, waiting] = [national(), national()]
  const neighbours = Array.from({ length: 12 }, () => `+98${national()}`)
  const { id } = await submitTo(line.origin, `0${person}`, { fields: { utm_content: `sms to 0${person}` } })
  await stored([`+98${person}`])
  const desk = createLeadDesk(db)
  await desk.addNote(id!, `rang ${person}, no answer`, theCommand)
  await desk.setState(id!, { was: 'new', state: 'called' }, theCommand)
  await until('it is delivered and logged', async () => {
    const logged = await requestLogs(direct, mongo.href).countDocuments({ phone_hash: keyOf(`+98${person}`) })
    return logged > 0 && receiver.ledger.size > 0
  })
  const log = createLeadRequests(mongo.href, () => readInstallation(db))
  const requests = await log.of(keyOf(`+98${person}`), 9)
  await log.stop()
  expect(requests).toMatchObject([{ outcome: 'accepted', address: expect.stringContaining('*') }])
  expect(JSON.stringify(requests)).not.toContain(person)
  await line.worker.kill()
  // The first goes alone, and all that come meanwhile go together.
  const [, ...said] = await Promise.all(
    [`0${national()}`, ...neighbours.slice(0, 6), `0${waiting}`, `0${person}`, ...neighbours.slice(6)].map(
      (phone) => submitTo(line.origin, phone),
    ),
  )
  expect(said.filter(({ status }) => status === 202)).toHaveLength(13)
  expect(await placesOf(waiting)).not.toEqual([])

  const inPerson = { phone: `+98${person}`, phoneKey: keyOf(`+98${person}`) }
  const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
  await table.quarantine(makeLeads(1, inPerson)[0]!, 'the disk was full')

  const url = { ...settings, SECRET_KEY: lineSecret }
  const erasing = wireErasure(readConfig(url), databaseUrl, quietLog)
  const copied = await erasing.copy(keyOf(`+98${person}`))
  const onItsWay = await erasing.copy(keyOf(`+98${waiting}`))
  await erasing.stop()
  expect(onItsWay).toMatchObject({ leads: [], queued: [{ phone: `+98${waiting}`, came_from: null }] })
  expect(JSON.stringify(onItsWay)).not.toMatch(
    new RegExp([person, ...neighbours.map((each) => each.slice(3))].join('|')),
  )
  expect(copied).toMatchObject({
    leads: [{ id, phone: `+98${person}`, state: 'called' }],
    notes: [{ lead: id, text: `rang ${person}, no answer` }],
    told: [{ lead: id, event: 'lead.stored' }],
    queued: [{ phone: `+98${person}` }],
    quarantined: [{ phone: `+98${person}`, not_stored_because: 'the disk was full' }],
  })
  expect(copied.requests!.length).toBeGreaterThan(0)

  const dry = await erase(`+98 ${person.slice(0, 3)} ${person.slice(3)}`, '--dry-run')
  expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('1 notes of operators') })
  expect(await rowsOf(db, [`+98${person}`])).toHaveLength(1)
  for (const typed of [`0098${person}`, `۰${waiting}`]) {
    const { code, out, err } = await erase(typed)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).not.toContain(typed.slice(-9))
    expect(out).toContain('Receipt ')
  }
  for (const gone of [person, waiting]) {
    expect(await placesOf(gone)).toEqual([])
    expect((await placesOf(keyOf(`+98${gone}`))).filter((place) => !receipts.includes(place))).toEqual([])
  }

  await line.worker.start()
  await stored(neighbours)
  await until('the queue is empty', async () => (await redis.llen('bull:leads:wait')) === 0)
  expect(await rowsOf(db, [`+98${person}`, `+98${waiting}`])).toEqual([])
  await until('the receiver is told', () =>
    receiver.attempts.some(({ type, data }) => type === 'lead.erased' && data.id === id),
  )
  for (const again of [person, waiting])
    expect(await submitTo(line.origin, `0${again}`)).toMatchObject({ status: 202, replayed: false })
  await stored([`+98${person}`, `+98${waiting}`])
})

test('the request log of a backup comes back without who was erased since', async () => {
  const [person, neighbour] = [national(), national()]
  for (const phone of [person, neighbour]) await submitTo(line.origin, `0${phone}`)
  const log = requestLogs(direct, mongo.href)
  const logged = (phone: string) => log.countDocuments({ phone_hash: keyOf(`+98${phone}`) })
  await until('both are logged', async () => (await logged(person)) > 0 && (await logged(neighbour)) > 0)

  const backups = mkdtempSync(join(tmpdir(), 'landfast-erased-'))
  const backupKey = new Bun.CryptoHasher('sha256').update('the backups of this test').digest('hex')
  const name = nameAt(Date.now())
  mkdirSync(join(backups, name))
  const file = 'mongo.bson.enc'
  const sealed = await seal(
    () => Readable.from(readRequestLog(mongo.href)),
    backupKey,
    join(backups, name, file),
  )
  const part = { name: 'mongo', file, ...sealed, holds: { entries: 2 } } as const
  const manifest: Manifest = {
    format: 1,
    ...{ madeAt: new Date().toISOString(), tookS: 1, installation: '' },
    ...{ secretKeyMark: secretKeyMark(lineSecret), parts: [part] },
  }
  writeFileSync(join(backups, name, manifestFile), written(manifest, backupKey))
  expect((await erase(`0${person}`)).code).toBe(0)
  await log.deleteMany({})

  const keys = { SECRET_KEY: lineSecret, BACKUP_KEY: backupKey, BACKUP_DIR: backups }
  const restore = (given: Readonly<Record<string, string>> = {}) =>
    operatorCommand(['restore.ts', name, '--only', 'mongo'], { ...settings, ...keys, ...given })
  const away = await restore({ DATABASE_URL: 'postgres://landfast@127.0.0.1:9/landfast' })
  expect([away.code, away.err]).toEqual([1, expect.stringContaining('does not tell who was erased')])
  expect(await log.countDocuments({})).toBe(0)
  expect(await restore()).toMatchObject({ code: 0, err: '' })
  expect(await logged(neighbour)).toBeGreaterThan(0)
  expect(await logged(person)).toBe(0)
  rmSync(backups, { recursive: true })
})

test('what is killed in the middle is finished by the next, or by the worker, with one receipt', async () => {
  const person = national()
  const { id } = await submitTo(line.origin, `0${person}`)
  await stored([`+98${person}`])
  // Somebody works on the lead, and whoever erases waits for them.
  const worked = Promise.withResolvers<void>()
  const working = db.transaction().execute(async (tx) => {
    await sql`select from leads where id = ${id!} for update`.execute(tx)
    await worked.promise
  })
  const killed = Bun.spawn([process.execPath, '--no-env-file', 'backend/commands/erase.ts', `0${person}`], {
    ...{ cwd: root, stdout: 'ignore', stderr: 'ignore' },
    env: { PATH: process.env.PATH, ...settings, SECRET_KEY: lineSecret },
  })
  const table = createErasureTable(db)
  const ofTheirs = async () =>
    (await table.list(100)).filter(({ phoneKey }) => phoneKey === keyOf(`+98${person}`))
  await until('it has passed its fence', async () => (await ofTheirs())[0]?.cutoff)
  killed.kill('SIGKILL')
  await killed.exited
  expect((await ofTheirs())[0]!.finishedAt).toBeUndefined()
  worked.resolve()
  await working
  await erase(`0${person}`)
  await until('it is finished', async () => (await ofTheirs())[0]!.finishedAt)
  expect(await ofTheirs()).toMatchObject([{ found: { leads: 1, claims: 1 }, leadIds: [id] }])
  const { rows } = await sql<{ action: string }>`
    select action from audit_log where subject = ${(await ofTheirs())[0]!.id} order by id`.execute(db)
  expect(rows.map(({ action }) => action)).toEqual(['erasure.asked', 'erasure.finished'])
  expect(await rowsOf(db, [`+98${person}`])).toEqual([])
})

test('a batch that a worker holds already is stored without who is erased meanwhile, also while it waits for the claim', async () => {
  const erased: string[] = []
  const table = createLeadTable(db, {
    ...{ dedupWindowMs: 60_000, news: createMemoryNews() },
    onErased: async (leads) => void erased.push(...leads.map(({ id }) => id)),
  })
  const leads = makeLeads(3)
  const [before, person, after] = leads.map(({ phone }) => phone)
  const erasures = createErasureTable(db)
  const { id } = await erasures.begin(leads[1]!.phoneKey, theCommand)
  const { promise: storedMeanwhile, resolve: maySettle } = Promise.withResolvers<void>()
  const fencing = db.transaction().execute(async (tx) => {
    await fenceIn(tx, id)
    const storing = table.store(leads)
    await until('the batch waits for the claim', async () => {
      const { rows } = await sql<{ n: number }>`
        select count(*)::int as n from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
      return rows[0]!.n > 0
    })
    storing.then(maySettle)
  })
  await fencing
  await storedMeanwhile
  expect((await rowsOf(db, [before!, person!, after!])).map(({ phone }) => phone)).toEqual([before!, after!])
  expect(erased).toEqual([leads[1]!.id])
  await table.quarantine(leads[1]!, 'of no kind')
  const { rows } = await sql`select from lead_quarantine where id = ${leads[1]!.id}`.execute(db)
  expect(rows).toEqual([])
})

test('a batch asks once who was erased since it came, however many were before, and not once a lead', async () => {
  await sql`
    insert into erasures (id, phone_key, asked_by, cutoff, finished_at)
    select gen_random_uuid(), sha256(n::text::bytea), '{}', now() - interval '1 day', now()
    from generate_series(1, 1000) as n`.execute(db)
  const looksBy = async (tx: DbOrTransaction) => {
    const { rows } = await sql<{ n: number }>`
      select idx_scan::int + seq_scan::int as n from pg_stat_xact_user_tables
      where relid = 'erasures'::regclass`.execute(tx)
    return rows[0]!.n
  }
  await db.transaction().execute(async (tx) => {
    const before = await looksBy(tx)
    await storeLeads(tx, makeLeads(200), { dedupWindowMs: 60_000, directly: false })
    expect((await looksBy(tx)) - before).toBe(1)
  })
  await sql`delete from erasures where asked_by = '{}'`.execute(db)
})

test('two who erase at once leave what was put aside once, without either of their people', async () => {
  const people = [newPhone(), newPhone()]
  const entries = makeLeads(20).map(({ id }, index) => {
    const data = `{"phone":"${people[0]}"},{"phone":"${people[1]}"} ${index} ${people.map(keyOf)} cut o`
    return JSON.stringify({ queue: 'leads', id, foundAt: '', job: { data } })
  })
  await redis.lpush(plainKeys.aside, ...entries)
  const cutoff = new Date(Date.now() + 60_000)
  const erasers = people.map((phone) => ({
    place: createRedisErasure(redis, keyOf),
    whom: { phoneKey: keyOf(phone), leadIds: [], cutoff },
  }))
  const both = createRedisErasure(redis, keyOf).erase(erasers.map(({ whom }) => whom))
  await Promise.all([both, ...[...erasers, ...erasers].map(({ place, whom }) => place.erase([whom]))])
  const left = await redis.lrange(plainKeys.aside, 0, -1)
  expect(left.map((entry) => JSON.parse(entry).id)).toEqual(
    entries.map((entry) => JSON.parse(entry).id).reverse(),
  )
  for (const phone of people) expect(left.filter((entry) => entry.includes(phone))).toEqual([])
  await redis.del(plainKeys.aside)
})
