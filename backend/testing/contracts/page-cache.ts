import { describe, expect, test } from 'bun:test'
import type { PageCache } from '../../page/ports.ts'

export type SharedPageCache = Readonly<{
  one: PageCache
  /** The same cache as another process sees it. */
  other: PageCache
}>

const longMs = 60_000

/** What every page cache promises, whichever engine keeps it. `make` gives an empty one. */
export function pageCacheContract(name: string, make: () => Promise<SharedPageCache>) {
  const newBuild = () => crypto.randomUUID()

  describe(`the page cache of ${name}`, () => {
    test('a page that one process keeps is found by another, whatever is in it', async () => {
      const { one, other } = await make()
      const [build, html] = [newBuild(), '<!doctype html>\n<p>سلام 👋 "quoted"</p>\0']
      await one.set(build, html, longMs)
      expect(await other.get(build)).toBe(html)
    })

    test('the page of one build is not that of another', async () => {
      const { one } = await make()
      const build = newBuild()
      await one.set(build, 'v1', longMs)
      expect(await one.get(newBuild())).toBeUndefined()
      expect(await one.get(build)).toBe('v1')
    })

    test('the newest page of a build counts', async () => {
      const { one } = await make()
      const build = newBuild()
      await one.set(build, 'v1', longMs)
      await one.set(build, 'v2', longMs)
      expect(await one.get(build)).toBe('v2')
    })

    test('a page is forgotten after its time', async () => {
      const { one } = await make()
      const build = newBuild()
      await one.set(build, 'v1', 20)
      await until(async () => (await one.get(build)) === undefined)
    })

    test('a flush forgets every page, says how many, and is heard by every process', async () => {
      const { one, other } = await make()
      let heard = 0
      one.onFlush(() => heard++)
      other.onFlush(() => heard++)
      const builds = [newBuild(), newBuild()]
      for (const build of builds) await one.set(build, 'v1', longMs)
      expect(await other.flush()).toBe(2)
      for (const build of builds) expect(await one.get(build)).toBeUndefined()
      await until(async () => heard === 2)
      expect(await one.flush()).toBe(0)
    })
  })
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await Bun.sleep(5)
}
