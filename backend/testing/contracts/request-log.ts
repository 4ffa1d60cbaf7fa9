import { afterEach, describe, expect, test } from 'bun:test'
import type { RequestLog } from '../../leads/request-log.ts'
import { anEntry } from '../stage/request-entry.ts'

/** A request log under test, with a way to take its store away. */
export type RequestLogStage = Readonly<{
  log: RequestLog & { waiting(): number; flush(deadlineMs: number): Promise<void> }
  counts: Readonly<{ written: number; dropped: number }>
  keptIds(): Promise<readonly string[]>
  goAway(): Promise<void>
  comeBack(): Promise<void>
  end(): Promise<void>
}>

const longEnoughMs = 20_000

/** What every request log promises, whichever engine keeps it. */
export function requestLogContract(
  name: string,
  setUp: (options: { maxWaiting: number }) => Promise<RequestLogStage>,
) {
  describe(`the request log in ${name}`, () => {
    let stage: RequestLogStage
    const open = async (maxWaiting: number) => {
      stage = await setUp({ maxWaiting })
      return stage
    }
    const writeSome = (count: number) => {
      const entries = Array.from({ length: count }, () => anEntry({}))
      for (const entry of entries) stage.log.write(entry)
      return entries.map((entry) => entry.id)
    }
    afterEach(() => stage.end())

    test('keeps every entry', async () => {
      const { log, counts, keptIds } = await open(10_000)
      const ids = writeSome(1_234)
      await log.flush(longEnoughMs)
      expect(log.waiting()).toBe(0)
      expect([...(await keptIds())].sort()).toEqual(ids.sort())
      expect(counts).toEqual({ written: 1_234, dropped: 0 })
    })

    test('keeps an entry that is written twice once', async () => {
      const { log, counts, keptIds } = await open(10_000)
      const entry = anEntry({})
      for (const _ of [1, 2]) {
        log.write(entry)
        await log.flush(longEnoughMs)
      }
      log.write(entry)
      log.write(anEntry({}))
      await log.flush(longEnoughMs)
      expect(await keptIds()).toHaveLength(2)
      expect(counts.dropped).toBe(0)
    })

    test('waits for a store that is away, and writes by itself when it is back', async () => {
      const { log, counts, keptIds, goAway, comeBack } = await open(10_000)
      await goAway()
      const ids = writeSome(40)
      await log.flush(20)
      expect(log.waiting()).toBe(40)
      expect(counts).toEqual({ written: 0, dropped: 0 })
      await comeBack()
      await log.flush(longEnoughMs)
      expect([...(await keptIds())].sort()).toEqual(ids.sort())
    })

    test('goes on after an outage in the middle of its work', async () => {
      const { log, counts, keptIds, goAway, comeBack } = await open(10_000)
      const ids = writeSome(700)
      await goAway()
      ids.push(...writeSome(700))
      await log.flush(20)
      await comeBack()
      ids.push(...writeSome(700))
      await log.flush(longEnoughMs)
      expect([...(await keptIds())].sort()).toEqual(ids.sort())
      expect(counts.dropped).toBe(0)
    })

    test('drops the oldest over the bound, and every entry is counted as written or as dropped', async () => {
      const { log, counts, keptIds, goAway, comeBack } = await open(100)
      await goAway()
      const ids = writeSome(1_000)
      expect(log.waiting()).toBeLessThanOrEqual(100)
      await comeBack()
      await log.flush(longEnoughMs)
      const kept = await keptIds()
      expect(counts.written + counts.dropped).toBe(1_000)
      expect(counts.written).toBe(kept.length)
      expect(kept).toContain(ids.at(-1)!)
      expect(kept).not.toContain(ids[0]!)
    })
  })
}
