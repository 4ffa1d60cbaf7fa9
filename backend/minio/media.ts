import http from 'node:http'
import https from 'node:https'
import { Readable } from 'node:stream'
import { Client } from 'minio'
import { BreakerOpen, createBreaker } from '../breaker.ts'
import type { S3Config } from '../config.ts'
import { TooLate, withDeadline } from '../deadline.ts'
import { belongsToAnother, type Installation } from '../leads/installation.ts'
import { errorFields, type Log } from '../log.ts'
import type { ByteRange, MediaInfo, MediaStore } from '../media/ports.ts'

// A healthy storage answers in milliseconds; a visitor's picture need not wait for a sick one.
const answerDeadlineMs = 1_500
const setupDeadlineMs = 5_000
// Uploads are rare and may be large; only a storage that takes nothing at all is given up.
const uploadDeadlineMs = 10 * 60_000
// No key of a file that is served begins with a dot.
const markKey = '.landfast-installation'
const breakerRule = { failuresToOpen: 5, pauseMs: { least: 1_000, most: 5_000 } }

export type ObjectStorage = MediaStore &
  Readonly<{
    /** Looks whose the bucket is, and marks one without a mark. Resolves with why it is not ours, as a sentence. */
    lookWhose(ours: Installation): Promise<string | undefined>
    /** What was found by that. */
    foreignBecause(): string | undefined
    /** Marks the bucket as ours, whoever it was marked for. */
    adopt(ours: Installation): Promise<void>
    /** Whether the storage has failed so often that visitors are not made to wait for it. */
    isLeftAlone(): boolean
  }>

/** Media in a bucket of any S3-compatible storage. Opens no connection until it is asked something. */
export function createMedia(
  config: S3Config,
  log: Log,
  nowMs: () => number = () => performance.now(),
): ObjectStorage {
  const { bucket } = config
  const client = connect(config)
  const breaker = createBreaker({ ...breakerRule, nowMs })
  let told = false
  let foreign: string | undefined

  const found = (key: string) =>
    inTime(client.statObject(bucket, key), answerDeadlineMs).catch((error) => {
      // That nothing is there is an answer.
      if (codeOf(error) === 'NotFound' || codeOf(error) === 'NoSuchKey') return undefined
      throw error
    })

  async function readMark(): Promise<string | undefined> {
    try {
      return await new Response(
        Readable.toWeb(
          await inTime(client.getObject(bucket, markKey), setupDeadlineMs),
        ) as unknown as ReadableStream,
      ).text()
    } catch (error) {
      if (codeOf(error) === 'NotFound' || codeOf(error) === 'NoSuchKey') return undefined
      throw error
    }
  }

  async function writeMark({ id }: Installation): Promise<void> {
    const bytes = Buffer.from(id)
    await inTime(client.putObject(bucket, markKey, bytes, bytes.byteLength), setupDeadlineMs)
  }

  return {
    async stat(key) {
      try {
        const info = await breaker.run(() => found(key))
        told = false
        if (!info) return undefined
        return { sizeBytes: info.size, etag: info.etag, modifiedAt: info.lastModified } satisfies MediaInfo
      } catch (error) {
        // One line per outage: a page full of pictures would write many.
        if (!told && !(error instanceof BreakerOpen)) log.warn('object_storage.away', errorFields(error))
        told = true
        throw error
      }
    },
    async open(key, etag, range) {
      const bytes = await breaker.run(async () => {
        const opening = client.getPartialObject(bucket, key, range.first, lengthOf(range))
        return inTime(opening, answerDeadlineMs).catch((error) => {
          // Nobody will read an answer that comes after the deadline.
          opening.then((late) => late.destroy()).catch(() => {})
          throw error
        })
      })
      const tag = (bytes as http.IncomingMessage).headers.etag?.replaceAll('"', '')
      if (tag !== etag) {
        bytes.destroy()
        throw new Error('the file was replaced while it was being read')
      }
      return Readable.toWeb(bytes) as unknown as ReadableStream<Uint8Array>
    },
    async put(key, bytes, contentType) {
      // Small streams can hang in the client; bytes and their length never do.
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const stored = client.putObject(bucket, key, buffer, buffer.byteLength, { 'Content-Type': contentType })
      await inTime(stored, uploadDeadlineMs)
    },
    async setup() {
      // Whoever calls this waits longer every time, so it is not held back; it may well be the first to get an answer.
      const there = await inTime(client.bucketExists(bucket), setupDeadlineMs)
      breaker.succeeded()
      if (there) return 'there'
      try {
        await inTime(client.makeBucket(bucket, config.region), setupDeadlineMs)
      } catch (error) {
        // Another process that starts at the same moment was first.
        if (codeOf(error) === 'BucketAlreadyOwnedByYou') return 'there'
        throw error
      }
      log.info('media.bucket_made', { bucket })
      return 'made'
    },
    async ping(deadlineMs) {
      const there = await breaker.run(() => inTime(client.bucketExists(bucket), deadlineMs))
      if (!there) throw new Error('the bucket is not there')
    },
    async lookWhose(ours) {
      const theirs = await readMark()
      if (theirs === undefined) await writeMark(ours)
      const isOurs = theirs === undefined || theirs === ours.id
      foreign = isOurs ? undefined : belongsToAnother(`the bucket ${bucket} at S3_ENDPOINT`, theirs, ours.id)
      return foreign
    },
    foreignBecause: () => foreign,
    adopt: writeMark,
    isLeftAlone: breaker.isOpen,
  }
}

function connect(config: S3Config): Client {
  const endpoint = new URL(config.endpoint)
  const useSSL = endpoint.protocol === 'https:'
  return new Client({
    endPoint: endpoint.hostname.replace(/^\[|\]$/g, ''),
    port: endpoint.port ? Number(endpoint.port) : useSSL ? 443 : 80,
    useSSL,
    accessKey: config.accessKey,
    secretKey: config.secretKey,
    region: config.region,
    pathStyle: true,
    transport: givingUp(useSSL ? https : http),
    transportAgent: new (useSSL ? https : http).Agent({ keepAlive: true, maxSockets: 256 }),
    // A visitor's browser and the health page ask again by themselves.
    retryOptions: { disableRetry: true },
  })
}

/** Lets the socket of a question go that gets no answer; the client itself would keep it for ever. */
function givingUp(transport: Pick<typeof http, 'request'>): Pick<typeof http, 'request'> {
  return {
    request(options: http.RequestOptions, answered: (response: http.IncomingMessage) => void) {
      const request = transport.request(options, answered)
      const deadlineMs = options.method === 'PUT' ? uploadDeadlineMs : setupDeadlineMs
      const timer = setTimeout(() => request.destroy(new TooLate(answer, deadlineMs)), deadlineMs)
      for (const event of ['response', 'error', 'close']) request.once(event, () => clearTimeout(timer))
      return request
    },
  } as Pick<typeof http, 'request'>
}

const answer = 'an answer of the object storage'

function inTime<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  return withDeadline(work, deadlineMs, answer)
}

function lengthOf({ first, last }: ByteRange): number {
  return last - first + 1
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code
}
