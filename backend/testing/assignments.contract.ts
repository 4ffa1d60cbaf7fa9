import { describe, expect, test } from 'bun:test'
import type { Assignments } from '../experiments/assign.ts'

/** The same assignments, as two processes hold them. */
export type SharedAssignments = Readonly<{ one: Assignments; other: Assignments }>

/** What every keeper of assignments promises, whichever engine keeps them. */
export function assignmentsContract(name: string, make: () => Promise<SharedAssignments>) {
  const newVisitor = () => crypto.randomUUID()
  const variants = (given: Record<string, string>) => new Map(Object.entries(given))

  describe(`assignments in ${name}`, () => {
    test('the first variant of a visitor stays for ever, in every process', async () => {
      const { one, other } = await make()
      const visitor = newVisitor()
      expect(await one.keep(visitor, variants({ hero: 'a' }))).toEqual(variants({ hero: 'a' }))
      expect(await one.keep(visitor, variants({ hero: 'b' }))).toEqual(variants({ hero: 'a' }))
      expect(await other.keep(visitor, variants({ hero: 'c' }))).toEqual(variants({ hero: 'a' }))
    })

    test('visitors and experiments are kept apart', async () => {
      const { one } = await make()
      const [first, second] = [newVisitor(), newVisitor()]
      await one.keep(first, variants({ hero: 'a' }))
      expect(await one.keep(first, variants({ hero: 'b', price: 'low' }))).toEqual(
        variants({ hero: 'a', price: 'low' }),
      )
      expect(await one.keep(second, variants({ hero: 'b' }))).toEqual(variants({ hero: 'b' }))
    })

    test('a visitor who asks several processes at once is told one variant', async () => {
      const { one, other } = await make()
      for (let round = 0; round < 10; round++) {
        const visitor = newVisitor()
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            (index % 2 ? one : other).keep(visitor, variants({ hero: `v${index}` })),
          ),
        )
        expect(new Set(answers.map((answer) => answer.get('hero'))).size).toBe(1)
      }
    })

    test('a crowd is kept, each with what was wanted', async () => {
      const { one, other } = await make()
      const crowd = Array.from({ length: 2_000 }, (_, index) => [newVisitor(), `v${index % 7}`] as const)
      for (const keeper of [one, other]) {
        const answers = await Promise.all(
          crowd.map(([visitor, variant], index) =>
            keeper.keep(visitor, variants({ hero: keeper === one ? variant : `late${index}` })),
          ),
        )
        expect(answers.map((answer) => answer.get('hero'))).toEqual(crowd.map(([, variant]) => variant))
      }
    })
  })
}
