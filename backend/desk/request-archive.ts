import { gunzip, gzip } from 'node:zlib'
import { acceptedAtMs } from '../batching/ids.ts'
import type { ErasurePlace, Forgotten } from './erasure.ts'
import type { PartBucket, PartSeal } from './kept-export.ts'

/** An entry of the request log, as far as an archive looks at it; all that stands in it is kept. */
export type LoggedRequest = Readonly<{
  _id: string
  ts: Date
  path: string
  outcome: string
  phone_hash: string | null
  ip_mask: string
  ua: string
  meta: Readonly<Record<string, unknown>>
}>

/** The request log, for whoever archives it. */
export interface LoggedRequests {
  /** When the oldest entry came; undefined where there is none. */
  oldest(): Promise<Date | undefined>
  /** Entries that came from one moment on and before another, the oldest first, some at once. */
  between(from: Date, until: Date): AsyncIterable<readonly LoggedRequest[]>
}

export type RequestArchiveDeps = Readonly<{
  bucket: PartBucket
  seal: PartSeal
  /** Names the key of `seal` in the names of objects: what another key has sealed is left alone. Hex. */
  mark: string
  /** Of all processes one at a time does such work: a day is neither written nor rewritten by two. */
  hold<T>(work: () => Promise<T>): Promise<T>
}>

/** `names` finds who may stand in a part: the first four bytes of each hash of a phone, in base64. */
type PartIndex = Readonly<{ entries: number; from: string; until: string; names: string }>
type DayIndex = Readonly<{ entries: number; parts: readonly PartIndex[] }>
/** What lies in the bucket of a day. Without an index it was not written to its end. */
type DayFolder = Readonly<{ mark: string; day: string; keys: readonly string[]; isWhole: boolean }>

/** An entry as it lies there: a line of JSON, in which a moment is a text. */
type ArchivedLine = Omit<LoggedRequest, 'ts'> & Readonly<{ ts: string }>

const dayMs = 86_400_000
const root = 'requests/'
// About half a megabyte in the bucket, so that nobody is held up by one.
const entriesPerPart = 5_000
const indexesAtOnce = 8

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)
const startOf = (day: string) => Date.parse(`${day}T00:00:00Z`)
const endOf = (day: string) => startOf(day) + dayMs
const folderKey = ({ mark }: Pick<RequestArchiveDeps, 'mark'>, day: string) => `${root}${mark}/${day}/`
const indexKey = (deps: Pick<RequestArchiveDeps, 'mark'>, day: string) => `${folderKey(deps, day)}index`
const partKey = (deps: Pick<RequestArchiveDeps, 'mark'>, day: string, part: number) =>
  `${folderKey(deps, day)}${String(part).padStart(6, '0')}`

async function foldersIn({ bucket }: Pick<RequestArchiveDeps, 'bucket'>): Promise<readonly DayFolder[]> {
  const named = (await bucket.list(root)).flatMap((key) => {
    const [, mark, day, name] = /^requests\/([0-9a-f]+)\/(\d{4}-\d\d-\d\d)\/(index|\d{6})$/.exec(key) ?? []
    return mark === undefined || day === undefined ? [] : { mark, day, key, isIndex: name === 'index' }
  })
  const folders = [...Map.groupBy(named, ({ mark, day }) => `${day} ${mark}`).values()].map((all) => ({
    ...{ mark: all[0]!.mark, day: all[0]!.day, isWhole: all.some(({ isIndex }) => isIndex) },
    // The index first: where somebody ends in the middle of taking them away, the rest is no archive.
    keys: all.toSorted((a, b) => Number(b.isIndex) - Number(a.isIndex)).map(({ key }) => key),
  }))
  return folders.toSorted((a, b) => (a.day < b.day ? -1 : 1))
}

async function read({ bucket, seal }: RequestArchiveDeps, key: string): Promise<string> {
  const packed = seal.openBytes(await bucket.get(key), key)
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  // Beside the loop, which others need.
  gunzip(packed, (error, plain) => (error ? reject(error) : resolve(plain)))
  return (await promise).toString()
}

/** @throws Error where the bucket does not give back what was written. */
async function write(deps: RequestArchiveDeps, key: string, text: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  gzip(text, (error, packed) => (error ? reject(error) : resolve(packed)))
  await deps.bucket.put(key, deps.seal.close(await promise, key))
  if ((await read(deps, key)) !== text)
    throw new Error(`the bucket does not give back what was written to ${key}`)
}

const readIndex = async (deps: RequestArchiveDeps, day: string) =>
  JSON.parse(await read(deps, indexKey(deps, day))) as DayIndex
const writeIndex = (deps: RequestArchiveDeps, day: string, parts: readonly PartIndex[]) => {
  const entries = parts.reduce((sum, part) => sum + part.entries, 0)
  return write(deps, indexKey(deps, day), JSON.stringify({ entries, parts } satisfies DayIndex))
}

const nameOf = (phoneKey: string) => Number.parseInt(phoneKey.slice(0, 8), 16)

function indexOf(lines: readonly Pick<ArchivedLine, 'ts' | 'phone_hash'>[]): PartIndex {
  const names = new Set(lines.flatMap(({ phone_hash }) => (phone_hash === null ? [] : nameOf(phone_hash))))
  return {
    entries: lines.length,
    ...{ from: lines[0]?.ts ?? '', until: lines.at(-1)?.ts ?? '' },
    names: Buffer.from(Uint32Array.from(names).buffer).toString('base64'),
  }
}

/** The parts in which somebody may stand: by their hash, or by a lead of theirs, whose entry has its moment. */
function mayHold({ parts }: DayIndex, whom: readonly Pick<Forgotten, 'phoneKey' | 'leadIds'>[]): number[] {
  const names = whom.map(({ phoneKey }) => nameOf(phoneKey))
  const moments = whom.flatMap(({ leadIds }) => leadIds.map((id) => new Date(acceptedAtMs(id)).toISOString()))
  return parts.flatMap((part, at) => {
    const known = new Uint32Array(new Uint8Array(Buffer.from(part.names, 'base64')).buffer)
    return names.some((name) => known.includes(name)) ||
      moments.some((moment) => part.from <= moment && moment <= part.until)
      ? at
      : []
  })
}

const linesIn = (text: string) => text.split('\n').filter(Boolean)

export type ArchiveTimes = Readonly<{
  now: Date
  /** Days after which an entry is gone from the log. A day is archived half of them after its end. */
  ttlDays: number
  /** Days after which it is gone from the archive. */
  keptDays: number
}>

/** The days that should be in the archive and are not, the oldest first. One on which nobody came is not told from them. */
async function dueDays(
  deps: RequestArchiveDeps & Readonly<{ log: LoggedRequests }>,
  { now, ttlDays }: ArchiveTimes,
): Promise<readonly string[]> {
  const oldest = await deps.log.oldest()
  if (!oldest) return []
  const there = new Set(
    (await foldersIn(deps)).filter((of) => of.isWhole && of.mark === deps.mark).map(({ day }) => day),
  )
  const dueMs = now.getTime() - (ttlDays * dayMs) / 2
  const days: string[] = []
  for (let day = dayOf(oldest.getTime()); endOf(day) <= dueMs; day = dayOf(endOf(day)))
    if (!there.has(day)) days.push(day)
  return days
}

/**
 * Writes each day that is due into the bucket, in parts that are read back, and takes those away that are too old. `pause` comes
 * between two parts, and rejects when it is time to stop: what was not written to its end is written anew.
 */
export async function archiveRequests(
  deps: RequestArchiveDeps & Readonly<{ log: LoggedRequests }>,
  times: ArchiveTimes,
  pause: () => Promise<void>,
): Promise<Readonly<{ archived: readonly string[]; removed: readonly string[] }>> {
  const archived: string[] = []
  const removed: string[] = []
  for (const day of await dueDays(deps, times)) {
    const entries = await deps.hold(() => archiveDay(deps, day, pause))
    if (entries > 0) archived.push(day)
  }
  for (const { day, keys } of await foldersIn(deps)) {
    if (endOf(day) >= times.now.getTime() - times.keptDays * dayMs) continue
    await deps.hold(() => deps.bucket.remove(keys))
    removed.push(day)
  }
  return { archived, removed }
}

async function archiveDay(
  deps: RequestArchiveDeps & Readonly<{ log: LoggedRequests }>,
  day: string,
  pause: () => Promise<void>,
): Promise<number> {
  await deps.bucket.remove(await deps.bucket.list(folderKey(deps, day)))
  const parts: PartIndex[] = []
  let held: ArchivedLine[] = []
  const put = async () => {
    const part = held
    held = []
    await write(
      deps,
      partKey(deps, day, parts.length),
      part.map((line) => `${JSON.stringify(line)}\n`).join(''),
    )
    parts.push(indexOf(part))
  }
  for await (const entries of deps.log.between(new Date(startOf(day)), new Date(endOf(day)))) {
    for (const entry of entries) {
      held.push({ ...entry, ts: entry.ts.toISOString() })
      if (held.length < entriesPerPart) continue
      await put()
      await pause()
    }
  }
  if (held.length > 0) await put()
  if (parts.length > 0)
    await writeIndex(deps, day, parts).catch(async (error) => {
      // With an index that cannot be read the day would count as archived.
      await deps.bucket.remove([indexKey(deps, day)])
      throw error
    })
  return parts.reduce((sum, { entries }) => sum + entries, 0)
}

/** Days in the archive, the oldest first, with how many entries each has; undefined where another key has sealed it. */
export async function archivedDays(
  deps: RequestArchiveDeps,
): Promise<readonly Readonly<{ day: string; entries?: number }>[]> {
  const days: Readonly<{ day: string; entries?: number }>[] = []
  for (const { day, mark, isWhole } of await foldersIn(deps)) {
    if (!isWhole) continue
    days.push(mark === deps.mark ? { day, entries: (await readIndex(deps, day)).entries } : { day })
  }
  return days
}

/** The entries of a day, a line of JSON each, some lines at once. Nothing where the archive does not have it. */
export async function* archivedRequests(deps: RequestArchiveDeps, day: string): AsyncGenerator<string> {
  const folder = (await foldersIn(deps)).find((each) => each.day === day && each.mark === deps.mark)
  if (!folder?.isWhole) return
  const { parts } = await readIndex(deps, day)
  for (const part of parts.keys()) yield read(deps, partKey(deps, day, part))
}

/** What the archive of the request log has of a person. Days that another key has sealed nobody can read, nor tell whose they are. */
export function createArchiveErasure(deps: RequestArchiveDeps): ErasurePlace {
  /** The days in which somebody may stand, with the parts in question. */
  async function daysWith(whom: Parameters<typeof mayHold>[1]) {
    const ours = (await foldersIn(deps)).filter(({ mark, isWhole }) => mark === deps.mark && isWhole)
    const found: Readonly<{ day: string; index: DayIndex; parts: number[] }>[] = []
    for (let from = 0; from < ours.length; from += indexesAtOnce) {
      const days = ours.slice(from, from + indexesAtOnce)
      const indexes = await Promise.all(days.map(({ day }) => readIndex(deps, day)))
      for (const [at, index] of indexes.entries()) {
        const parts = mayHold(index, whom)
        if (parts.length > 0) found.push({ day: days[at]!.day, index, parts })
      }
    }
    return found
  }

  async function theirs(phoneKey: string): Promise<readonly ArchivedLine[]> {
    const found: ArchivedLine[] = []
    for (const { day, parts } of await daysWith([{ phoneKey, leadIds: [] }]))
      for (const part of parts)
        for (const line of linesIn(await read(deps, partKey(deps, day, part)))) {
          if (!line.includes(phoneKey)) continue
          const entry = JSON.parse(line) as ArchivedLine
          if (entry.phone_hash === phoneKey) found.push(entry)
        }
    return found
  }

  return {
    look: async (phoneKey) => ({ archived_requests: (await theirs(phoneKey)).length }),
    copy: async (phoneKey) => ({
      archived_requests: (await theirs(phoneKey)).map(({ ts, path, outcome, ip_mask, ua, meta }) => {
        return { at: ts, path, outcome, address: ip_mask, browser: ua, ...meta }
      }),
    }),
    // A day that is being written is waited for: what it had read before the log was gone through is in it then.
    erase: (whom) =>
      deps.hold(async () => {
        const stays = whoStays(whom)
        for (const { day, index, parts } of await daysWith(whom)) {
          const indexes = [...index.parts]
          for (const part of parts) {
            const lines = linesIn(await read(deps, partKey(deps, day, part)))
            const kept = lines.map((line) => JSON.parse(line) as ArchivedLine).filter(stays)
            if (kept.length < lines.length)
              await write(
                deps,
                partKey(deps, day, part),
                kept.map((line) => `${JSON.stringify(line)}\n`).join(''),
              )
            // Also where a kill came between a part and its index.
            indexes[part] = indexOf(kept)
          }
          if (!Bun.deepEquals(indexes, [...index.parts])) await writeIndex(deps, day, indexes)
        }
        // What was not written to its end is no archive, and who is erased may stand in it.
        for (const { mark, isWhole, keys } of await foldersIn(deps))
          if (mark === deps.mark && !isWhole) await deps.bucket.remove(keys)
      }),
  }
}

function whoStays(whom: readonly Forgotten[]) {
  const ids = new Set(whom.flatMap(({ leadIds }) => leadIds))
  const until = new Map<string, string>()
  for (const { phoneKey, cutoff } of whom) {
    const moment = cutoff.toISOString()
    if (!(until.get(phoneKey)! >= moment)) until.set(phoneKey, moment)
  }
  return ({ _id, phone_hash, ts }: ArchivedLine) =>
    !ids.has(_id) && !(phone_hash !== null && until.get(phone_hash)! >= ts)
}
