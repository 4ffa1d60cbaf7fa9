import { expect, test } from 'bun:test'
import { dayAfter, dayIn, movingOf, type SourceFigure, startOfDay } from './sources.ts'

test.each([
  ['UTC', '2026-11-30', '2026-11-30T00:00:00.000Z'],
  ['Asia/Tehran', '2026-11-30', '2026-11-29T20:30:00.000Z'],
  ['America/Los_Angeles', '2026-11-30', '2026-11-30T08:00:00.000Z'],
  ['Pacific/Kiritimati', '2026-11-30', '2026-11-29T10:00:00.000Z'],
  ['Asia/Kathmandu', '2026-11-30', '2026-11-29T18:15:00.000Z'],
  // Clocks go forward at midnight there, and back at one.
  ['America/Havana', '2026-03-08', '2026-03-08T05:00:00.000Z'],
  ['America/Havana', '2026-11-02', '2026-11-02T05:00:00.000Z'],
])('in %s %s begins at %s, and all of it belongs to it', (zone, day, start) => {
  const found = startOfDay(zone, day)!
  expect(found.toISOString()).toBe(start)
  expect(dayIn(zone, found)).toBe(day)
  expect(dayIn(zone, new Date(found.getTime() - 1))).toBe(dayAfter(day, -1))
})

test.each(['2026-02-30', '2026-2-3', 'yesterday', ''])('%p is no day', (day) => {
  expect(startOfDay('UTC', day)).toBeUndefined()
})

test('what brought the most in either of two times stands first, and what brought nothing nowhere', () => {
  const figure = (value: string, leads: number): SourceFigure => ({
    ...{ value, leads, visits: 9, suspects: 0, duplicates: 0 },
    ...{ corrected: 0, called: 0, calledSoon: 0, medianWaitS: null },
  })
  const now = [figure('sms', 5), figure('google', 2), figure('tv', 0), figure('new', 1)]
  const before = [figure('google', 9), figure('gone', 3), figure('tv', 0)]
  expect(movingOf(now, before, 3)).toEqual([
    { value: 'google', leads: 2, before: 9 },
    { value: 'sms', leads: 5, before: 0 },
    { value: 'gone', leads: 0, before: 3 },
  ])
})
