import { crc32, createDeflateRaw, type DeflateRaw } from 'node:zlib'
import type { ExportRow, FileWriter } from './export.ts'

// A sheet has room for 1,048,576 rows; what comes after goes on in the next one.
const rowsPerSheet = 1_048_576
const encoder = new TextEncoder()

/**
 * A workbook as ECMA-376 has it, written as it comes and never held whole: every cell is a text that is written where it
 * stands, so a phone keeps its plus and its zeros, and nothing is a formula.
 */
export function createSheet(name: string, columns: readonly string[]): FileWriter {
  const zip = createZip()
  let sheets = 0
  let inSheet = 0
  let xml = ''

  const beginSheet = () => {
    sheets++
    inSheet = 1
    xml = `${head}<worksheet xmlns="${main}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>${rowOf(columns)}`
    return zip.begin(`xl/worksheets/sheet${sheets}.xml`)
  }
  const endSheet = async () => {
    const last = await zip.write(`${xml}</sheetData></worksheet>`)
    xml = ''
    return joined([last, await zip.end()])
  }
  const small = async (path: string, text: string) =>
    joined([zip.begin(path), await zip.write(`${head}${text}`), await zip.end()])

  return {
    contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    extension: 'xlsx',
    begin: beginSheet,
    async rows(rows) {
      const pieces: Uint8Array[] = []
      for (const row of rows) {
        if (inSheet === rowsPerSheet) pieces.push(await endSheet(), beginSheet())
        xml += rowOf(row)
        inSheet++
      }
      pieces.push(await zip.write(xml))
      xml = ''
      return joined(pieces)
    },
    async end() {
      const each = Array.from({ length: sheets }, (_, at) => at + 1)
      const nameOf = (at: number) => (at === 1 ? name : `${name} ${at}`)
      return joined([
        await endSheet(),
        await small(
          'xl/workbook.xml',
          `<workbook xmlns="${main}" xmlns:r="${relations}"><sheets>${each.map((at) => `<sheet name="${nameOf(at)}" sheetId="${at}" r:id="s${at}"/>`).join('')}</sheets></workbook>`,
        ),
        await small(
          'xl/_rels/workbook.xml.rels',
          `<Relationships xmlns="${packaged}/relationships">${each.map((at) => `<Relationship Id="s${at}" Type="${relations}/worksheet" Target="worksheets/sheet${at}.xml"/>`).join('')}</Relationships>`,
        ),
        await small(
          '_rels/.rels',
          `<Relationships xmlns="${packaged}/relationships"><Relationship Id="w" Type="${relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
        ),
        await small(
          '[Content_Types].xml',
          `<Types xmlns="${packaged}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${sheetType}.sheet.main+xml"/>${each.map((at) => `<Override PartName="/xl/worksheets/sheet${at}.xml" ContentType="${sheetType}.worksheet+xml"/>`).join('')}</Types>`,
        ),
        zip.directory(),
      ])
    },
  }
}

const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packaged = 'http://schemas.openxmlformats.org/package/2006'
const sheetType = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

function rowOf(row: ExportRow): string {
  let cells = ''
  for (const cell of row) cells += cell ? cellOf(cell) : '<c/>'
  return `<row>${cells}</row>`
}

// To say so of each would be a third of the file.
const losesSpaces = /^\s|\s$/
const cellOf = (text: string) =>
  `<c t="inlineStr"><is><t${losesSpaces.test(text) ? ' xml:space="preserve"' : ''}>${escaped(text)}</t></is></c>`

// What XML cannot hold at all: control characters, halves of characters, and two that are none.
const unwritable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const special = /[&<>\r]|[^\t\n -\ud7ff\ue000-\ufffd]/
const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' }

function escaped(text: string): string {
  if (!special.test(text)) return text
  return text.replace(unwritable, '\ufffd').replace(/[&<>\r]/g, (sign) => named[sign]!)
}

const signature = { file: 0x04034b50, after: 0x08074b50, entry: 0x02014b50, end: 0x06054b50 }
const version = 20
// The sizes follow what they are of, and names are UTF-8.
const flags = 0x0808
const deflated = 8
// 1980-01-01: the same leads are the same file.
const epoch = 0x21
// Three times as fast as the usual one, for a tenth more.
const level = 1

/** An archive that is written as it comes, one file after the other. */
function createZip() {
  const entries: { path: Uint8Array; at: number; crc: number; packed: number; size: number }[] = []
  let at = 0
  let deflate: DeflateRaw
  let pressed: Uint8Array[] = []
  // The next rows are read and written while those before are pressed.
  let pressing: Promise<void> = Promise.resolve()

  const took = (bytes: Uint8Array) => {
    at += bytes.length
    return bytes
  }
  /** What was pressed so far. */
  const drained = () => {
    const bytes = took(joined(pressed))
    entries.at(-1)!.packed += bytes.length
    pressed = []
    return bytes
  }
  return {
    begin(path: string): Uint8Array {
      const entry = { path: encoder.encode(path), at, crc: 0, packed: 0, size: 0 }
      entries.push(entry)
      deflate = createDeflateRaw({ level })
      deflate.on('data', (bytes: Uint8Array) => pressed.push(bytes))
      const header = fields(
        signature.file,
        [version, flags, deflated, 0, epoch],
        [0, 0, 0],
        [entry.path.length, 0],
      )
      return took(joined([header, entry.path]))
    },
    async write(text: string): Promise<Uint8Array> {
      const bytes = encoder.encode(text)
      const entry = entries.at(-1)!
      entry.crc = crc32(bytes, entry.crc)
      entry.size += bytes.length
      await pressing
      pressing = new Promise<void>((resolve, reject) =>
        deflate.write(bytes, (error) => (error ? reject(error) : resolve())),
      )
      // Whoever writes next, or ends it, is told.
      pressing.catch(() => {})
      return drained()
    },
    async end(): Promise<Uint8Array> {
      await pressing
      await new Promise<void>((resolve, reject) => {
        deflate.on('end', resolve).on('error', reject)
        deflate.end()
      })
      const last = drained()
      const { crc, packed, size } = entries.at(-1)!
      return joined([last, took(fields(signature.after, [], [crc, packed, size], []))])
    },
    directory(): Uint8Array {
      const begins = at
      const all = entries.map(({ path, at, crc, packed, size }) =>
        joined([
          fields(
            signature.entry,
            [version, version, flags, deflated, 0, epoch],
            [crc, packed, size],
            [...[path.length, 0, 0, 0, 0], ...[0, 0, at & 0xffff, at >>> 16]],
          ),
          path,
        ]),
      )
      const directory = took(joined(all))
      const count = entries.length
      return joined([directory, fields(signature.end, [0, 0, count, count], [directory.length, begins], [0])])
    },
  }
}

/** A signature, then numbers of two bytes, of four and of two again, as archives have them. */
function fields(
  sign: number,
  shorts: readonly number[],
  longs: readonly number[],
  more: readonly number[],
): Uint8Array {
  const bytes = Buffer.alloc(4 + shorts.length * 2 + longs.length * 4 + more.length * 2)
  let at = bytes.writeUInt32LE(sign)
  for (const short of shorts) at = bytes.writeUInt16LE(short, at)
  for (const long of longs) at = bytes.writeUInt32LE(long, at)
  for (const short of more) at = bytes.writeUInt16LE(short, at)
  return bytes
}

const joined = (pieces: readonly Uint8Array[]): Uint8Array =>
  pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
