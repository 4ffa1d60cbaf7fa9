import { expect, test } from 'bun:test'
import { partsOf } from './over-time.ts'
import { dayAfter, dayIn } from './sources.ts'

const zone = 'Asia/Tehran'
const of = (from: string, to: string, timeZone = zone) => partsOf(timeZone, { from, to })

test.each([
  [1, 'hour', 24],
  [2, 'hour', 48],
  [3, 'day', 3],
  [31, 'day', 31],
  [32, 'week', 5],
  [217, 'week', 31],
  [218, 'four_weeks', 8],
  [3_660, 'four_weeks', 131],
] as const)('%d days are drawn by the %s, in %d parts', (days, step, parts) => {
  const to = '2026-11-30'
  const found = of(dayAfter(to, 1 - days), to)
  expect([found.step, found.edges.length - 1]).toEqual([step, parts])
})

test('parts begin at midnight of the zone, lie beside each other and fill the range', () => {
  const { edges } = of('2026-10-20', '2026-11-30')
  expect(edges[0]).toEqual(new Date('2026-10-19T20:30Z'))
  expect(edges.at(-1)).toEqual(new Date('2026-11-30T20:30Z'))
  expect(edges.map((edge) => dayIn(zone, edge))).toEqual([
    '2026-10-20',
    '2026-10-27',
    '2026-11-03',
    '2026-11-10',
    '2026-11-17',
    '2026-11-24',
    '2026-12-01',
  ])
  expect(of('2026-10-21', '2026-11-30').edges[1]).toEqual(edges[1]!)
})

test('a day has as many hours as it has', () => {
  expect(of('2026-03-29', '2026-03-29', 'Europe/Berlin').edges).toHaveLength(24)
  expect(of('2026-10-25', '2026-10-25', 'Europe/Berlin').edges).toHaveLength(26)
})
