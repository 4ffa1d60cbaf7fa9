import { expect, test } from 'bun:test'
import { memoryReport } from './memory.ts'

const held = (submissions: number, apiMb: number, workerMb: number) => ({
  submissions,
  apiMb,
  workerMb,
  seconds: 1,
})

test('memory that grows by a fifth is flat, by more it is not', () => {
  expect(memoryReport([held(1, 100, 100), held(10, 120, 90)]).flat).toBe(true)
  expect(memoryReport([held(1, 100, 100), held(10, 121, 100)]).flat).toBe(false)
  expect(memoryReport([held(1, 100, 100), held(10, 100, 121)]).flat).toBe(false)
})

test('without figures nothing is called flat', () => {
  expect(memoryReport([]).flat).toBe(false)
})
