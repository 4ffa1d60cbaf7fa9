import { expect, test } from 'bun:test'
import { dayLater, isDay, saidOr } from './days.ts'

test('a day is one that there is, and the next one may be of another month or year', () => {
  expect(['2026-11-30', '2026-13-01', '7d', '2026-11-30T08:00Z', undefined].map(isDay)).toEqual([
    ...[true, false, false, false, false],
  ])
  expect([dayLater('2026-12-31', 1), dayLater('2028-03-01', -1)]).toEqual(['2027-01-01', '2028-02-29'])
})

test('what an address holds is said, also where it is no moment', () => {
  const say = (iso: string) => new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC' }).format(new Date(iso))
  expect([saidOr('2026-11-30', say), saidOr('abc', say)]).toEqual(['30/11/2026', 'abc'])
})
