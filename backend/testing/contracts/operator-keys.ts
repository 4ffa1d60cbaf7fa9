import { describe, expect, test } from 'bun:test'
import { newOperatorKey, type OperatorKeys, operatorOf } from '../../operators/operator-key.ts'
import { allRights } from '../../operators/rights.ts'

/** What every keeper of operator keys promises, whichever engine keeps them. */
export function operatorKeysContract(name: string, make: () => Promise<OperatorKeys>) {
  describe(`operator keys in ${name}`, () => {
    test('a key that was made says who holds it, and nothing that is nearly it does', async () => {
      const keys = await make()
      const { text, kept } = newOperatorKey('Sara')
      expect(await operatorOf(keys, text)).toBeUndefined()
      await keys.add(kept)
      expect(await operatorOf(keys, text)).toEqual({ id: kept.id, name: 'Sara', rights: allRights })
      const last = text.at(-2) === 'A' ? 'B' : 'A'
      const other = newOperatorKey('').text
      for (const wrong of ['', kept.id, `${text} `, `${text.slice(0, -2)}${last}${text.at(-1)}`, other])
        expect(await operatorOf(keys, wrong)).toBeUndefined()
    })

    test('the key itself is nowhere in what is kept', async () => {
      const { text, kept } = newOperatorKey('Sara')
      expect(JSON.stringify({ ...kept, hash: Buffer.from(kept.hash).toString() })).not.toContain(
        text.slice(-43),
      )
    })

    test('a revoked key no longer works, is still listed, and cannot be revoked again', async () => {
      const keys = await make()
      const { text, kept } = newOperatorKey('')
      await keys.add(kept)
      const listed = async () => (await keys.list()).find(({ id }) => id === kept.id)
      expect(await listed()).toEqual({ id: kept.id, name: '', createdAt: expect.any(Date) })
      expect(await keys.revoke(kept.id)).toBe(true)
      expect(await operatorOf(keys, text)).toBeUndefined()
      expect(await keys.revoke(kept.id)).toBe(false)
      expect(await keys.revoke('000000000000')).toBe(false)
      expect((await listed())?.revokedAt).toBeInstanceOf(Date)
    })
  })
}
