import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../house/sources.ts'
import { declared, inOrder, isServed, needsOf } from './needs.ts'

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

test('files that wait for nothing go first, those that wait longest last', () => {
  const inFolder = (name: string) => `backend/testing/${name}.test.ts`
  const files = ['browser/media', 'engines/request-log', 'line/page', 'engines/leads'].map(inFolder)
  expect(inOrder(files)).toEqual(
    ['engines/leads', 'line/page', 'engines/request-log', 'browser/media'].map(inFolder),
  )
})
