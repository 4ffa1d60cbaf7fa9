import { expect, test } from 'bun:test'
import {
  acceptedAtMs,
  batchId,
  batchIdOf,
  indexInBatch,
  isLeadId,
  leadIdAt,
  leadsPerBatchMax,
} from './ids.ts'

const someTimeMs = Date.UTC(2026, 10, 21, 8, 30, 0, 123)
const random = crypto.getRandomValues(new Uint8Array(9))

test('the id of a lead tells its time, its place and its batch', () => {
  const batch = batchId(someTimeMs, random)
  for (const index of [0, 1, 255, leadsPerBatchMax - 1]) {
    const id = leadIdAt(batch, index)
    expect(isLeadId(id)).toBe(true)
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
  '%p is not the id of a lead',
  (text) => {
    expect(isLeadId(text)).toBe(false)
  },
)
