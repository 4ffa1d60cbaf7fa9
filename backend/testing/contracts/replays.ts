import { describe, expect, test } from 'bun:test'
import type { Replays } from '../../desk/queue.ts'
import type { Actor } from '../../operators/audit.ts'

/** What everybody promises who keeps the wishes to store again. `make` gives none yet. */
export function replaysContract(name: string, make: () => Promise<Replays>) {
  const by: Actor = { kind: 'operator', id: crypto.randomUUID(), name: 'Ann' }
  const leadId = '01900000-0000-7000-8000-000000000000'
  const replayed = { stored: 2, stay: [{ reason: 'too long', count: 1 }], queued: 3 }

  describe(`wishes to store again in ${name}`, () => {
    test('are open until it is said what came of them, once, and each only once at a time', async () => {
      const replays = await make()
      const all = await replays.ask(by)
      const one = await replays.ask(by, leadId)
      expect((await replays.ask({ ...by, name: 'Ben' })).id).toBe(all.id)
      expect((await replays.ask(by, leadId)).id).toBe(one.id)
      expect(await replays.open()).toMatchObject([
        { id: all.id, by },
        { id: one.id, leadId },
      ])
      await replays.finish(all.id, replayed)
      await replays.finish(all.id, { stored: 0, stay: [], queued: 0 })
      expect((await replays.open()).map(({ id }) => id)).toEqual([one.id])
      const again = await replays.ask(by)
      expect(again.id).not.toBe(all.id)
      const [, , first] = await replays.list(9)
      expect(first).toMatchObject({ id: all.id, replayed, finishedAt: expect.any(Date) })
      expect(await replays.list(1)).toHaveLength(1)
    })
  })
}
