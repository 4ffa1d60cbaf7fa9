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
import { isReadersPolicy, readersPolicy } from './policy.ts'

// A healthy storage answers in milliseconds; a visitor's picture need not wait for a sick one.
const answerDeadlineMs = 1_500
const setupDeadlineMs = 5_000
// Uploads are rare and may be large; only a storage that takes nothing at all is given up.
const uploadDeadlineMs = 10 * 60_000
// No key of a file that is served begins with a dot. It is there in every bucket that was set up, so that whoever holds no
// key can tell a file that is not there from a bucket that lets nobody in: both are refused alike.
const markKey = '.landfast-installation'
const breakerRule = { failuresToOpen: 5, pauseMs: { least: 1_000, most: 5_000 } }

/** Who may read the bucket without a key, and why not everybody: it has a policy of its own, or the storage takes none. */
export type Readers = 'everybody' | 'as its policy says' | 'refused'

/** The storage answers, and is of no use to us; the message says why. */
export class NotOpen extends Error {}

export type ObjectStorage = MediaStore &
  Readonly<{
    /**
     * Looks whose the bucket is, and marks one without a mark, as nobody's where `ours` is not known; without a key it only
     * looks. Resolves with why it is not ours, as a sentence.
     */
    lookWhose(ours: Installation | undefined): Promise<string | undefined>
    /** What was found by that. */
    foreignBecause(): string | undefined
    /** Marks the bucket as ours, whoever it was marked for. */
    adopt(ours: Installation): Promise<void>
    /** Lets everybody read its media, unless somebody else has settled who may. */
    letRead(): Promise<Readers>
    /** Whether the storage has failed so often that visitors are not made to wait for it. */
    isLeftAlone(): boolean
  }>

/**
 * Media in a bucket of any S3-compatible storage. Opens no connection until it is asked something.
 * Without keys it reads as everybody may, and makes and writes nothing.
 */
export function createMedia(
  config: S3Config,
  log: Log,
  nowMs: () => number = () => performance.now(),
): ObjectStorage {
  const { bucket } = config
  const holdsKey = config.accessKey !== ''
  const client = connect(config)
  const breaker = createBreaker({ ...breakerRule, nowMs })
  let told = false
  let foreign: string | undefined

  const found = (key: string, deadlineMs = answerDeadlineMs) =>
    inTime(client.statObject(bucket, key), deadlineMs).catch((error) => {
      // That nothing is there is an answer; who may not list is refused what is not there.
      if (isNotThere(error) || (!holdsKey && codeOf(error) === 'AccessDenied')) return undefined
      throw error
    })

  const isOpen = async (deadlineMs: number) =>
    holdsKey
      ? inTime(client.bucketExists(bucket), deadlineMs)
      : (await found(markKey, deadlineMs)) !== undefined

  const notOpen = () =>
    new NotOpen(
      holdsKey
        ? `the bucket ${bucket} is not there: \`bun run media:setup\` makes it`
        : `without a key the bucket ${bucket} cannot be read: \`bun run media:setup\` opens it, or set S3_ACCESS_KEY and S3_SECRET_KEY to a key that may read`,
    )

  async function readMark(): Promise<string | undefined> {
    try {
      return await new Response(
        Readable.toWeb(
          await inTime(client.getObject(bucket, markKey), setupDeadlineMs),
        ) as unknown as ReadableStream,
      ).text()
    } catch (error) {
      if (isNotThere(error)) return undefined
      throw !holdsKey && codeOf(error) === 'AccessDenied' ? notOpen() : error
    }
  }

  async function writeMark(mark: string): Promise<void> {
    const bytes = Buffer.from(mark)
    await inTime(client.putObject(bucket, markKey, bytes, bytes.byteLength), setupDeadlineMs)
  }

  return {
    async stat(key) {
      try {
        const info = await breaker.run(() => found(key))
        if (!info && !holdsKey && !(await breaker.run(() => isOpen(answerDeadlineMs)))) throw notOpen()
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
      const there = await isOpen(setupDeadlineMs)
      breaker.succeeded()
      if (there) return 'there'
      if (!holdsKey) throw notOpen()
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
      if (!(await breaker.run(() => isOpen(deadlineMs)))) throw notOpen()
    },
    async lookWhose(ours) {
      const theirs = await readMark()
      const mark = ours?.id ?? ''
      if (!theirs && theirs !== mark && holdsKey) await writeMark(mark)
      foreign =
        theirs && ours && theirs !== ours.id
          ? belongsToAnother(`the bucket ${bucket} at S3_ENDPOINT`, theirs, ours.id)
          : undefined
      return foreign
    },
    foreignBecause: () => foreign,
    adopt: ({ id }) => writeMark(id),
    async letRead() {
      try {
        const present = await inTime(client.getBucketPolicy(bucket), setupDeadlineMs).catch((error) => {
          if (codeOf(error) === 'NoSuchBucketPolicy') return undefined
          throw error
        })
        if (present && !isReadersPolicy(present)) return 'as its policy says'
        await inTime(client.setBucketPolicy(bucket, readersPolicy(bucket, [markKey])), setupDeadlineMs)
        return 'everybody'
      } catch (error) {
        if (policyRefusals.has(codeOf(error))) return 'refused'
        throw error
      }
    },
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

// Of a user who may not, of an account that keeps its buckets private, and of storages that know no policies.
const policyRefusals = new Set<unknown>(['AccessDenied', 'MethodNotAllowed', 'NotImplemented'])

function isNotThere(error: unknown): boolean {
  return codeOf(error) === 'NotFound' || codeOf(error) === 'NoSuchKey'
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code
}
