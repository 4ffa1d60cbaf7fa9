import type { Actor, AuditEntry } from '../operators/audit.ts'
import type { LeadFilter } from './work.ts'

/** `csv` is for programs; `csv-excel` begins with a mark by which Excel reads Persian; `xlsx` is for people. */
export const exportFormats = ['xlsx', 'csv-excel', 'csv', 'ndjson'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** What stands in a file, in order: what the list shows, with the phone whole. Columns are only ever added, at the end. */
export const exportColumns = [
  ...['id', 'accepted_at', 'phone', 'state', 'source', 'campaign', 'variant', 'language', 'suspect'],
  ...['owner', 'notes', 'device', 'landing'],
] as const
/** A lead in a file, by column; what it has not is null. */
export type ExportRow = readonly (string | null)[]

/** The receipt of an export: what was in the file, and whose hands it is in. */
export type LeadExport = Readonly<{
  id: string
  by: Actor
  askedAt: Date
  format: ExportFormat
  filter: LeadFilter
  /** The moment whose leads these are. */
  snapshotAt?: Date
  rows?: number
  bytes?: number
  sha256?: string
  finishedAt?: Date
  /** Absent where it was sent as it was written, and nothing of it is kept. */
  kept?: KeptState
}>

/** How far a file that is kept has come. */
export type KeptState = Readonly<{
  /** Leads that are in it so far. */
  written: number
  /** About how many it will have; absent where only writing them tells. */
  total?: number
  /** Until when it can be fetched, once it is there. */
  expiresAt?: Date
  /** How often it could not be written to its end; it is tried again. */
  failed: number
  /** Why it can be fetched no more. */
  over?: KeptEnd
}>
export const keptEnds = ['expired', 'erased', 'cancelled'] as const
export type KeptEnd = (typeof keptEnds)[number]

/** What of a filter was typed of a phone, and so is part of one, or finds one. */
export const typedOfPhones = ['phoneKey', 'lastDigits'] as const satisfies readonly (keyof LeadFilter)[]

/** A filter as others see it, and as its receipt keeps it. */
export const shownFilter = (filter: LeadFilter): LeadFilter => ({
  ...filter,
  ...Object.fromEntries(typedOfPhones.flatMap((name) => (filter[name] === undefined ? [] : [[name, '…']]))),
})

export type ExportDone = Readonly<{ rows: number; bytes: number; sha256: string }>

/** A file of leads: each chunk some rows of one snapshot, in the order of the list. */
export type ExportRows = Readonly<{
  snapshotAt: Date
  chunks: AsyncIterable<readonly ExportRow[]>
  /** Lets go of what the rows are read by, also where nobody has begun to. Reading them to the end does so, too. */
  close(): Promise<void>
}>

/** Exports and their receipts. */
export interface LeadExports {
  /** Keeps what is to be exported, with the entry that says who asked. */
  begin(
    asked: Readonly<{ id: string; by: Actor; format: ExportFormat; filter: LeadFilter; isKept?: boolean }>,
    entry: AuditEntry,
  ): Promise<void>
  /**
   * Gives an export that nobody has begun to fetch, asked for not long ago and not kept, to its first caller. From then on its
   * receipt tells nothing of a phone.
   */
  take(id: string, by: Actor): Promise<LeadExport | undefined>
  /** The leads of a filter as they all were in one moment. Whoever gets them closes them. */
  rows(filter: LeadFilter): Promise<ExportRows>
  finish(id: string, done: ExportDone, entry: AuditEntry): Promise<void>
  /** The latest first. */
  list(limit: number): Promise<readonly LeadExport[]>
}

/** So long may pass between asking for an export and fetching it. */
export const fetchedWithinMs = 5 * 60_000

/** Turns rows into the bytes of a file; `end` gives what closes it. */
export interface FileWriter {
  readonly contentType: string
  readonly extension: string
  begin(): Uint8Array
  rows(rows: readonly ExportRow[]): Promise<Uint8Array> | Uint8Array
  end(): Promise<Uint8Array> | Uint8Array
}

/** The file, chunk by chunk, as fast as it is read; `done` is told once it was read to its end. */
export async function* fileOf(
  { chunks }: Pick<ExportRows, 'chunks'>,
  writer: FileWriter,
  hash: Readonly<{ update(bytes: Uint8Array): void; hex(): string }>,
  done: (what: ExportDone) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  let [rows, bytes] = [0, 0]
  const told = (piece: Uint8Array) => {
    hash.update(piece)
    bytes += piece.length
    return piece
  }
  yield told(writer.begin())
  for await (const chunk of chunks) {
    rows += chunk.length
    const piece = told(await writer.rows(chunk))
    if (piece.length > 0) yield piece
  }
  const last = told(await writer.end())
  // Written down before the last of it is given: a file that came whole has a receipt.
  await done({ rows, bytes, sha256: hash.hex() })
  yield last
}
