import { describe, expect, test } from 'bun:test'
import type { MediaStore } from '../../media/ports.ts'

/** What every store of media promises, whichever engine keeps it. `make` gives an empty one, not set up yet. */
export function mediaContract(name: string, make: () => Promise<MediaStore>) {
  const bytes = Uint8Array.from({ length: 200_000 }, (_, index) => index % 251)
  const whole = { first: 0, last: bytes.length - 1 }

  const stored = async () => {
    const media = await make()
    await media.setup()
    await media.put('spring/clip.mp4', bytes, 'video/mp4')
    const found = await media.stat('spring/clip.mp4')
    if (!found) throw new Error('what was put is not there')
    return { media, found }
  }
  const read = async (media: MediaStore, etag: string, range: { first: number; last: number }) =>
    new Response(await media.open('spring/clip.mp4', etag, range)).bytes()

  describe(`media in ${name}`, () => {
    test('the place for media is made once, and is there afterwards', async () => {
      const media = await make()
      await expect(media.ping(5_000)).rejects.toThrow()
      expect(await media.setup()).toBe('made')
      expect(await media.setup()).toBe('there')
      await media.ping(5_000)
    })

    test('what was put is found, with its size, its time and a tag without quotes', async () => {
      const before = Date.now()
      const { found } = await stored()
      expect(found.sizeBytes).toBe(bytes.length)
      expect(found.etag).toMatch(/^[0-9A-Za-z-]+$/)
      // Storages keep whole seconds.
      expect(found.modifiedAt.getTime()).toBeGreaterThanOrEqual(before - 2_000)
      expect(found.modifiedAt.getTime()).toBeLessThanOrEqual(Date.now() + 2_000)
    })

    test('what was never put is not found', async () => {
      const { media } = await stored()
      expect(await media.stat('spring/none.mp4')).toBeUndefined()
      expect(await media.stat('spring')).toBeUndefined()
    })

    test('it is read whole, and in parts down to one byte', async () => {
      const { media, found } = await stored()
      expect(await read(media, found.etag, whole)).toEqual(bytes)
      for (const [first, last] of [
        [0, 0],
        [1, 1],
        [100, 70_000],
        [199_999, 199_999],
      ] as const)
        expect(await read(media, found.etag, { first, last })).toEqual(bytes.slice(first, last + 1))
    })

    test('a small file, an empty one too, is stored as it is', async () => {
      const { media } = await stored()
      await media.put('tiny.svg', new TextEncoder().encode('<svg/>'), 'image/svg+xml')
      expect((await media.stat('tiny.svg'))?.sizeBytes).toBe(6)
      await media.put('empty.vtt', new Uint8Array(), 'text/vtt')
      expect((await media.stat('empty.vtt'))?.sizeBytes).toBe(0)
    })

    test('a file that replaces another has another tag, and the old tag opens nothing', async () => {
      const { media, found } = await stored()
      await media.put('spring/clip.mp4', bytes.slice(1), 'video/mp4')
      expect((await media.stat('spring/clip.mp4'))?.etag).not.toBe(found.etag)
      await expect(media.open('spring/clip.mp4', found.etag, whole)).rejects.toThrow('replaced')
    })

    test('a reader who leaves early ends the reading', async () => {
      const { media, found } = await stored()
      const stream = await media.open('spring/clip.mp4', found.etag, whole)
      const reader = stream.getReader()
      expect((await reader.read()).done).toBe(false)
      await reader.cancel()
      expect((await reader.read()).done).toBe(true)
    })
  })
}
