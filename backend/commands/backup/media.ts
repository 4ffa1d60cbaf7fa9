import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { S3Config } from '../../config.ts'
import { createFileBucket } from '../../minio/files.ts'

// Keys are no paths; what they are called stands in the list.
type Listed = Readonly<{ key: string; contentType: string }>
const listFile = 'list.json'
// The mark of whose a bucket is, and whatever else is no picture.
const isMedium = (key: string) => !key.startsWith('.')

/** Copies every file of the bucket into a folder. */
export async function fetchMedia(s3: S3Config, folder: string): Promise<Readonly<{ files: number }>> {
  const bucket = createFileBucket(s3)
  const list: Listed[] = []
  for (const key of (await bucket.list()).filter(isMedium)) {
    await bucket.read(key, join(folder, String(list.length)))
    list.push({ key, contentType: await bucket.contentType(key) })
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, listFile), JSON.stringify(list))
  return { files: list.length }
}

/** Uploads those files that the bucket does not have; what it has stays. Resolves with how many. */
export async function putMedia(s3: S3Config, folder: string): Promise<number> {
  const bucket = createFileBucket(s3)
  const list = JSON.parse(readFileSync(join(folder, listFile), 'utf8')) as Listed[]
  const there = new Set(await bucket.list())
  let uploaded = 0
  for (const [index, { key, contentType }] of list.entries()) {
    if (there.has(key)) continue
    await bucket.write(key, join(folder, String(index)), contentType)
    uploaded++
  }
  return uploaded
}
