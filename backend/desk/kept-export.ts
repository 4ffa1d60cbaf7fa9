import type { Actor, AuditEntry } from '../operators/audit.ts'
import { type ExportDone, type ExportFormat, type ExportRows, fileOf, type LeadExport } from './export.ts'
import { newHash, writerOf } from './export-files.ts'
import type { LeadFilter } from './work.ts'

/** A try at a file that is written beside everything else and kept for a while. */
export type ExportTry = Readonly<{
  id: string
  by: Actor
  format: ExportFormat
  filter: LeadFilter
  /** Counts the tries: a file belongs to the last of them. */
  attempt: number
}>

/** A file that is there, and where. */
export type KeptFile = LeadExport & Readonly<{ attempt: number; parts: number }>

/** Files that are being written or are there, beside their receipts. */
export interface KeptExports {
  /** The oldest that nobody is at; whoever was at it for so long without a word is gone. */
  takeDue(silentForMs: number): Promise<ExportTry | undefined>
  /** Says of which moment its leads are, and about how many there are. False where it is no longer this one's. */
  begun(what: ExportTry, snapshotAt: Date): Promise<boolean>
  /** Says how far it is; false where it is no longer this one's. */
  goOn(what: ExportTry, written: number): Promise<boolean>
  /** Ends it once, with the entry that says so; false where it is no longer this one's. */
  finish(what: ExportTry, done: ExportDone & Readonly<{ parts: number }>, entry: AuditEntry): Promise<boolean>
  /** Counts that it could not be written to its end, and leaves it to the next try. */
  failed(what: ExportTry): Promise<void>
  /** Ends it for whoever asked for it, with the entry that says so; false where it has ended, or is somebody else's. */
  cancel(id: string, by: Actor, entry: AuditEntry): Promise<boolean>
  /** The file, to whoever asked for it, with the entry that says that they took it. */
  fetch(id: string, by: Actor, entry: AuditEntry): Promise<KeptFile | undefined>
  /** Ends what is too old. */
  expire(): Promise<void>
  /** The tries that may have something in the bucket. */
  live(): Promise<ReadonlySet<string>>
}

/** Where the parts of files lie. */
export interface PartBucket {
  put(key: string, bytes: Uint8Array): Promise<void>
  get(key: string): Promise<Uint8Array>
  list(prefix: string): Promise<readonly string[]>
  remove(keys: readonly string[]): Promise<void>
}

/** Whoever reads a part needs our key as well as that of the bucket. */
export type PartSeal = Readonly<{
  close(bytes: Uint8Array, name: string): Uint8Array
  openBytes(sealed: Uint8Array, name: string): Uint8Array
}>

export type KeptExportDeps = Readonly<{
  kept: KeptExports
  bucket: PartBucket
  seal: PartSeal
  rows(filter: LeadFilter): Promise<ExportRows>
}>

/** So long a file can be fetched after it was written, and a try at one goes on. */
export const keptForMs = 24 * 3_600_000
// So few bytes that to seal or open them holds nobody up, and that what is written tells often enough that it goes on.
const partBytes = 2 * 1024 * 1024
// Also while the storage takes its time over a part.
const sayEveryMs = 5_000
/** Who has said nothing for so long is gone. */
export const silentForMs = 20_000
const root = 'exports/'

export const nameOfTry = ({ id, attempt }: Pick<ExportTry, 'id' | 'attempt'>) => `${id}/${attempt}`
const keyOf = (what: Pick<ExportTry, 'id' | 'attempt'>, part: number) =>
  `${root}${nameOfTry(what)}/${String(part).padStart(6, '0')}`

/**
 * Writes a file into the bucket, in parts, each of which says that somebody is still at it. Whoever finds that another has taken it
 * over, or that it was ended, takes away what they wrote. Resolves with whether it is there now.
 */
export async function writeKept(deps: KeptExportDeps, what: ExportTry, stop: AbortSignal): Promise<boolean> {
  const { kept, bucket, seal } = deps
  const { snapshotAt, chunks, close } = await deps.rows(what.filter)
  let [parts, written, isOurs] = [0, 0, true]
  let done: ExportDone | undefined
  async function* counted() {
    for await (const chunk of chunks) {
      written += chunk.length
      yield chunk
    }
  }
  const put = async (pieces: readonly Uint8Array[]) => {
    const key = keyOf(what, parts++)
    await bucket.put(key, seal.close(Buffer.concat(pieces), key))
    isOurs = await kept.goOn(what, written)
  }
  const saying = setInterval(() => void kept.goOn(what, written).catch(() => {}), sayEveryMs)
  try {
    isOurs = await kept.begun(what, snapshotAt)
    const keep = async (all: ExportDone) => {
      done = all
    }
    let [pieces, held]: [Uint8Array[], number] = [[], 0]
    for await (const piece of fileOf({ chunks: counted() }, writerOf(what.format), newHash(), keep)) {
      stop.throwIfAborted()
      if (!isOurs) break
      pieces.push(piece)
      held += piece.length
      if (held < partBytes) continue
      await put(pieces)
      ;[pieces, held] = [[], 0]
    }
    if (isOurs && held > 0) await put(pieces)
    if (isOurs && done) {
      const entry: AuditEntry = {
        ...{ by: what.by, action: 'export.finished', subject: what.id },
        after: { rows: done.rows, sha256: done.sha256 },
      }
      if (await kept.finish(what, { ...done, parts }, entry)) return true
    }
    await bucket.remove(await bucket.list(`${root}${nameOfTry(what)}/`))
    return false
  } finally {
    clearInterval(saying)
    await close()
  }
}

/** The file, part by part, as fast as it is read. */
export async function* readKept(
  { bucket, seal }: Pick<KeptExportDeps, 'bucket' | 'seal'>,
  file: Pick<KeptFile, 'id' | 'attempt' | 'parts'>,
): AsyncGenerator<Uint8Array> {
  for (let part = 0; part < file.parts; part++) {
    const key = keyOf(file, part)
    yield seal.openBytes(await bucket.get(key), key)
  }
}

/** Takes away what is of no file any more: of tries that others took over, and of files that are over. */
export async function sweepKept({ kept, bucket }: Pick<KeptExportDeps, 'kept' | 'bucket'>): Promise<number> {
  // Listed first: of what is written meanwhile nothing is among them.
  const keys = await bucket.list(root)
  const live = await kept.live()
  const over = keys.filter((key) => !live.has(key.slice(root.length, key.lastIndexOf('/'))))
  await bucket.remove(over)
  return over.length
}
