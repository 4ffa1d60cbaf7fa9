import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../house/sources.ts'
import { declared, inOrder, isServed, needsOf, nextOf, notThatWay } from './needs.ts'

test('the folder of a test says what it needs, and its row what else', () => {
  expect(needsOf('backend/testing/engines/leads.test.ts')).toEqual(['postgres', 'redis'])
  expect(needsOf('backend/testing/browser/media.test.ts')).toEqual(['postgres', 'redis', 'chromium', 's3'])
  expect(needsOf('backend/testing/line/page.test.ts')).toEqual(['postgres', 'redis', 'nginx'])
  expect(needsOf('backend/leads/phone.test.ts')).toEqual([])
})

test('a test that stands beside its file, or checks the house, runs alone', () => {
  for (const file of ['backend/leads/phone.test.ts', 'backend/testing/house/rooms.test.ts'])
    expect(isServed(file)).toBe(false)
  expect(isServed('backend/testing/faults/redis.test.ts')).toBe(true)
})

test('every file with a row of its own exists', () => {
  expect(declared.filter((file) => !existsSync(join(root, file)))).toEqual([])
})

test('of the files whose parts are there, those are taken first whose parts came last, and engines last', () => {
  const inFolder = (name: string) => `backend/testing/${name}.test.ts`
  const files = ['engines/leads', 'faults/redis', 'browser/media', 'engines/request-log', 'line/page'].map(
    inFolder,
  )
  expect(inOrder(files)).toEqual(
    ['browser/media', 'engines/request-log', 'line/page', 'faults/redis', 'engines/leads'].map(inFolder),
  )
})

test('a browser runs beside another only when nothing else is left', () => {
  const [desk, docs, queue] = ['browser/desk', 'browser/docs', 'engines/queue'].map(
    (name) => `backend/testing/${name}.test.ts`,
  ) as [string, string, string]
  expect(nextOf([desk, docs, queue], [])).toBe(desk)
  expect(nextOf([docs, queue], [desk])).toBe(queue)
  expect(nextOf([docs], [desk, queue])).toBe(docs)
  expect(nextOf([], [desk])).toBeUndefined()
})

test('only where phones are divided, what looks at the keys of one shard does not run', () => {
  const file = 'backend/testing/faults/ids.test.ts'
  for (const LINE_SHARDS of [undefined, '', '1']) expect(notThatWay(file, { LINE_SHARDS })).toBeUndefined()
  expect(notThatWay(file, { LINE_SHARDS: '12' })).toContain('one shard')
  expect(notThatWay('backend/testing/faults/storm.test.ts', { LINE_SHARDS: '12' })).toBeUndefined()
})

test('with a pooler before every Postgres each served test needs one, but for those that come to Postgres itself', () => {
  const pooled = { LINE_POOLED: '1' }
  const file = 'backend/testing/faults/storm.test.ts'
  expect(needsOf(file, pooled)).toEqual(['postgres', 'redis', 'pgbouncer'])
  expect(notThatWay(file, pooled)).toBeUndefined()
  expect(notThatWay('backend/testing/faults/replica.test.ts', pooled)).toContain('Postgres itself')
  expect(notThatWay('backend/testing/faults/replica.test.ts', {})).toBeUndefined()
  expect(needsOf('backend/testing/house/rooms.test.ts', pooled)).toEqual([])
})
