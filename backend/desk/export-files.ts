import { cellOf } from '../deliveries/csv.ts'
import { type ExportFormat, type ExportRow, exportColumns, type FileWriter } from './export.ts'
import { createSheet } from './sheet.ts'

const encoder = new TextEncoder()
const nothing = new Uint8Array(0)

const csv = (mark: string): FileWriter => ({
  contentType: 'text/csv; charset=utf-8; header=present',
  extension: 'csv',
  begin: () => encoder.encode(`${mark}${exportColumns.join()}\r\n`),
  rows(rows) {
    let text = ''
    for (const row of rows) {
      let line = ''
      for (const cell of row) line += `,${cellOf(cell)}`
      text += `${line.slice(1)}\r\n`
    }
    return encoder.encode(text)
  },
  end: () => nothing,
})

const ndjson = (): FileWriter => ({
  contentType: 'application/x-ndjson',
  extension: 'ndjson',
  begin: () => nothing,
  rows: (rows) => encoder.encode(rows.map(line).join('')),
  end: () => nothing,
})

const names = exportColumns.map((name) => `"${name}":`)

function line(row: ExportRow): string {
  let text = ''
  for (const [at, name] of names.entries()) text += `,${name}${JSON.stringify(row[at])}`
  return `{${text.slice(1)}}\n`
}

const writers: Readonly<Record<ExportFormat, () => FileWriter>> = {
  xlsx: () => createSheet('Leads', exportColumns),
  'csv-excel': () => csv('\ufeff'),
  csv: () => csv(''),
  ndjson,
}

/** Writes a file of this format. */
export const writerOf = (format: ExportFormat): FileWriter => writers[format]()

/** The SHA-256 of a file as it is written, for its receipt. */
export function newHash() {
  const hasher = new Bun.CryptoHasher('sha256')
  return { update: (bytes: Uint8Array) => void hasher.update(bytes), hex: () => hasher.digest('hex') }
}
