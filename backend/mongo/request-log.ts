import { type Collection, type Db, MongoBulkWriteError, MongoClient } from 'mongodb'
import { createBreaker } from '../breaker.ts'
import { withDeadline } from '../deadline.ts'
import type { Installation } from '../leads/installation.ts'
import type { RequestEntry, RequestLog } from '../leads/request-log.ts'
import type { IsPhone } from '../leads/written-phones.ts'
import { errorFields, type Log } from '../log.ts'
import { createBoundedWriter, type Sent } from './bounded-writer.ts'
import { createDeviceReader } from './device.ts'
import { type RequestDocument, toDocument } from './document.ts'
import { ensureIndexes } from './indexes.ts'
import { createLastingClient } from './lasting-client.ts'
import { adoptMongo, foreignMongo } from './whose.ts'

export type MongoRequestLogDeps = Readonly<{
  url: string
  ttlDays: number
  /** What of the numbers that name campaigns is a phone. */
  isPhone: IsPhone
  /** Who we are; rejects while that cannot be told. Nothing is written to the MongoDB of another installation. */
  installation(): Promise<Installation | undefined>
  log: Log
  onWritten: (count: number) => void
  onDropped: (count: number) => void
  maxWaiting?: number
  /** How long a silent server is waited for, before the batch is sent again. */
  answerMs?: number
  retryMs?: Readonly<{ least: number; most: number }>
  /** How long MongoDB is left in peace after a batch that took so long. */
  restMs?(tookMs: number): number
  nowMs?: () => number
}>

/** The request log in MongoDB, with what its owner needs beyond writing. */
export type MongoRequestLog = RequestLog &
  Readonly<{
    /** Entries that are neither written nor dropped yet. */
    waiting(): number
    /** Resolves once nothing waits, or at the deadline. */
    flush(deadlineMs: number): Promise<void>
    /** Why nothing is written, although MongoDB answers: it is another's. A sentence. */
    foreignBecause(): string | undefined
    /** Rejects when MongoDB does not answer in time, and at once while it is left alone. */
    ping(deadlineMs: number): Promise<void>
    /** Whether MongoDB has failed so often that only one question at a time, now and then, still goes to it. */
    isLeftAlone(): boolean
    /** Counts what still waits as dropped, and lets the connections go. Never rejects. */
    close(): Promise<void>
  }>

const duplicateKey = 11_000
// About 1 KB each: enough for a minute's outage in a spike of hundreds a second.
const maxWaitingByDefault = 20_000
const closeMs = 2_000
const retryMsByDefault = { least: 250, most: 5_000 }
const failuresToOpen = 3

/**
 * Nothing connects before the first entry or ping, and nothing here ever throws at a writer: while MongoDB is away
 * entries wait, up to a bound, and it may join at any time. An entry sent twice is kept once.
 */
export function createMongoRequestLog(deps: MongoRequestLogDeps): MongoRequestLog {
  const deviceOf = createDeviceReader()
  const retryMs = deps.retryMs ?? retryMsByDefault
  // Writing paces itself, one batch at a time; the breaker is told of it and holds back whoever else asks.
  const breaker = createBreaker({
    failuresToOpen,
    pauseMs: retryMs,
    nowMs: deps.nowMs ?? (() => performance.now()),
  })
  let indexed = false
  let foreign: string | undefined

  // Why the last look at a server failed: whoever is asked no longer than a moment does not hear it.
  let fault: Error | undefined

  const mongo = createLastingClient(() =>
    connectMongo(deps.url, deps.answerMs)
      .on('serverHeartbeatFailed', ({ failure }) => {
        fault = failure
      })
      .on('serverHeartbeatSucceeded', () => {
        fault = undefined
      }),
  )

  const send = async (connected: MongoClient, batch: readonly RequestDocument[]): Promise<Sent> => {
    const collection = requestLogs(connected, deps.url)
    if (!indexed) {
      // Whoever cannot say who we are does not keep the log waiting.
      const ours = await deps.installation().catch(() => undefined)
      foreign = await foreignMongo(databaseOf(connected, deps.url), ours)
      if (foreign) throw new Error(foreign)
      await ensureIndexes(collection, deps.ttlDays, deps.log)
      indexed = true
    }
    return insert(collection, batch, deps.log)
  }

  const writer = createBoundedWriter<RequestEntry>({
    async send(entries) {
      const documents = entries.map((entry) => toDocument(entry, deviceOf, deps.isPhone))
      try {
        const sent = await mongo.ask((connected) => send(connected, documents))
        breaker.succeeded()
        return sent
      } catch (error) {
        breaker.failed()
        throw error
      }
    },
    maxWaiting: deps.maxWaiting ?? maxWaitingByDefault,
    retryMs,
    restMs: deps.restMs,
    onWritten: deps.onWritten,
    onDropped: deps.onDropped,
    onTrouble(error) {
      // It may come back as another, empty one.
      indexed = false
      deps.log.warn('request_log.waits', errorFields(error))
    },
    onRecovered: () => deps.log.info('request_log.writes_again'),
  })

  return {
    write: writer.offer,
    waiting: writer.waiting,
    flush: writer.flush,
    async ping(deadlineMs) {
      const pinged = breaker.run(() =>
        within(deadlineMs, async (signal) => {
          await mongo.ask((connected) => connected.db('admin').command({ ping: 1 }, { signal }))
        }),
      )
      await pinged.catch((error) => {
        throw fault ? new Error('MongoDB cannot be reached', { cause: fault }) : error
      })
    },
    foreignBecause: () => foreign,
    isLeftAlone: breaker.isOpen,
    async close() {
      writer.close()
      await withDeadline(mongo.close(), closeMs, 'closing MongoDB').catch(() => {})
    },
  }
}

export function connectMongo(url: string, answerMs = 10_000): MongoClient {
  return new MongoClient(url, {
    appName: 'landfast',
    serverSelectionTimeoutMS: 2_000,
    connectTimeoutMS: 2_000,
    waitQueueTimeoutMS: 2_000,
    // The driver's `timeoutMS` has no effect any more; without this a frozen server would hold a batch for ever.
    socketTimeoutMS: answerMs,
    maxPoolSize: 5,
    minPoolSize: 0,
    // A batch is sent again as a whole; the ids of its documents make that safe.
    retryWrites: false,
  })
}

/** The collection, in the database that the URL names, or `landfast`. */
export function requestLogs(client: MongoClient, url: string): Collection<RequestDocument> {
  return databaseOf(client, url).collection('request_logs')
}

export function databaseOf(client: MongoClient, url: string): Db {
  const database = /^[^:]+:\/\/[^/]+\/([^?]+)/.exec(url)?.[1]
  return client.db(database ? decodeURIComponent(database) : 'landfast')
}

/** Marks the MongoDB at this address as ours. Where it is another's, `agree` is told why, and throws to leave it so. */
export async function adoptRequestLog(
  url: string,
  ours: Installation,
  agree: (foreign: string) => void,
): Promise<void> {
  const client = connectMongo(url)
  try {
    const foreign = await foreignMongo(databaseOf(client, url), ours)
    if (!foreign) return
    agree(foreign)
    await adoptMongo(databaseOf(client, url), ours)
  } finally {
    await client.close()
  }
}

async function insert(
  collection: Collection<RequestDocument>,
  batch: readonly RequestDocument[],
  log: Log,
): Promise<Sent> {
  try {
    await collection.insertMany(batch, { ordered: false })
    return { kept: batch.length, refused: 0 }
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error
    const faults = [error.writeErrors].flat()
    // No document at fault: the batch as a whole has no answer yet.
    if (faults.length === 0) throw error
    const refused = faults.filter((fault) => fault.code !== duplicateKey)
    if (refused.length > 0)
      log.warn('request_log.refused', {
        count: refused.length,
        code: refused[0]!.code,
        why: refused[0]!.errmsg,
      })
    return { kept: batch.length - refused.length, refused: refused.length }
  }
}

/** Rejects with TooLate after the deadline; the work is then asked to let its connection go. */
async function within<T>(deadlineMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController()
  try {
    return await withDeadline(work(late.signal), deadlineMs, 'an answer of MongoDB')
  } catch (error) {
    late.abort()
    throw error
  }
}
