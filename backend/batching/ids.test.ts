import { expect, test } from 'bun:test'
import { acceptedAtMs, batchId, batchIdOf, idAt, indexInBatch, isId, perBatchMax } from './ids.ts'

const someTimeMs = Date.UTC(2026, 10, 21, 8, 30, 0, 123)
const random = crypto.getRandomValues(new Uint8Array(9))

test('an id tells its time, its place and its batch', () => {
  const batch = batchId(someTimeMs, random)
  for (const index of [0, 1, 255, perBatchMax - 1]) {
    const id = idAt(batch, index)
    expect(isId(id)).toBe(true)
    expect(acceptedAtMs(id)).toBe(someTimeMs)
    expect(indexInBatch(id)).toBe(index)
    expect(batchIdOf(id)).toBe(batch)
  }
})

test('ids of later batches sort after those of earlier ones', () => {
  expect(batchId(someTimeMs, random) < batchId(someTimeMs + 1, random)).toBe(true)
})

test('two batches of one millisecond have different ids', () => {
  const other = crypto.getRandomValues(new Uint8Array(9))
  expect(batchId(someTimeMs, random)).not.toBe(batchId(someTimeMs, other))
})

test.each([[''], ['x'], ['01a1fd57-48ba-4000-9bd6-de0d31d5c61d'], ["01a1fd57-48ba-7000-9bd6-de0d31d5c61d'"]])(
  '%p is no id',
  (text) => {
    expect(isId(text)).toBe(false)
  },
)
