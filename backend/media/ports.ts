/** What is known of a stored file. `etag` is without quotes. */
export type MediaInfo = Readonly<{ sizeBytes: number; etag: string; modifiedAt: Date }>

/** Both ends are part of the range. */
export type ByteRange = Readonly<{ first: number; last: number }>

/** Pictures and videos of campaigns. Every method rejects, soon, when the storage cannot be reached. */
export interface MediaStore {
  /** Undefined where nothing is stored under the key. */
  stat(key: string): Promise<MediaInfo | undefined>
  /**
   * The bytes of the range, read only as fast as they are taken. Rejects when another file took the key since its
   * `etag` was read, rather than mix the two.
   */
  open(key: string, etag: string, range: ByteRange): Promise<ReadableStream<Uint8Array>>
  put(key: string, bytes: Uint8Array, contentType: string): Promise<void>
  /** Makes the place where media is kept; says whether it was made now or there already. */
  setup(): Promise<'made' | 'there'>
  /** Resolves when the storage answers and the place is there. */
  ping(deadlineMs: number): Promise<void>
}
