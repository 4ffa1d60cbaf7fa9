import { expect, test } from 'bun:test'
import { type CellObject, read } from '@e965/xlsx'
import { sql } from 'kysely'
import { type ExportDone, exportColumns, type exportFormats, fileOf } from '../../desk/export.ts'
import { writerOf } from '../../desk/export-files.ts'
import { type KeptExportDeps, type KeptFile, readKept, sweepKept, writeKept } from '../../desk/kept-export.ts'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { createMedia } from '../../minio/media.ts'
import { type Actor, theCommand } from '../../operators/audit.ts'
import { newOperatorKey } from '../../operators/operator-key.ts'
import { createErasureTable } from '../../postgres/erasures.ts'
import { createLeadDesk } from '../../postgres/lead-desk.ts'
import { createLeadExports } from '../../postgres/lead-exports.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { createOperatorKeys } from '../../postgres/operator-keys.ts'
import { keptIn } from '../../wiring/kept-exports.ts'
import { addressOf, freshDatabase, quietLog } from '../stage/engines.ts'
import { until } from '../stage/faults.ts'
import { makeLeads } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'

const { url, db } = await freshDatabase()
const desk = createLeadDesk(db)
const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
const exports = createLeadExports(db, db)
const store = {
  ...{
    endpoint: addressOf('S3_ENDPOINT'),
    region: process.env.S3_REGION || 'us-east-1',
    bucket: `exports-${crypto.randomUUID()}`,
  },
  ...{ accessKey: process.env.S3_ACCESS_KEY ?? '', secretKey: process.env.S3_SECRET_KEY ?? '' },
}
await createMedia({ ...store, publicUrl: undefined }, quietLog).setup()
const secretKey = new Bun.CryptoHasher('sha256').update('exports').digest('hex')
const where = keptIn({ config: { exports: store, secretKey }, db })!
const deps: KeptExportDeps = { ...where, rows: exports.rows }
const ann = { kind: 'operator', id: crypto.randomUUID(), name: 'Ann' } as const
const going = new AbortController().signal
const perBatch = 60
const typed = [
  ...[
    'کمپین بهار ۱۴۰۵',
    'نیم‌فاصله',
    '=HYPERLINK("https://evil.example","x")',
    "=cmd|' /C calc'!A1",
    '+1+1',
    '-2+3',
  ],
  ...[
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '＝1+1',
    '1e9',
    '0098',
    'TRUE',
    '2026-11-30',
    ' blank ',
    'a "b", <c> & d',
    '#N/A',
  ],
]
let made = 0
const batches: (readonly string[])[] = []
/** Leads that name what strangers write into addresses. */
async function put(): Promise<void> {
  const leads = Array.from({ length: perBatch }, () => {
    const [source, campaign] = [typed[made % typed.length]!, typed[(made++ * 7) % typed.length]!]
    return makeLeads(1, {
      details: { attribution: { utm_source: source, utm_campaign: campaign }, language: 'fa' },
    })[0]!
  })
  await table.store(leads)
  batches.push(leads.map(({ id }) => id))
}

/** A file of all leads, while others come; what its receipt says, and what there was when it began. */
async function fileIn(format: (typeof exportFormats)[number]) {
  const before = batches.length
  const rows = await exports.rows({})
  const hash = new Bun.CryptoHasher('sha256')
  const hashing = { update: (bytes: Uint8Array) => void hash.update(bytes), hex: () => hash.digest('hex') }
  const pieces: Uint8Array[] = []
  let done: ExportDone | undefined
  const finish = async (what: ExportDone) => {
    done = what
  }
  for await (const piece of fileOf(rows, writerOf(format), hashing, finish)) {
    pieces.push(piece)
    await put()
  }
  const bytes = Buffer.concat(pieces)
  expect(batches.length).toBeGreaterThan(before + 1)
  expect(done).toMatchObject({
    ...{ rows: before * perBatch, bytes: bytes.length },
    sha256: new Bun.CryptoHasher('sha256').update(bytes).digest('hex'),
  })
  return { bytes, ids: batches.slice(0, before).flat() }
}

/** What is in the table of these leads, by their ids, as the file has it. */
async function expected(ids: readonly string[]) {
  const { rows } = await sql<Record<string, string>>`
    select id, phone, state, attribution->>'utm_source' as source, attribution->>'utm_campaign' as campaign, language
    from leads where id = any(${[...ids]}::uuid[]) order by accepted_at desc, id desc`.execute(db)
  return rows
}

const columnsOf = (row: readonly (string | undefined)[]) =>
  Object.fromEntries(
    ['id', 'phone', 'state', 'source', 'campaign', 'language'].map((name) => [
      name,
      row[exportColumns.indexOf(name as (typeof exportColumns)[number])],
    ]),
  )

test('an independent spreadsheet opens a file of leads: no cell computes, phones and Persian are whole, and it is what the view showed', async () => {
  for (let count = 0; count < 20; count++) await put()
  const shown = await desk.list({}, 5_000)
  const { bytes, ids } = await fileIn('xlsx')
  expect(shown.map(({ id }) => id).sort()).toEqual(ids.toSorted())

  const book = read(bytes, { dense: true, cellFormula: true, cellHTML: false })
  expect([book.SheetNames, book.Workbook?.Names ?? []]).toEqual([['Leads'], []])
  const sheet = book.Sheets.Leads!['!data'] as (CellObject | undefined)[][]
  const cells = sheet.flat().filter((cell) => cell !== undefined)
  expect(
    cells.filter(({ t, f, F, l }) => t !== 's' || f !== undefined || F !== undefined || l !== undefined),
  ).toEqual([])
  const [head, ...rows] = sheet.map((row) => Array.from(row, (cell) => cell?.v as string | undefined))
  expect(head).toEqual([...exportColumns])
  expect(rows.map(columnsOf)).toEqual(await expected(ids))
})

test('files for programs have the same leads, and the one for spreadsheets nothing that they would compute', async () => {
  for (const format of ['csv', 'csv-excel'] as const) {
    const { bytes, ids } = await fileIn(format)
    const text = bytes.toString()
    expect(text.startsWith('\ufeff')).toBe(format === 'csv-excel')
    // As text alone, or the reader would make numbers of what looks like one.
    const book = read(text.replace('\ufeff', ''), { type: 'string', raw: true, dense: true })
    const [, ...rows] = (Object.values(book.Sheets)[0]!['!data'] as (CellObject | undefined)[][]).map((row) =>
      Array.from(row, (cell) => cell?.v as string | undefined),
    )
    const plain = await expected(ids)
    expect(rows.map((row) => [columnsOf(row).id, columnsOf(row).phone])).toEqual(
      plain.map(({ id, phone }) => [id, phone]),
    )
    const computed = rows
      .flat()
      .filter((cell) => /^\s*[=+\-@＝＋－＠]/.test(cell ?? '') && !/^\+\d+$/.test(cell ?? ''))
    expect(computed).toEqual([])
  }
  const { bytes, ids } = await fileIn('ndjson')
  const rows = bytes
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const plain = await expected(ids)
  expect(rows).toMatchObject(plain)
})

async function ask(): Promise<string> {
  const id = crypto.randomUUID()
  await exports.begin(
    { id, by: ann, format: 'ndjson', filter: {}, isKept: true },
    { by: ann, action: 'export.asked', subject: id },
  )
  return id
}
const receiptOf = async (id: string) => (await exports.list(99)).find((each) => each.id === id)
const fetchKept = (id: string, by: Actor = ann) =>
  where.kept.fetch(id, by, { by, action: 'export.fetched', subject: id })
const bytesOf = async (file: KeptFile) => Buffer.concat(await Array.fromAsync(readKept(where, file)))
const audited = async (id: string) =>
  (
    await sql<{ action: string }>`select action from audit_log where subject = ${id} order by id`.execute(db)
  ).rows.map(({ action }) => action)
/** Puts what waits and was not spoken of just now into the bucket. */
async function write(more: Partial<KeptExportDeps> = {}): Promise<boolean | undefined> {
  const due = await where.kept.takeDue(1)
  return due && writeKept({ ...deps, ...more }, due, going)
}

test('a file that is kept is finished once though whoever writes it is killed, by whoever comes next, and opens with our key alone', async () => {
  for (let count = 0; count < 5; count++) await table.store(makeLeads(2_000))
  const id = await ask()
  expect(await fetchKept(id)).toBeUndefined()
  expect(await exports.take(id, ann)).toBeUndefined()
  const writer = Bun.spawn(['bun', '--no-env-file', `${import.meta.dir}/../stage/stalling-export.ts`], {
    env: { ...process.env, STALLING_EXPORT: JSON.stringify({ url, store, secretKey, parts: 1 }) },
    stdout: 'pipe',
  })
  for await (const _ of writer.stdout) break
  expect((await receiptOf(id))?.kept).toMatchObject({ written: expect.any(Number) })
  writer.kill('SIGKILL')
  await writer.exited
  expect((await where.bucket.list('exports/')).length).toBe(1)

  expect(await write()).toBe(true)
  expect(await write()).toBeUndefined()
  const receipt = await receiptOf(id)
  expect(await audited(id)).toEqual(['export.asked', 'export.finished'])
  expect(await fetchKept(id, { ...ann, id: crypto.randomUUID() })).toBeUndefined()
  const file = await fetchKept(id)
  const bytes = await bytesOf(file!)
  expect(new Bun.CryptoHasher('sha256').update(bytes).digest('hex')).toBe(receipt!.sha256!)
  expect(bytes.toString().trimEnd().split('\n').length).toBe(receipt!.rows!)
  expect(await audited(id)).toEqual(['export.asked', 'export.finished', 'export.fetched'])

  expect(await sweepKept(where)).toBe(1)
  const parts = await where.bucket.list('exports/')
  expect(parts.length).toBe(file!.parts)
  for (const part of parts) expect(Buffer.from(await where.bucket.get(part)).includes('+98912')).toBe(false)
  await sql`update lead_exports set expires_at = now() where id = ${id}`.execute(db)
  await where.kept.expire()
  expect(await fetchKept(id)).toBeUndefined()
  await sweepKept(where)
  expect(await where.bucket.list('exports/')).toEqual([])
  expect((await receiptOf(id))?.kept?.over).toBe('expired')
})

test('one that cannot be written says so and is tried again, until whoever asked cancels it', async () => {
  const id = await ask()
  const due = await where.kept.takeDue(1)
  await where.kept.failed(due!)
  expect((await receiptOf(id))?.kept).toMatchObject({ failed: 1 })
  const cancel = (by: Actor) => where.kept.cancel(id, by, { by, action: 'export.cancelled', subject: id })
  expect(await cancel({ ...ann, id: crypto.randomUUID() })).toBe(false)
  expect(await write()).toBe(true)
  expect([await cancel(ann), await cancel(ann)]).toEqual([true, false])
  expect([await fetchKept(id), (await receiptOf(id))?.kept?.over]).toEqual([undefined, 'cancelled'])
  await sweepKept(where)
  expect(await where.bucket.list('exports/')).toEqual([])
  expect(await audited(id)).toEqual(['export.asked', 'export.finished', 'export.cancelled'])
})

test('whoever is erased is in no file that is kept: those that are there end, and one that is being written begins anew', async () => {
  const erasures = createErasureTable(db)
  const [lead] = makeLeads(1)
  await table.store([lead!])
  const [there, coming] = [await ask(), await ask()]
  expect(await write()).toBe(true)
  expect((await erasures.look(lead!.phoneKey)).exports).toBe(1)
  const erase = async () => {
    const { id } = await erasures.begin(lead!.phoneKey, ann)
    await erasures.fence(id)
    await erasures.eraseRows([id])
    await sweepKept(where)
  }
  // While the first part of it is on its way.
  const put = async (key: string, bytes: Uint8Array) => {
    await where.bucket.put(key, bytes)
    if (key.endsWith('000000')) await erase()
  }
  expect(await write({ bucket: { ...where.bucket, put } })).toBe(false)
  expect(await where.bucket.list('exports/')).toEqual([])
  expect(await fetchKept(there)).toBeUndefined()
  expect((await receiptOf(there))?.kept?.over).toBe('erased')
  expect(await write()).toBe(true)
  const text = (await bytesOf((await fetchKept(coming))!)).toString()
  expect(text.includes(lead!.id)).toBe(false)
  expect(text.trimEnd().split('\n').length).toBe((await receiptOf(coming))!.rows!)
  expect((await erasures.look(lead!.phoneKey)).exports).toBe(0)
})

test('with the settings that users give a worker writes it, whenever it was killed, and the desk gives it to who asked', async () => {
  const line = await startLine({
    env: {
      ...{
        DATABASE_URL: url,
        WORKER_DATABASE_URL: url,
        ACK_MODE: 'pg',
        REDIS_URL: '',
        MONGO_URL: '',
        LOG_LEVEL: 'error',
      },
      ...{
        EXPORT_BUCKET: store.bucket,
        EXPORT_ACCESS_KEY: store.accessKey,
        EXPORT_SECRET_KEY: store.secretKey,
      },
    },
  })
  try {
    const keyed = async () => {
      const { text, kept } = newOperatorKey('files', { rights: new Set(['leads.export']) })
      await createOperatorKeys(db).add(kept, { by: theCommand, action: 'key.made', subject: kept.id })
      return { authorization: `Bearer ${text}`, 'content-type': 'application/json' }
    }
    const [headers, others] = [await keyed(), await keyed()]
    await line.worker.kill('SIGKILL')
    const answer = await fetch(`${line.origin}/api/admin/exports`, {
      ...{ method: 'POST', headers, body: JSON.stringify({ format: 'xlsx', keep: true }) },
    })
    const { id, file } = (await answer.json()) as { id: string; file: string }
    const get = (path: string, by = headers) => fetch(`${line.origin}${path}`, { headers: by })
    expect((await get(file)).status).toBe(404)
    await line.worker.start()
    type Listed = Readonly<{ id: string; rows: number; sha256: string; kept: { file: string | null } }>
    const listed = async (by = headers) => {
      const { data, keeps } = (await (await get('/api/admin/exports', by)).json()) as {
        data: Listed[]
        keeps: boolean
      }
      expect(keeps).toBe(true)
      return data.find((each) => each.id === id)!
    }
    await until('the file is there', async () => (await listed()).kept.file === file)
    expect([(await listed(others)).kept.file, (await get(file, others)).status]).toEqual([null, 404])
    const bytes = await (await get(file)).bytes()
    expect(new Bun.CryptoHasher('sha256').update(bytes).digest('hex')).toBe((await listed()).sha256)
    expect((read(bytes, { dense: true }).Sheets.Leads!['!data'] as unknown[]).length).toBe(
      (await listed()).rows + 1,
    )
  } finally {
    await line.stop()
  }
}, 60_000)
