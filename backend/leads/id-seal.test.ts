import { expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { acceptedAtMs, batchId, idAt, isId, perSealedBatchMax } from '../batching/ids.ts'
import { createIdSeal, createSealInUse, idSealOf, isSealed, newSealKey } from './id-seal.ts'

const nowMs = 1_795_000_000_000
const newBatch = () => batchId(nowMs, randomBytes(9))
const seal = createIdSeal(newSealKey())

test('an id under a seal is a UUIDv7 of its moment, is one of its own, and opens to its batch and place', () => {
  const batch = newBatch()
  const ids = seal.idsOf(batch, perSealedBatchMax)
  expect(new Set(ids).size).toBe(perSealedBatchMax)
  for (const [index, id] of ids.entries()) {
    expect(isId(id) && isSealed(id)).toBe(true)
    expect(acceptedAtMs(id)).toBe(nowMs)
    expect(seal.open(id)).toBe(idAt(batch, index))
  }
})

test('one lead of a batch tells nothing of its neighbours: about half of all bits behind the time differ', () => {
  const bitsOf = (id: string) => (BigInt(`0x${id.slice(15).replaceAll('-', '')}`) & ~(1n << 75n)).toString(2)
  let differing = 0
  const batches = 200
  for (let round = 0; round < batches; round++) {
    const [one, next] = seal.idsOf(newBatch(), 2).map((id) => bitsOf(id).padStart(76, '0'))
    for (let bit = 0; bit < 76; bit++) if (one![bit] !== next![bit]) differing++
  }
  // 73 of them are free. Six times the standard deviation to either side.
  expect(Math.abs(differing / batches - 36.5)).toBeLessThan((6 * Math.sqrt(73)) / 2 / Math.sqrt(batches))
})

test('the same key gives the same ids in every process, and another key gives others', () => {
  const batch = newBatch()
  expect(idSealOf(seal.key).idsOf(batch, 3)).toEqual(seal.idsOf(batch, 3))
  const other = createIdSeal(newSealKey())
  expect(other.idsOf(batch, 3)).not.toEqual(seal.idsOf(batch, 3))
  expect(other.open(seal.idsOf(batch, 1)[0]!)).not.toBe(batch)
})

test('an id that an earlier version gave out is left as it is', () => {
  const id = idAt(newBatch(), 511)
  expect(isSealed(id)).toBe(false)
  expect(seal.open(id)).toBe(id)
})

test('a process begins with a key of its own, and takes the one that all agree on', () => {
  const [one, other] = [createSealInUse(), createSealInUse()]
  expect(one.current().key).not.toBe(other.current().key)
  other.use(one.current().key)
  expect(other.current().key).toBe(one.current().key)
})
