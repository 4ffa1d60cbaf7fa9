import { describe, expect, test } from 'bun:test'
import { parseRange } from './range.ts'

describe('a range within the file', () => {
  test.each([
    ['bytes=0-0', { first: 0, last: 0 }],
    ['bytes=0-', { first: 0, last: 99 }],
    ['bytes=10-19', { first: 10, last: 19 }],
    ['bytes=90-500', { first: 90, last: 99 }],
    ['bytes=-10', { first: 90, last: 99 }],
    ['bytes=-500', { first: 0, last: 99 }],
    ['BYTES=5-6', { first: 5, last: 6 }],
  ])('%s of 100 bytes', (header, range) => {
    expect(parseRange(header, 100)).toEqual(range)
  })
})

test.each(['bytes=100-', 'bytes=100-200', 'bytes=-0'])('%s of 100 bytes cannot be satisfied', (header) => {
  expect(parseRange(header, 100)).toBe('unsatisfiable')
})

test('no range of an empty file can be satisfied', () => {
  expect(parseRange('bytes=0-', 0)).toBe('unsatisfiable')
  expect(parseRange('bytes=-5', 0)).toBe('unsatisfiable')
})

test.each([
  null,
  '',
  'bytes=',
  'bytes=-',
  'bytes=5-2',
  'bytes=0-1,5-6',
  'lines=1-2',
  'bytes=a-b',
  'bytes=1-2-3',
])('%p asks for the whole file', (header) => {
  expect(parseRange(header, 100)).toBeUndefined()
})
