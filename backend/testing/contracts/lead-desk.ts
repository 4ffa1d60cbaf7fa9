import { describe, expect, test } from 'bun:test'
import type { LeadDesk } from '../../desk/work.ts'
import type { Actor, Audit } from '../../operators/audit.ts'
import { told } from '../stage/told.ts'

export type LeadDeskStage = Readonly<{
  desk: LeadDesk
  audit: Audit
  /** Stores so many leads, a second apart, the latest last; resolves with their ids. */
  put(
    leads: readonly Readonly<{ phone: string; source?: string; variant?: string; suspect?: boolean }>[],
  ): Promise<string[]>
}>

/** What everybody promises who shows operators the leads. `make` gives an empty desk. */
export function leadDeskContract(name: string, make: () => Promise<LeadDeskStage>) {
  const person = (who: string): Actor => ({ kind: 'operator', id: crypto.randomUUID(), name: who })
  const phones = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ phone: `+98912${1_000_000 + n}` }))

  describe(`the leads on the desk in ${name}`, () => {
    test('are listed page by page, the latest first, none twice and none left out', async () => {
      const { desk, put } = await make()
      const ids = await put(phones(7))
      const seen: string[] = []
      let after: { id: string; acceptedAt: Date } | undefined
      do {
        const page = await desk.list({}, 3, after)
        seen.push(...page.map(({ id }) => id))
        after = page.length === 3 ? page.at(-1) : undefined
      } while (after)
      expect(seen).toEqual(ids.toReversed())
      expect(await told(() => desk.count({}))).toEqual({ matching: 7, exact: true })
    })

    test('are found by what they are, and each count is that of its list', async () => {
      const { desk, put } = await make()
      const [, film, robot] = await put([
        { phone: '+989121000001' },
        { phone: '+989121004567', source: 'film', variant: 'hero.b' },
        { phone: '+989121000003', suspect: true },
      ])
      for (const [filter, ids] of [
        [{ source: 'film' }, [film]],
        [{ variant: 'hero.b' }, [film]],
        [{ lastDigits: '4567' }, [film]],
        [{ lastDigits: '9999' }, []],
        [{ suspect: true }, [robot]],
        [{ state: 'suspect' }, [robot]],
        [{ since: new Date(Date.now() + 3_600_000) }, []],
      ] as const) {
        expect((await desk.list(filter, 9)).map(({ id }) => id)).toEqual(ids as unknown as string[])
        expect(await told(() => desk.count(filter))).toEqual({ matching: ids.length, exact: true })
      }
    })

    test('a phone is shown to who asks for it, and the audit says to whom, without the phone', async () => {
      const { desk, audit, put } = await make()
      const [id] = await put([{ phone: '+989121000001' }])
      const by = person('Ann')
      expect(await desk.reveal(id!, { by, action: 'lead.revealed', subject: id! })).toEqual({
        phone: '+989121000001',
      })
      const [entry] = await audit.list({ action: 'lead.revealed', limit: 9 })
      expect(entry).toMatchObject({ by, subject: id, after: { phone_hash: expect.any(String) } })
      expect(JSON.stringify(entry)).not.toContain('9121000001')
      const none = '01900000-0000-7000-8000-000000000000'
      expect(await desk.reveal(none, { by, action: 'lead.revealed' })).toBeUndefined()
    })

    test('a state is changed from what it was seen to be, can be undone, and belongs to who changed it', async () => {
      const { desk, audit, put } = await make()
      const [id] = await put([{ phone: '+989121000001' }])
      const by = person('Ann')
      expect(await desk.setState(id!, { was: 'new', state: 'called' }, by)).toBe('changed')
      expect(await desk.setState(id!, { was: 'new', state: 'lost' }, person('Ben'))).toBe('meanwhile')
      expect(await desk.find(id!)).toMatchObject({ state: 'called', owner: { id: by.id } })
      expect((await desk.list({ state: 'called' }, 9)).map((each) => each.id)).toEqual([id!])
      expect((await desk.list({ owner: by.id }, 9)).map((each) => each.id)).toEqual([id!])
      expect(await desk.setState(id!, { was: 'called', state: 'new' }, by)).toBe('changed')
      expect(await desk.list({ state: 'called' }, 9)).toEqual([])
      const changes = await audit.list({ action: 'lead.state_changed', limit: 9 })
      expect(changes.map(({ before, after }) => [before?.state, after?.state])).toEqual([
        ['called', 'new'],
        ['new', 'called'],
      ])
    })

    test('whoever takes a call back that made the lead theirs has it no more, and who has called before keeps it', async () => {
      const { desk, put } = await make()
      const [one, other] = await put(phones(2))
      const [ann, ben] = [person('Ann'), person('Ben')]
      await desk.setState(one!, { was: 'new', state: 'called' }, ann)
      await desk.setState(one!, { was: 'called', state: 'new', undo: true }, ann)
      expect((await desk.find(one!))?.owner).toBeUndefined()
      await desk.setState(one!, { was: 'new', state: 'no_answer' }, ben)
      await desk.setState(one!, { was: 'no_answer', state: 'called' }, ann)
      await desk.setState(one!, { was: 'called', state: 'no_answer', undo: true }, ann)
      expect((await desk.find(one!))?.owner?.id).toBe(ben.id)
      expect(await desk.takeNext(ann)).toBe(other!)
      await desk.setState(other!, { was: 'new', state: 'called' }, ann)
      await desk.setState(other!, { was: 'called', state: 'new', undo: true }, ann)
      expect((await desk.find(other!))?.owner?.id).toBe(ann.id)
    })

    test('one that looks like a robot can only be released', async () => {
      const { desk, put } = await make()
      const [id] = await put([{ phone: '+989121000001', suspect: true }])
      expect(await desk.setState(id!, { was: 'suspect', state: 'called' }, person('Ann'))).toBe(
        'not_from_here',
      )
      expect(await desk.setState(id!, { was: 'suspect', state: 'new' }, person('Ann'))).toBe('changed')
      expect(await desk.find(id!)).toMatchObject({ state: 'new', suspect: true })
    })

    test('the next one is given to one caller alone, however many ask at once, until there is none', async () => {
      const { desk, put } = await make()
      const ids = await put(phones(6))
      const callers = Array.from({ length: 8 }, (_, n) => person(`Caller ${n}`))
      const given = await Promise.all(callers.map((by) => desk.takeNext(by)))
      expect(given.filter(Boolean).sort()).toEqual(ids.toSorted())
      expect(given.filter((id) => id === undefined)).toHaveLength(2)
    })

    test('whoever asks for the next one several times in one moment is given one', async () => {
      const { desk, put } = await make()
      await put(phones(3))
      const by = person('Ann')
      const given = await Promise.all(Array.from({ length: 3 }, () => desk.takeNext(by)))
      expect(new Set(given).size).toBe(1)
    })

    test('the one that was taken is given again while it is new, and after it another', async () => {
      const { desk, put } = await make()
      const ids = await put(phones(3))
      const [ann, ben] = [person('Ann'), person('Ben')]
      const first = await desk.takeNext(ann)
      expect(first).toBe(ids[2])
      expect(await desk.takeNext(ann)).toBe(first)
      await desk.setState(first!, { was: 'new', state: 'no_answer' }, ann)
      expect(await desk.takeNext(ann)).toBe(ids[1])
      expect(await desk.giveBack(ids[1]!, ben)).toBe(false)
      expect(await desk.giveBack(ids[1]!, ann)).toBe(true)
      expect(await desk.takeNext(ben)).toBe(ids[1])
    })

    test('one whose call was taken back is given to whoever asks next', async () => {
      const { desk, put } = await make()
      const ids = await put(phones(2))
      const [ann, ben] = [person('Ann'), person('Ben')]
      await desk.setState(ids[1]!, { was: 'new', state: 'called' }, ann)
      await desk.setState(ids[1]!, { was: 'called', state: 'new' }, ann)
      expect(await desk.takeNext(ben)).toBe(ids[1])
    })

    test('notes are kept with who wrote them', async () => {
      const { desk, put } = await make()
      const [id] = await put([{ phone: '+989121000001' }])
      expect(await desk.addNote(id!, 'after six', person('Ann'))).toBe(true)
      expect(await desk.notes(id!)).toMatchObject([{ by: 'Ann', text: 'after six', at: expect.any(Date) }])
      expect((await desk.find(id!))?.notes).toBe(1)
      expect(await desk.addNote('01900000-0000-7000-8000-000000000000', 'x', person('Ann'))).toBe(false)
    })
  })
}
