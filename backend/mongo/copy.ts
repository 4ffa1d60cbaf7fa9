import { BSON, type Document, MongoBulkWriteError } from 'mongodb'
import type { Forgotten } from '../desk/erasure.ts'
import { connectMongo, requestLogs } from './request-log.ts'

// A batch of a long log takes its time; nobody waits.
const answerMs = 120_000
const duplicateKey = 11_000
const batchSize = 1_000

/** Every entry of the request log as it lies there, one after the other, as `mongorestore` reads them. */
export async function* readRequestLog(url: string): AsyncGenerator<Buffer> {
  const client = connectMongo(url, answerMs)
  try {
    const entries = requestLogs(client, url).find({}, { raw: true, batchSize })
    for await (const entry of entries) yield Buffer.from(entry as unknown as Uint8Array)
  } finally {
    await client.close()
  }
}

/** The entries in such a stream. @throws Error where one of them is cut off or is none. */
export async function* entriesIn(stream: AsyncIterable<Buffer>): AsyncGenerator<Document> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of stream) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    while (rest.length - at >= 4) {
      const bytes = rest.readInt32LE(at)
      if (bytes < 5) throw new Error('the request log of the backup is damaged')
      if (rest.length - at < bytes) break
      yield BSON.deserialize(rest.subarray(at, at + bytes))
      at += bytes
    }
    rest = rest.subarray(at)
  }
  if (rest.length > 0) throw new Error('the request log of the backup is cut off')
}

/** The entries but those of people who were erased since. */
export async function* withoutErased(
  entries: AsyncIterable<Document>,
  erased: readonly Forgotten[],
): AsyncGenerator<Document> {
  const ids = new Set(erased.flatMap(({ leadIds }) => leadIds))
  const until = new Map<unknown, Date>()
  for (const { phoneKey, cutoff } of erased) if (!(until.get(phoneKey)! > cutoff)) until.set(phoneKey, cutoff)
  for await (const entry of entries)
    if (!ids.has(entry._id) && !(until.get(entry.phone_hash)! >= entry.ts)) yield entry
}

/** Writes those entries that are not there; what is there stays. Resolves with how many were written. */
export async function writeRequestLog(url: string, entries: AsyncIterable<Document>): Promise<number> {
  const client = connectMongo(url, answerMs)
  let written = 0
  try {
    const collection = requestLogs(client, url)
    const write = async (batch: readonly Document[]) => {
      if (batch.length === 0) return
      try {
        written += (await collection.insertMany(batch as never, { ordered: false })).insertedCount
      } catch (error) {
        if (!(error instanceof MongoBulkWriteError)) throw error
        const refused = [error.writeErrors].flat().filter(({ code }) => code !== duplicateKey)
        if (refused.length > 0) throw error
        written += error.insertedCount
      }
    }
    let batch: Document[] = []
    for await (const entry of entries) {
      batch.push(entry)
      if (batch.length < batchSize) continue
      await write(batch)
      batch = []
    }
    await write(batch)
    return written
  } finally {
    await client.close()
  }
}
