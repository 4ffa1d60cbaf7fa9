import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { Client } from 'minio'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { indexLeads } from '../../postgres/lead-index.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { ensurePartitions } from '../../postgres/partitions.ts'
import { addressOf, freshDatabase } from '../stage/engines.ts'
import { until } from '../stage/faults.ts'
import { makeLeads } from '../stage/leads.ts'
import { operatorCommand } from '../stage/operator-command.ts'

const { url, db } = await freshDatabase()
const endpoint = addressOf('S3_ENDPOINT')
const [accessKey, secretKey] = [process.env.S3_ACCESS_KEY ?? '', process.env.S3_SECRET_KEY ?? '']
const { hostname, port, protocol } = new URL(endpoint)
const client = { endPoint: hostname, port: Number(port), useSSL: protocol === 'https:', accessKey, secretKey }
const bucket = `archives-${crypto.randomUUID()}`
await new Client(client).makeBucket(bucket)
const folder = mkdtempSync(join(tmpdir(), 'landfast-archive-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const secret = (of: string) => new Bun.CryptoHasher('sha256').update(of).digest('hex')
const settings = {
  ...{ DATABASE_URL: url, ACK_MODE: 'pg', SECRET_KEY: secret('leads'), BACKUP_KEY: secret('archives') },
  ...{ BACKUP_DIR: folder, BACKUP_COPY_ENDPOINT: endpoint, BACKUP_COPY_BUCKET: bucket },
  ...{ BACKUP_COPY_ACCESS_KEY: accessKey, BACKUP_COPY_SECRET_KEY: secretKey },
}
const archive = (...words: string[]) => operatorCommand(['archive.ts', ...words], settings)

const month = '2026-02'
const then = Date.UTC(2026, 1, 14)
await ensurePartitions(db, { now: new Date(then), monthsAhead: 0 })
const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
const old = makeLeads(1_000, {}, then)
await table.store(old)
await indexLeads(db, async () => {})
const noted = old[7]!
await sql`insert into lead_notes (id, lead_id, by_id, by_name, text)
  values (${crypto.randomUUID()}, ${noted.id}, 'ann', 'Ann', 'rang twice')`.execute(db)

async function all(of: string): Promise<string[]> {
  const { rows } = await sql<{ row: string }>`
    select to_jsonb(kept)::text as row from ${sql.table(of)} as kept order by 1`.execute(db)
  return rows.map(({ row }) => row)
}
const monthly = () => all('leads').then((rows) => rows.filter((row) => row.includes('"2026-02-14')))
const hasTable = async () =>
  (await sql<{ is: boolean }>`select to_regclass('leads_2026_02') is not null as is`.execute(db)).rows[0]!.is

/** Stores leads all the time; tells how many. */
function storing() {
  let stop = false
  const done = (async () => {
    for (let count = 0; ; count += 20) {
      if (stop) return count
      await table.store(makeLeads(20))
    }
  })()
  return () => {
    stop = true
    return done
  }
}

test('a month is archived, read back, dropped and put back as it was, while leads are stored', async () => {
  const [leads, notes] = [await monthly(), await all('lead_notes')]
  const finish = storing()
  const dropped = await archive(month, '--drop')
  expect(dropped).toMatchObject({ code: 0, err: '' })
  expect(dropped.out).toContain('1000 leads, read back')
  expect(await hasTable()).toBe(false)
  expect([await monthly(), await all('lead_notes')]).toEqual([[], []])
  const { rows: found } = await sql`select from lead_index where lead_id = ${noted.id}`.execute(db)
  expect(found).toHaveLength(0)
  const sealed = readFileSync(join(folder, 'archives', `leads-${month}.ndjson.enc`))
  expect(sealed.includes(noted.phone)).toBe(false)
  expect((await archive('--list')).out.trim()).toBe(month)

  // Another machine has the bucket alone.
  rmSync(join(folder, 'archives'), { recursive: true })
  expect(await archive(month, '--restore')).toMatchObject({ code: 0, err: '' })
  expect(await finish()).toBeGreaterThan(0)
  expect([await monthly(), await all('lead_notes')]).toEqual([leads, notes])
  // While leads rush in, the index leaves them what it takes.
  await until('it is found again', async () => {
    await indexLeads(db, async () => {})
    return (await sql`select from lead_index where lead_id = ${noted.id}`.execute(db)).rows.length === 1
  })
}, 60_000)

test('who was erased since does not come back', async () => {
  expect(await archive(month, '--drop')).toMatchObject({ code: 0, err: '' })
  await sql`insert into erasures (id, phone_key, asked_by)
    values (${crypto.randomUUID()}, decode(${noted.phoneKey}, 'hex'), '{}')`.execute(db)
  const { out } = await archive(month, '--restore')
  expect(out).toContain('999 leads of 2026-02 are back; 1 were left out')
  expect(await all('lead_notes')).toEqual([])
}, 60_000)

test('what is due is archived and dropped, and a month that was put back stays', async () => {
  await ensurePartitions(db, { now: new Date(Date.UTC(2026, 0, 9)), monthsAhead: 0 })
  await table.store(makeLeads(30, {}, Date.UTC(2026, 0, 9)))
  const due = () => operatorCommand(['archive.ts', '--due'], { ...settings, LEAD_ARCHIVE_DAYS: '60' })
  const { code, out } = await due()
  expect([code, out.match(/Dropped \S+/g)]).toEqual([0, ['Dropped 2026-01']])
  expect(await hasTable()).toBe(true)
  expect(await due()).toMatchObject({ code: 0, out: '' })
}, 60_000)

test('a month whose leads are still called, one without an archive, and an archive that was changed are refused in a sentence', async () => {
  const now = new Date().toISOString().slice(0, 7)
  expect((await archive(now)).err).toContain('its leads are still called, or claimed')
  expect((await archive('2020-01', '--restore')).err).toContain('There is no archive of 2020-01')
  const [file] = readdirSync(join(folder, 'archives')).filter((name) => name.endsWith('.enc'))
  await Bun.write(join(folder, 'archives', file!), 'nothing')
  expect((await archive(month, '--restore')).err).toContain(
    'does not hold what it should: nothing was changed',
  )
  expect(
    (await operatorCommand(['archive.ts', month], { ...settings, BACKUP_COPY_ENDPOINT: '' })).err,
  ).toContain('BACKUP_COPY_ENDPOINT')
}, 60_000)
