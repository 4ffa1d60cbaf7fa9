import { describe, expect, test } from 'bun:test'
import { theSystem } from '../../operators/audit.ts'
import { newOperatorKey, type OperatorKeys, operatorOf } from '../../operators/operator-key.ts'
import { firstKeyRights } from '../../operators/rights.ts'

const made = { by: theSystem, action: 'key.made' } as const
const revoked = { by: theSystem, action: 'key.revoked' } as const

/** What every keeper of operator keys promises, whichever engine keeps them. */
export function operatorKeysContract(name: string, make: () => Promise<OperatorKeys>) {
  describe(`operator keys in ${name}`, () => {
    test('a key that was made says who holds it, and nothing that is nearly it does', async () => {
      const keys = await make()
      const { text, kept } = newOperatorKey('Sara')
      expect(await operatorOf(keys, text)).toBeUndefined()
      await keys.add(kept, made)
      expect(await operatorOf(keys, text)).toEqual({ id: kept.id, name: 'Sara', rights: firstKeyRights })
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
      await keys.add(kept, made)
      const listed = async () => (await keys.list()).find(({ id }) => id === kept.id)
      expect(await listed()).toEqual({
        ...{ id: kept.id, name: '', rights: firstKeyRights },
        createdAt: expect.any(Date),
      })
      expect(await keys.revoke(kept.id, revoked)).toBe(true)
      expect(await operatorOf(keys, text)).toBeUndefined()
      expect(await keys.revoke(kept.id, revoked)).toBe(false)
      expect(await keys.revoke('000000000000', revoked)).toBe(false)
      expect((await listed())?.revokedAt).toBeInstanceOf(Date)
    })

    test('a key may do what it was made for and no more, until its time is over', async () => {
      const keys = await make()
      const rights = new Set(['flags.read'] as const)
      const soon = newOperatorKey('', { rights, expiresAt: new Date(Date.now() + 60_000) })
      const over = newOperatorKey('', { rights, expiresAt: new Date(Date.now() - 1) })
      for (const { kept } of [soon, over]) await keys.add(kept, made)
      expect((await operatorOf(keys, soon.text))?.rights).toEqual(rights)
      expect(await operatorOf(keys, over.text)).toBeUndefined()
      await keys.used(soon.kept.id)
      const listed = (await keys.list()).find(({ id }) => id === soon.kept.id)
      expect(listed).toMatchObject({ rights, lastUsedAt: expect.any(Date), expiresAt: soon.kept.expiresAt })
    })
  })
}
