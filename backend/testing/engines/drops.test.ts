import { afterAll, expect, test } from 'bun:test'
import { sql } from 'kysely'
import { Client } from 'minio'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { recover } from '../../postgres/delivery-again.ts'
import { endpointsOf, setEndpointState } from '../../postgres/delivery-endpoints.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { addEndpointFor, startDelivering } from '../stage/deliveries.ts'
import { addressOf, freshDatabase } from '../stage/engines.ts'
import { until } from '../stage/faults.ts'
import { makeLeads } from '../stage/leads.ts'
import { operatorCommand } from '../stage/operator-command.ts'

const { url: databaseUrl, db } = await freshDatabase()
const secretKey = 'k'.repeat(40)
const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
const endpoint = addressOf('S3_ENDPOINT')
const [accessKey, keysecret] = [process.env.S3_ACCESS_KEY ?? '', process.env.S3_SECRET_KEY ?? '']
const { hostname, port, protocol } = new URL(endpoint)
const storage = new Client({
  ...{
    endPoint: hostname,
    port: Number(port),
    useSSL: protocol === 'https:',
    accessKey,
    secretKey: keysecret,
  },
})
const bucket = `drops-${crypto.randomUUID()}`
await storage.makeBucket(bucket)

const given = { keyid: accessKey, keysecret, every: '86400' }
const csv = await addEndpointFor(db, secretKey, {
  ...given,
  target: 'csv-drop',
  url: `${endpoint}/${bucket}/csv`,
  bom: 'yes',
})
await addEndpointFor(db, secretKey, { ...given, target: 'ndjson-drop', url: `${endpoint}/${bucket}/lines` })
const running = [1, 2].map(() => startDelivering(db, secretKey, { allow: [hostname] }))
afterAll(() => Promise.all(running.map((each) => each.stop())))

async function filesIn(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for await (const { name } of storage.listObjectsV2(bucket, folder, true))
    found.set(name, Buffer.concat(await (await storage.getObject(bucket, name)).toArray()).toString('utf8'))
  return found
}
const settled = (count: number) =>
  until(`${count} are delivered`, async () => {
    const { rows } = await sql`select from deliveries where state = 'delivered'`.execute(db)
    return rows.length === count
  })
const nextTurn = async () => {
  await sql`update delivery_endpoints set turn_at = now()`.execute(db)
  await sql`update deliveries set next_attempt_at = now() where state = 'waiting' and because is not null`.execute(
    db,
  )
}

const details = { attribution: { utm_campaign: '=تابستان ☀️' } }

test('each lead is in one file of each kind, whole, by the id that it has, and late ones are in the next', async () => {
  const leads = makeLeads(120, { details })
  for (let from = 0; from < 120; from += 40) {
    await table.store(leads.slice(from, from + 40))
    await until('they are distributed', async () => {
      const { rows } = await sql`select from deliveries`.execute(db)
      return rows.length === (from + 40) * 2
    })
    await nextTurn()
    await settled((from + 40) * 2)
  }
  const ids = leads.map(({ id }) => `lead_stored_${id}`).toSorted()
  const files = await filesIn('csv/')
  expect(files.size).toBeGreaterThanOrEqual(3)
  const rows = [...files.values()].flatMap((text) => text.split('\r\n').slice(1, -1))
  expect(rows.map((row) => row.split(',')[0]!).toSorted()).toEqual(ids)
  for (const [name, text] of files) {
    expect(text.charCodeAt(0)).toBe(0xfeff)
    expect(Number(/-(\d+)-[0-9a-f]{16}\.csv$/.exec(name)![1])).toBe(text.split('\r\n').length - 2)
  }
  expect(rows.every((row) => row.includes(",'=تابستان ☀️,"))).toBe(true)
  expect(rows.filter((row) => leads.some(({ phone }) => row.includes(`,${phone},${phone},`)))).toHaveLength(
    120,
  )
  const lines = [...(await filesIn('lines/')).values()].flatMap((text) => text.trimEnd().split('\n'))
  const read = lines.map((line) => JSON.parse(line) as { id: string; data: { last_touch: unknown } })
  expect(read.map(({ id }) => id).toSorted()).toEqual(ids)
  expect(read.every(({ data }) => Bun.deepEquals(data.last_touch, details.attribution))).toBe(true)
})

test('a bucket that is gone parks the endpoint, and what waited is in a file once it is there again', async () => {
  const before = (await filesIn('csv/')).size
  await sql`delete from delivery_endpoints where id <> ${csv.id}`.execute(db)
  for (const folder of ['csv/', 'lines/'])
    await storage.removeObjects(bucket, [...(await filesIn(folder)).keys()])
  await storage.removeBucket(bucket)
  await table.store(makeLeads(5, { details }))
  await nextTurn()
  await until('it is parked', async () => {
    await nextTurn()
    return (await endpointsOf(db))[0]!.state === 'parked'
  })
  expect((await endpointsOf(db))[0]!.because).toBe('the storage answered 404: NoSuchBucket')
  expect(before).toBeGreaterThan(0)
  await storage.makeBucket(bucket)
  await recover(db, csv.id, undefined)
  await setEndpointState(db, csv.id, 'on')
  await until('all five are there', async () => {
    await nextTurn()
    const rows = [...(await filesIn('csv/')).values()].flatMap((text) => text.split('\r\n').slice(1, -1))
    return rows.length === 5
  })
})

test('the bucket of the page’s pictures, which everybody may read, is refused', async () => {
  const settings = {
    ...{ DATABASE_URL: databaseUrl, ACK_MODE: 'pg', SECRET_KEY: secretKey, DELIVERY_ALLOW: hostname },
    ...{ S3_ENDPOINT: endpoint, S3_BUCKET: 'pictures', S3_ACCESS_KEY: accessKey, S3_SECRET_KEY: keysecret },
  }
  const add = (name: string, address: string) =>
    operatorCommand(
      [
        'deliveries.ts',
        'add',
        name,
        address,
        '--target',
        'csv-drop',
        '--keyid',
        accessKey,
        '--keysecret',
        keysecret,
      ],
      settings,
    )
  expect(await add('open', `${endpoint}/pictures/leads`)).toMatchObject({
    code: 1,
    err: expect.stringContaining('give leads a bucket of their own'),
  })
  expect((await add('own', `${endpoint}/${bucket}/more`)).code).toBe(0)
  const tried = await operatorCommand(['deliveries.ts', 'test', 'own'], settings)
  expect([tried.code, tried.out]).toEqual([0, expect.stringContaining('Delivered.')])
  expect(tried.out).not.toContain('Credential=')
  expect([...(await filesIn('more/')).keys()]).toEqual(['more/landfast-test.txt'])
})
