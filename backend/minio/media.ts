import http from 'node:http'
import https from 'node:https'
import { Readable } from 'node:stream'
import { Client } from 'minio'
import type { S3Config } from '../config.ts'
import { errorFields, type Log } from '../log.ts'
import type { ByteRange, MediaInfo, MediaStore } from '../media/ports.ts'

// A healthy storage answers in milliseconds; a visitor's picture need not wait for a sick one.
const answerDeadlineMs = 1_500
const setupDeadlineMs = 5_000
// Uploads are rare and may be large; only a storage that takes nothing at all is given up.
const uploadDeadlineMs = 10 * 60_000

/** Media in a bucket of any S3-compatible storage. Opens no connection until it is asked something. */
export function createMedia(config: S3Config, log: Log): MediaStore {
  const { bucket } = config
  const client = connect(config)
  let told = false

  return {
    async stat(key) {
      try {
        const found = await within(client.statObject(bucket, key), answerDeadlineMs)
        told = false
        return { sizeBytes: found.size, etag: found.etag, modifiedAt: found.lastModified } satisfies MediaInfo
      } catch (error) {
        if (codeOf(error) === 'NotFound' || codeOf(error) === 'NoSuchKey') return undefined
        // One line per outage: a page full of pictures would write many.
        if (!told) log.warn('object_storage.away', errorFields(error))
        told = true
        throw error
      }
    },
    async open(key, etag, range) {
      const opening = client.getPartialObject(bucket, key, range.first, lengthOf(range))
      const bytes = await within(opening, answerDeadlineMs).catch((error) => {
        // Nobody will read an answer that comes after the deadline.
        opening.then((late) => late.destroy()).catch(() => {})
        throw error
      })
      const found = (bytes as http.IncomingMessage).headers.etag?.replaceAll('"', '')
      if (found !== etag) {
        bytes.destroy()
        throw new Error('the file was replaced while it was being read')
      }
      return Readable.toWeb(bytes) as unknown as ReadableStream<Uint8Array>
    },
    async put(key, bytes, contentType) {
      // Small streams can hang in the client; bytes and their length never do.
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const stored = client.putObject(bucket, key, buffer, buffer.byteLength, { 'Content-Type': contentType })
      await within(stored, uploadDeadlineMs)
    },
    async setup() {
      if (await within(client.bucketExists(bucket), setupDeadlineMs)) return 'there'
      try {
        await within(client.makeBucket(bucket, config.region), setupDeadlineMs)
      } catch (error) {
        // Another process that starts at the same moment was first.
        if (codeOf(error) === 'BucketAlreadyOwnedByYou') return 'there'
        throw error
      }
      log.info('media.bucket_made', { bucket })
      return 'made'
    },
    async ping(deadlineMs) {
      if (!(await within(client.bucketExists(bucket), deadlineMs))) throw new Error('the bucket is not there')
    },
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
    transportAgent: new (useSSL ? https : http).Agent({ keepAlive: true, maxSockets: 256 }),
    // A visitor's browser and the health page ask again by themselves.
    retryOptions: { disableRetry: true },
  })
}

function lengthOf({ first, last }: ByteRange): number {
  return last - first + 1
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code
}

function within<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new Error(`object storage gave no answer within ${deadlineMs} ms`)),
    deadlineMs,
  )
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer))
}
