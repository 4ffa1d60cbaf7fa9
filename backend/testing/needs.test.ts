import { expect, test } from 'bun:test'
import { inOrder, needsOf } from './needs.ts'

const texts: Record<string, string> = {
  'a.e2e.test.ts': 'const url = process.env.DATABASE_URL',
  'b.engine.test.ts': 'const mongoUrl = process.env.MONGO_URL',
  'c.engine.test.ts': 'const url = process.env.REDIS_URL',
  'd.line.test.ts': 'process.env.S3_ENDPOINT ?? process.env.MONGO_URL',
  'e.line.test.ts': 'await startFront({ apiPorts })',
}

test('a file needs Postgres and Redis, and what else it names', () => {
  const needs = Object.entries(texts).map(([file, text]) => needsOf(file, text))
  expect(needs).toEqual([
    ['postgres', 'redis', 'chromium'],
    ['postgres', 'redis', 'mongo'],
    ['postgres', 'redis'],
    ['postgres', 'redis', 'mongo', 's3'],
    ['postgres', 'redis', 'nginx'],
  ])
})

test('files that wait for nothing go first, those that wait longest last', () => {
  const files = Object.keys(texts)
  expect(inOrder(files, (file) => texts[file]!)).toEqual([
    'c.engine.test.ts',
    'a.e2e.test.ts',
    'e.line.test.ts',
    'b.engine.test.ts',
    'd.line.test.ts',
  ])
})
