import { createHash } from 'node:crypto'
import type { MediaInfo, MediaStore } from '../media/ports.ts'

type Stored = MediaInfo & Readonly<{ bytes: Uint8Array }>

/** Object storage that keeps state like the real one and can be told to be away. Counts the streams that are open. */
export function memoryMedia(): MediaStore & { away: boolean; openStreams: number } {
  const files = new Map<string, Stored>()
  let made = false
  return {
    away: false,
    openStreams: 0,
    async stat(key) {
      present(this)
      return files.get(key)
    },
    async open(key, etag, { first, last }) {
      present(this)
      const file = files.get(key)
      if (file?.etag !== etag) throw new Error('the file was replaced while it was being read')
      this.openStreams++
      let at = first
      return new ReadableStream({
        pull: (controller) => {
          controller.enqueue(file.bytes.slice(at, Math.min(at + 1024, last + 1)))
          at += 1024
          if (at <= last) return
          controller.close()
          this.openStreams--
        },
        cancel: () => {
          this.openStreams--
        },
      })
    },
    async put(key, bytes) {
      present(this)
      const etag = createHash('md5').update(bytes).digest('hex')
      files.set(key, { bytes, etag, sizeBytes: bytes.byteLength, modifiedAt: new Date() })
    },
    async setup() {
      present(this)
      if (made) return 'there'
      made = true
      return 'made'
    },
    async ping() {
      present(this)
      if (!made) throw new Error('the bucket is not there')
    },
  }
}

function present(store: { away: boolean }): void {
  if (store.away) throw new Error('object storage is away')
}
