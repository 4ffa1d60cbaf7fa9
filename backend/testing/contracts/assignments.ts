import { describe, expect, test } from 'bun:test'
import type { Assignments } from '../../experiments/assign.ts'

/** The same assignments, as two processes hold them. */
export type SharedAssignments = Readonly<{ one: Assignments; other: Assignments }>

/** What every keeper of assignments promises, whichever engine keeps them. */
export function assignmentsContract(name: string, make: () => Promise<SharedAssignments>) {
  const newVisitor = () => crypto.randomUUID()
  const variants = (given: Record<string, string>) => new Map(Object.entries(given))
  const all = ['a', 'b', 'c', 'low', ...Array.from({ length: 20 }, (_, index) => `v${index}`)]
  const keep = (keeper: Assignments, visitor: string, wanted: Record<string, string>, choices = all) =>
    keeper.keep(
      visitor,
      new Map(
        Object.entries(wanted).map(([experiment, variant]) => [experiment, { variant, variants: choices }]),
      ),
    )
  const keptOf = async (...args: Parameters<typeof keep>) => (await keep(...args)).variants

  describe(`assignments in ${name}`, () => {
    test('the first variant of a visitor stays for ever, in every process', async () => {
      const { one, other } = await make()
      const visitor = newVisitor()
      expect(await keptOf(one, visitor, { hero: 'a' })).toEqual(variants({ hero: 'a' }))
      expect(await keptOf(one, visitor, { hero: 'b' })).toEqual(variants({ hero: 'a' }))
      expect(await keptOf(other, visitor, { hero: 'c' })).toEqual(variants({ hero: 'a' }))
    })

    test('visitors and experiments are kept apart', async () => {
      const { one } = await make()
      const [first, second] = [newVisitor(), newVisitor()]
      await keptOf(one, first, { hero: 'a' })
      expect(await keptOf(one, first, { hero: 'b', price: 'low' })).toEqual(
        variants({ hero: 'a', price: 'low' }),
      )
      expect(await keptOf(one, second, { hero: 'b' })).toEqual(variants({ hero: 'b' }))
    })

    test('a visitor who asks several processes at once is told one variant', async () => {
      const { one, other } = await make()
      for (let round = 0; round < 10; round++) {
        const visitor = newVisitor()
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            keep(index % 2 ? one : other, visitor, { hero: `v${index}` }),
          ),
        )
        expect(new Set(answers.map((answer) => answer.variants.get('hero'))).size).toBe(1)
        expect(answers.filter((answer) => answer.given.has('hero'))).toHaveLength(1)
      }
    })

    test('whoever is given a variant is told so once', async () => {
      const { one, other } = await make()
      const visitor = newVisitor()
      expect((await keep(one, visitor, { hero: 'a' })).given).toEqual(new Set(['hero']))
      expect((await keep(other, visitor, { hero: 'a', price: 'low' })).given).toEqual(new Set(['price']))
      expect((await keep(one, visitor, { hero: 'a', price: 'low' })).given).toEqual(new Set())
    })

    test('a variant that has left its experiment is replaced once, and what replaced it stays', async () => {
      const { one, other } = await make()
      const [visitor, neighbour] = [newVisitor(), newVisitor()]
      for (const each of [visitor, neighbour]) await keep(one, each, { hero: 'a', price: 'low' })
      const replaced = await keep(other, visitor, { hero: 'b', price: 'low' }, ['b', 'c', 'low'])
      expect(replaced).toEqual({ variants: variants({ hero: 'b', price: 'low' }), given: new Set(['hero']) })
      expect(await keptOf(one, visitor, { hero: 'c' }, ['b', 'c'])).toEqual(variants({ hero: 'b' }))
      expect(await keptOf(one, neighbour, { hero: 'b' })).toEqual(variants({ hero: 'a' }))
    })

    test('whoever may leave nothing is told what they have, and nothing new is kept', async () => {
      const { one, other } = await make()
      const [known, stranger] = [newVisitor(), newVisitor()]
      const hero = new Map([['hero', { variant: 'b', variants: all }]])
      await keep(one, known, { hero: 'a' })
      expect((await one.keep(known, hero, () => false)).variants).toEqual(variants({ hero: 'a' }))
      const refused = await one.keep(stranger, hero, () => false)
      expect(refused).toEqual({ variants: new Map(), given: new Set() })
      expect((await keep(other, stranger, { hero: 'c' })).given).toEqual(new Set(['hero']))
    })

    test('only a visitor who would be kept is asked for room', async () => {
      const { one } = await make()
      const visitor = newVisitor()
      const hero = new Map([['hero', { variant: 'a', variants: all }]])
      let asked = 0
      const mayWrite = () => ++asked > 0
      for (let each = 0; each < 3; each++) await one.keep(visitor, hero, mayWrite)
      expect(asked).toBe(1)
    })

    test('a name that means something to the machine is a name like any other', async () => {
      const { one } = await make()
      const visitor = newVisitor()
      const wanted = (variant: string) => new Map([['__proto__', { variant, variants: [variant] }]])
      await one.keep(visitor, wanted('a'))
      expect((await one.keep(visitor, wanted('b'))).variants.get('__proto__')).toBe('b')
    })

    test('a crowd is kept, each with what was wanted', async () => {
      const { one, other } = await make()
      const crowd = Array.from({ length: 2_000 }, (_, index) => [newVisitor(), `v${index % 7}`] as const)
      for (const keeper of [one, other]) {
        const answers = await Promise.all(
          crowd.map(([visitor, variant], index) =>
            keptOf(keeper, visitor, { hero: keeper === one ? variant : all[index % 4]! }),
          ),
        )
        expect(answers.map((answer) => answer.get('hero'))).toEqual(crowd.map(([, variant]) => variant))
      }
    })
  })
}
