import type { S3Config } from '../config.ts'
import { withDeadline } from '../deadline.ts'

/** A bucket that needs a key. */
export type BucketConfig = Omit<S3Config, 'publicUrl'>

/** Files of any size in a bucket, for commands and for what is done beside visitors: nobody waits for an answer. */
export type FileBucket = Readonly<{
  list(prefix?: string): Promise<string[]>
  read(key: string, path: string): Promise<void>
  write(key: string, path: string, contentType?: string): Promise<void>
  contentType(key: string): Promise<string>
  put(key: string, bytes: Uint8Array): Promise<void>
  get(key: string): Promise<Uint8Array>
  remove(keys: readonly string[]): Promise<void>
}>

// A storage that takes no part within this is gone, and what is asked again later asks anew.
const partDeadlineMs = 60_000

export function createFileBucket(config: BucketConfig): FileBucket {
  const client = new Bun.S3Client({
    endpoint: config.endpoint,
    region: config.region,
    bucket: config.bucket,
    accessKeyId: config.accessKey,
    secretAccessKey: config.secretKey,
  })
  return {
    async list(prefix) {
      const keys: string[] = []
      for (let startAfter: string | undefined; ; startAfter = keys.at(-1)) {
        const { contents = [], isTruncated } = await client.list({ prefix, startAfter })
        keys.push(...contents.map(({ key }) => key))
        if (!isTruncated || contents.length === 0) return keys
      }
    },
    async read(key, path) {
      await Bun.write(path, client.file(key))
    },
    async write(key, path, contentType) {
      await client.write(key, Bun.file(path), contentType ? { type: contentType } : undefined)
    },
    async put(key, bytes) {
      await withDeadline(client.write(key, bytes), partDeadlineMs, 'to put a part into the bucket')
    },
    get: (key) => withDeadline(client.file(key).bytes(), partDeadlineMs, 'to get a part out of the bucket'),
    contentType: async (key) => (await client.stat(key)).type,
    async remove(keys) {
      for (const key of keys) await client.delete(key)
    },
  }
}
