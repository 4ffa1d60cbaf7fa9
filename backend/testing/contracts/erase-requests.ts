import { describe, expect, test } from 'bun:test'
import type { EraseRequests } from '../../desk/erase-request.ts'
import type { ErasureTable } from '../../desk/erasure.ts'
import { type Audit, theCommand } from '../../operators/audit.ts'

/** What everybody promises who keeps who asked to be forgotten. `make` gives one that keeps none. */
export function eraseRequestsContract(
  name: string,
  make: () => Promise<
    Readonly<{ requests: EraseRequests; erasures: Pick<ErasureTable, 'list'>; audit: Audit }>
  >,
) {
  const asked = (phoneKey: string) => ({ phoneKey, lastDigits: '4567', language: 'fa' })

  describe(`requests to be forgotten in ${name}`, () => {
    test('are kept once while they are open, decided once, and hold no phone then', async () => {
      const { requests, erasures, audit } = await make()
      for (const key of ['aa', 'bb', 'aa']) await requests.ask(asked(key))
      const [first, second] = await requests.list(9)
      expect(await requests.list(9)).toMatchObject([asked('aa'), asked('bb')])
      expect(await requests.refuse(first!.id, 'Not theirs.', theCommand)).toBe(true)
      expect(await requests.confirm(first!.id, theCommand)).toBeUndefined()
      expect(await erasures.list(9)).toEqual([])
      const decided = await requests.find(first!.id)
      expect(decided).toMatchObject({ decision: 'refused', reason: 'Not theirs.' })
      expect([decided?.phoneKey, decided?.lastDigits]).toEqual([undefined, undefined])
      expect((await requests.list(9)).map(({ id }) => id)).toEqual([second!.id, first!.id])
      const [entry] = await audit.list({ action: 'erase_request.decided', limit: 1 })
      expect(entry).toMatchObject({ subject: first!.id, after: { as: 'refused', reason: 'Not theirs.' } })
      // Who was refused may ask once more.
      await requests.ask(asked('aa'))
      expect((await requests.list(9)).filter(({ decision }) => !decision)).toHaveLength(2)
    })

    test('of two who decide in one moment one does: nobody is erased whom somebody refused', async () => {
      const { requests, erasures } = await make()
      for (let turn = 0; turn < 8; turn++) {
        await requests.ask(asked('cc'))
        const [open] = await requests.list(1)
        const before = (await erasures.list(99)).length
        const [refused, begun] = await Promise.all([
          requests.refuse(open!.id, 'Not theirs.', theCommand),
          requests.confirm(open!.id, theCommand),
        ])
        expect(refused).toBe(begun === undefined)
        expect((await erasures.list(99)).length - before).toBeLessThanOrEqual(refused ? 0 : 1)
        expect((await requests.find(open!.id))?.decision).toBe(refused ? 'refused' : 'erased')
      }
    })
  })
}
