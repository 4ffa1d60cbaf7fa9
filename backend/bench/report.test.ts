import { expect, test } from 'bun:test'
import { middle, report, table } from './report.ts'

const run = (perSecond: number, round = 1) => ({
  round,
  perSecond,
  requests: perSecond * 5,
  not2xx: 0,
  p50Us: 1_000,
  p99Us: 9_000,
  cpuUs: { API: 20, generator: 5 },
  otherCores: 0.1,
  generatorCores: 0.4,
})

const found = {
  date: '2026-01-02T03:04:05.678Z',
  machine: { cores: 2, processor: 'a processor', system: 'a system' },
  versions: { Bun: '1.2.3' },
  generator: 'wrk',
  shape: { runs: 3, seconds: 5, connections: 256 },
  runs: {
    a: [run(40_000, 1), run(42_000, 2), run(1_000, 3)],
    b: [run(30_000, 1), run(20_000, 2), run(500, 3)],
  },
  ratios: [{ name: 'acknowledged / bare', of: 'b', to: 'a', floor: 0.6, aim: 0.75, value: 0.5 }],
  growth: [],
  missing: ['nginx: it is not on PATH'],
} as const

test('a report says when, where and with what it was measured, and the middle of the runs', () => {
  const text = report(found)
  expect(text).toContain('2026-01-02 03:04 UTC, 2 cores (a processor), a system, Bun 1.2.3.')
  expect(text).toMatch(/\| a +\| bare Elysia handler.*\| +40,000 \| 1\.00 \|/)
  expect(text).toMatch(/\| b +\| the line, acknowledged.*\| +20,000 \| 0\.50 \|.*API 20, generator 5/)
})

test('the line as users run it is told first, and by itself', () => {
  const [first, closer] = report({ ...found, runs: { ...found.runs, all: [run(10_000)] } }).split(
    'Closer, with something switched off',
  )
  expect(first).toMatch(/\| all +\| the line as users run it.*\| +10,000 \| +0\.25 \|/)
  expect(first).not.toContain('| b ')
  expect(closer).toMatch(/\| b +\| the line, acknowledged/)
})

test('a ratio below its floor and what could not be measured are said aloud', () => {
  expect(report(found)).toContain('BELOW FLOOR')
  expect(report(found)).toContain('Not measured: nginx: it is not on PATH.')
})

test('answers that kept no new lead are said aloud', () => {
  const b = [{ ...run(100), accepted: 480 }]
  expect(report({ ...found, runs: { b } })).toContain(
    "b: up to 20 of a run's 2xx answers were not new leads.",
  )
})

test('what is lost by growth is told beside what bare did at the same time', () => {
  const growth = [
    { leads: 0, runs: { a: [run(50_000)], b: [run(30_000)], c: [run(20_000)] } },
    { leads: 10_000_000, runs: { a: [run(40_000)], b: [run(21_600)], c: [run(16_000)] } },
  ]
  expect(report({ ...found, growth })).toMatch(
    /\| +10,000,000 \| +40,000 \| +21,600 \| +0\.54 \| +0\.90 \| +16,000 \| +0\.40 \| +1\.00 \|/,
  )
})

test('what results cost is told beside the fewest events', () => {
  const stats = [
    { events: 10_000, ms: 2, storedPerSecond: 30_000 },
    { events: 10_000_000, ms: 3, storedPerSecond: 29_000 },
  ]
  expect(report({ ...found, stats })).toMatch(/\| +10,000,000 \| +3\.0 \| +1\.50 \|/)
})

test('the slowest answers are told beside those of who waits for the disk alone', () => {
  const load = {
    ...{ share: 0.8, offeredPerSecond: 1_000, acceptedPerSecond: 1_000, refusedPerSecond: 0, unanswered: 0 },
    ...{ p50Ms: 1, p95Ms: 4, sentP99Ms: 5, refusedSentP99Ms: 0, lateP99Ms: 0 },
  }
  const loads = [
    { ...load, subject: 'as', p99Ms: 4 },
    { ...load, subject: 'b', p99Ms: 14 },
    { ...load, subject: 'b', share: 2, p99Ms: 400 },
  ] as const
  const text = report({ ...found, openLoop: { capacityPerSecond: 1_250, loads } })
  expect(text).toContain('p99 of b at 80 %: 3.5 of as, at most 5')
})

test('a figure that some runs lack is the middle of the others', () => {
  const figure = (value: { dropped?: number }) => value.dropped
  expect(middle([{ ...run(1), dropped: 4 }, run(2), { ...run(3), dropped: 8 }], figure)).toBe(6)
})

test('a table has its figures to the right', () => {
  expect(
    table(
      ['who', 'how much'],
      [
        ['a', '1'],
        ['bb', '1,000'],
      ],
    ),
  ).toBe(['| who | how much |', '|-----|---------:|', '| a   |        1 |', '| bb  |    1,000 |'].join('\n'))
})
