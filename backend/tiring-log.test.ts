import { expect, test } from 'bun:test'
import { createLog } from './log.ts'
import { tiringLog } from './tiring-log.ts'

function setUp() {
  const lines: Record<string, unknown>[] = []
  let now = 0
  const log = createLog({ level: 'info', process: 'test', write: (line) => lines.push(JSON.parse(line)) })
  const tired = tiringLog(log, () => now)
  return { lines, tired, pass: (ms: number) => (now += ms) }
}

test('a million times the same error in half an hour are a handful of lines that say how often it came', () => {
  const { lines, tired, pass } = setUp()
  for (let each = 0; each < 180_000; each++) {
    tired.error('worker.error', { error: 'NOPERM' })
    pass(10)
  }
  expect(lines.length).toBeLessThan(6)
  expect(lines[0]).not.toHaveProperty('times')
  expect(lines[1]!.times).toBe(1_000)
})

test('another error is told at once, and so is the same one when all was well in between', () => {
  const { lines, tired } = setUp()
  for (const error of ['ECONNREFUSED', 'ECONNREFUSED', 'NOAUTH'])
    tired.warn('redis.connection_lost', { error })
  expect(lines.map((line) => line.error)).toEqual(['ECONNREFUSED', 'NOAUTH'])
  tired.rested()
  tired.warn('redis.connection_lost', { error: 'ECONNREFUSED' })
  expect(lines).toHaveLength(3)
})

test('what names no cause is a line each time: each is about another lead', () => {
  const { lines, tired } = setUp()
  for (const id of ['a', 'b']) tired.error('lead.quarantined', { ids: [id] })
  for (const id of ['a', 'b']) tired.info('lead.stored', { ids: [id], error: 'none' })
  expect(lines).toHaveLength(4)
})
