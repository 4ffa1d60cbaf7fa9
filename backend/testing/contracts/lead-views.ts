import { describe, expect, test } from 'bun:test'
import { type SavedViews, viewsMax } from '../../desk/views.ts'
import type { Actor, Audit } from '../../operators/audit.ts'

/** What everybody promises who keeps views of the leads. `make` gives one that keeps none. */
export function savedViewsContract(
  name: string,
  make: () => Promise<Readonly<{ views: SavedViews; audit: Audit }>>,
) {
  const person = (who: string): Actor => ({ kind: 'operator', id: crypto.randomUUID(), name: who })
  const view = (called: string) => ({
    id: crypto.randomUUID(),
    name: called,
    parts: { state: 'interested', since: '7d' },
  })

  describe(`views of the leads in ${name}`, () => {
    test('are seen by whoever keeps them, and by all once they are shared', async () => {
      const { views, audit } = await make()
      const [ann, ben] = [person('Ann'), person('Ben')]
      const hot = view('Hot')
      expect(await views.save(hot, ann)).toBe('done')
      expect(await views.list(ben.id)).toEqual([])
      expect(await views.change(hot.id, { isShared: true }, ben, true)).toBe('unknown')
      expect(await views.change(hot.id, { isShared: true }, ann, true)).toBe('done')
      const shared = { ...hot, isShared: true, owner: ann.id }
      expect([await views.list(ben.id), await views.list(ann.id)]).toEqual([[shared], [shared]])
      expect(await views.change(hot.id, { isShared: false }, ben, true)).toBe('done')
      expect(await views.list(ben.id)).toEqual([])
      const [entry] = await audit.list({ kind: 'view', limit: 1 })
      expect(entry).toMatchObject({
        ...{ by: ben, action: 'view.changed', subject: hot.id },
        ...{ before: { shared: true }, after: { shared: false, name: 'Hot' } },
      })
    })

    test('are changed and removed by whoever keeps them; a shared one also by whoever may share', async () => {
      const { views, audit } = await make()
      const [ann, ben] = [person('Ann'), person('Ben')]
      const hot = view('Hot')
      await views.save(hot, ann)
      expect(await views.change(hot.id, { name: 'Mine' }, ben, true)).toBe('unknown')
      expect(await views.remove(hot.id, ben, true)).toBe('unknown')
      expect(await views.change(hot.id, { name: 'Warm', parts: { source: 'film' } }, ann, false)).toBe('done')
      expect(await views.list(ann.id)).toMatchObject([{ name: 'Warm', parts: { source: 'film' } }])
      await views.change(hot.id, { isShared: true }, ann, true)
      expect(await views.remove(hot.id, ben, false)).toBe('unknown')
      expect(await views.remove(hot.id, ben, true)).toBe('done')
      expect([await views.list(ann.id), await views.remove(hot.id, ann, false)]).toEqual([[], 'unknown'])
      const done = await audit.list({ kind: 'view', limit: 9 })
      expect(done.map(({ action }) => String(action))).toEqual([
        ...['view.removed', 'view.changed', 'view.changed', 'view.saved'],
      ])
    })

    test('have each a name of its own for whoever keeps them, and are not without end', async () => {
      const { views } = await make()
      const [ann, ben] = [person('Ann'), person('Ben')]
      await views.save(view('Hot'), ann)
      expect(await views.save(view('Hot'), ann)).toBe('taken')
      const warm = view('Warm')
      await views.save(warm, ann)
      expect(await views.change(warm.id, { name: 'Hot' }, ann, false)).toBe('taken')
      expect(await views.save(view('Hot'), ben)).toBe('done')
      for (let kept = 2; kept < viewsMax; kept++)
        expect(await views.save(view(`View ${'abcdefghij'[kept % 10]} ${kept}`), ann)).toBe('done')
      expect(await views.save(view('One more'), ann)).toBe('too_many')
    })
  })
}
