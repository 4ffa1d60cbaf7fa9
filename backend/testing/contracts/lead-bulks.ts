import { describe, expect, test } from 'bun:test'
import { type BulkChanges, carryOutBulk } from '../../desk/bulk.ts'
import type { Actor } from '../../operators/audit.ts'
import type { LeadDeskStage } from './lead-desk.ts'

/** What everybody promises who changes many leads at once. `make` gives an empty desk. */
export function bulkContract(
  name: string,
  make: () => Promise<LeadDeskStage & Readonly<{ bulks: BulkChanges }>>,
) {
  const ann: Actor = { kind: 'operator', id: crypto.randomUUID(), name: 'Ann' }
  const ben: Actor = { kind: 'operator', id: crypto.randomUUID(), name: 'Ben' }
  const phones = (count: number, source = 'spring') =>
    Array.from({ length: count }, (_, n) => ({ phone: `+98912${1_000_000 + n}`, source }))
  const toLost = (selection: Parameters<BulkChanges['begin']>[0]['selection']) => ({
    ...{ id: crypto.randomUUID(), selection },
    change: { state: 'lost' } as const,
  })
  const rest = async () => {}

  describe(`changes of many leads in ${name}`, () => {
    test('reach what matched when it was asked, and nothing that came or changed since', async () => {
      const { desk, bulks, audit, put } = await make()
      const ids = await put(phones(4))
      const asked = toLost({ filter: { source: 'spring', state: 'new' } })
      expect(await bulks.begin(asked, ann)).toBe('begun')
      await desk.setState(ids[0]!, { was: 'new', state: 'called' }, ben)
      const [later] = await put([{ phone: '+989129999999', source: 'spring' }])
      await carryOutBulk(bulks, asked.id, rest)
      expect(await bulks.find(asked.id)).toMatchObject({
        ...{ status: 'done', total: 4, changed: 3, same: 0, left: 1, finishedAt: expect.any(Date) },
      })
      const states = await Promise.all([...ids, later!].map(async (id) => (await desk.find(id))!.state))
      expect(states).toEqual(['called', 'lost', 'lost', 'lost', 'new'])
      const [finished, begun] = await audit.list({ kind: 'bulk', limit: 9 })
      expect([begun, finished]).toMatchObject([
        { by: ann, action: 'bulk.begun', subject: asked.id, after: { leads: 4, change: { state: 'lost' } } },
        { by: ann, action: 'bulk.finished', after: { changed: 3, same: 0, left: 1 } },
      ])
    })

    test('are undone for every lead that nobody changed since, and say for how many not', async () => {
      const { desk, bulks, audit, put } = await make()
      const ids = await put(phones(4))
      await desk.setState(ids[1]!, { was: 'new', state: 'interested' }, ben)
      const asked = toLost({ ids })
      await bulks.begin(asked, ann)
      await carryOutBulk(bulks, asked.id, rest)
      await desk.setState(ids[3]!, { was: 'lost', state: 'won' }, ben)
      expect(await bulks.undo(asked.id, ann)).toBe(true)
      await carryOutBulk(bulks, asked.id, rest)
      expect(await bulks.find(asked.id)).toMatchObject({ status: 'undone', changed: 4, undone: 3, kept: 1 })
      const states = await Promise.all(ids.map(async (id) => (await desk.find(id))!.state))
      expect(states).toEqual(['new', 'interested', 'new', 'won'])
      expect(await bulks.undo(asked.id, ann)).toBe(false)
      const [entry] = await audit.list({ kind: 'bulk', limit: 1 })
      expect(entry).toMatchObject({ action: 'bulk.undone', after: { undone: 3, kept: 1 } })
    })

    test('release what looks like a robot’s, make nothing else of it, and leave what is so already', async () => {
      const { desk, bulks, put } = await make()
      const [robot, called] = await put([{ phone: '+989121000001', suspect: true }, ...phones(1)])
      const lost = toLost({ ids: [robot!] })
      await bulks.begin(lost, ann)
      await carryOutBulk(bulks, lost.id, rest)
      expect(await bulks.find(lost.id)).toMatchObject({ changed: 0, left: 1 })
      const fresh = { ...toLost({ ids: [robot!, called!] }), change: { state: 'new' } as const }
      await bulks.begin(fresh, ann)
      await carryOutBulk(bulks, fresh.id, rest)
      expect(await bulks.find(fresh.id)).toMatchObject({ changed: 1, same: 1 })
      expect(await desk.find(robot!)).toMatchObject({ state: 'new', suspect: true })
      await bulks.undo(fresh.id, ann)
      await carryOutBulk(bulks, fresh.id, rest)
      expect(await bulks.find(fresh.id)).toMatchObject({ undone: 0, kept: 1 })
    })

    test('of nothing are not begun', async () => {
      const { bulks } = await make()
      expect(await bulks.begin(toLost({ filter: { source: 'none' } }), ann)).toBe('none')
      expect(await bulks.list(9)).toEqual([])
    })
  })
}
