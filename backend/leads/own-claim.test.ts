import { expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { ownClaimKey } from './own-claim.ts'
import { shardOf } from './shard.ts'

const inHex = () => randomBytes(16).toString('hex')

test('the own claim of a duplicate lies in the shard of its phone, where it is looked for, told and given up', () => {
  for (let turn = 0; turn < 200; turn++) {
    const [phoneKey, idempotencyKey] = [inHex(), inHex()]
    const own = ownClaimKey({ phoneKey, idempotencyKey })!
    expect(own).toMatch(/^[0-9a-f]{32}$/)
    expect(own).not.toBe(phoneKey)
    expect(own).not.toBe(ownClaimKey({ phoneKey, idempotencyKey: inHex() })!)
    expect(shardOf(own, 12)).toBe(shardOf(phoneKey, 12))
  }
})

test('without an Idempotency-Key there is none', () => {
  expect(ownClaimKey({ phoneKey: inHex(), idempotencyKey: '' })).toBeUndefined()
})
