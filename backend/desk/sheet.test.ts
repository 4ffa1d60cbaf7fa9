import { expect, test } from 'bun:test'
import { inflateRawSync } from 'node:zlib'
import { exportColumns, fileOf } from './export.ts'
import { writerOf } from './export-files.ts'

const cells = [
  '+989123456789',
  '09123456789',
  'سلام، دنیا',
  '=HYPERLINK("x")',
  '+1-1',
  '＝1+1',
  'a "b", c\r\nd',
  '<&>',
  '\u0001\ud800',
  '',
]
const row = (cell: string | null) => exportColumns.map((_, at) => (at === 0 ? cell : at === 1 ? 'x' : null))

async function fileIn(format: Parameters<typeof writerOf>[0]) {
  const hash = new Bun.CryptoHasher('sha256')
  let done: unknown
  const keep = async (what: unknown) => {
    done = what
  }
  async function* chunks() {
    yield cells.slice(0, 4).map(row)
    yield cells.slice(4).map(row)
  }
  const pieces: Uint8Array[] = []
  const source = { snapshotAt: new Date(), chunks: chunks() }
  const hashing = { update: (bytes: Uint8Array) => void hash.update(bytes), hex: () => hash.digest('hex') }
  for await (const piece of fileOf(source, writerOf(format), hashing, keep)) pieces.push(piece)
  return { bytes: Buffer.concat(pieces), done }
}

/** The files of an archive, by its own directory. */
function unzipped(zip: Buffer): Map<string, string> {
  const end = zip.lastIndexOf(Buffer.from('504b0506', 'hex'))
  const files = new Map<string, string>()
  for (let count = zip.readUInt16LE(end + 10), at = zip.readUInt32LE(end + 16); count > 0; count--) {
    const [packed, length, begins] = [
      zip.readUInt32LE(at + 20),
      zip.readUInt16LE(at + 28),
      zip.readUInt32LE(at + 42),
    ]
    const name = zip.toString('utf8', at + 46, at + 46 + length)
    const from = begins + 30 + zip.readUInt16LE(begins + 26)
    const text = inflateRawSync(zip.subarray(from, from + packed))
    expect(text.length).toBe(zip.readUInt32LE(at + 24))
    files.set(name, text.toString())
    at += 46 + length
  }
  return files
}

test('every cell of a sheet is a text as it was kept, and none a formula', async () => {
  const files = unzipped((await fileIn('xlsx')).bytes)
  expect([...files.keys()].sort()).toEqual([
    ...['[Content_Types].xml', '_rels/.rels', 'xl/_rels/workbook.xml.rels', 'xl/workbook.xml'],
    'xl/worksheets/sheet1.xml',
  ])
  const sheet = files.get('xl/worksheets/sheet1.xml')!
  const texts = [
    ...sheet.matchAll(/<row>(?:<c t="inlineStr"><is><t(?: xml:space="preserve")?>([^<]*)<\/t>)?/g),
  ]
  const plain: Readonly<Record<string, string>> = { '&lt;': '<', '&amp;': '&', '&gt;': '>', '&#13;': '\r' }
  const read = texts.map(([, text = '']) => text.replace(/&[^;]+;/g, (name) => plain[name]!))
  expect(read).toEqual([exportColumns[0], ...cells.slice(0, -2), '\ufffd\ufffd', ''])
  expect(sheet).not.toContain('<f')
})

test.each(['csv', 'csv-excel'] as const)(
  'in %s phones are whole, and what would be computed is a text',
  async (format) => {
    const { bytes, done } = await fileIn(format)
    const text = bytes.toString()
    expect(text.startsWith('\ufeff')).toBe(format === 'csv-excel')
    const lines = text
      .replace('\ufeff', '')
      .split('\r\n')
      .slice(1, 7)
      .map((line) => line.split(',x,')[0])
    expect(lines).toEqual([
      '+989123456789',
      '09123456789',
      'سلام، دنیا',
      `"'=HYPERLINK(""x"")"`,
      "'+1-1",
      "'＝1+1",
    ])
    expect(done).toEqual({
      ...{ rows: cells.length, bytes: bytes.length },
      sha256: new Bun.CryptoHasher('sha256').update(bytes).digest('hex'),
    })
  },
)

test('in NDJSON a lead is a line, as it is', async () => {
  const lines = (await fileIn('ndjson')).bytes.toString().trimEnd().split('\n')
  expect(lines.map((line) => (JSON.parse(line) as { id: string }).id.toWellFormed())).toEqual(
    cells.map((cell) => cell.toWellFormed()),
  )
})

test('spaces at the ends of a cell are kept', async () => {
  const sheet = writerOf('xlsx')
  const pieces = [
    sheet.begin(),
    await sheet.rows([row(' before'), row('after\n'), row('with in')]),
    await sheet.end(),
  ]
  const text = unzipped(Buffer.concat(pieces)).get('xl/worksheets/sheet1.xml')!
  expect(text).toContain('<t xml:space="preserve"> before</t>')
  expect(text).toContain('<t xml:space="preserve">after\n</t>')
  expect(text).toContain('<t>with in</t>')
})
