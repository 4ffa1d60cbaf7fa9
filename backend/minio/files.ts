import type { S3Config } from '../config.ts'

/** Files of any size in a bucket, for commands: nobody waits for an answer. */
export type FileBucket = Readonly<{
  list(prefix?: string): Promise<string[]>
  read(key: string, path: string): Promise<void>
  write(key: string, path: string, contentType?: string): Promise<void>
  contentType(key: string): Promise<string>
  remove(keys: readonly string[]): Promise<void>
}>

export function createFileBucket(config: Omit<S3Config, 'publicUrl'>): FileBucket {
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
    contentType: async (key) => (await client.stat(key)).type,
    async remove(keys) {
      for (const key of keys) await client.delete(key)
    },
  }
}
