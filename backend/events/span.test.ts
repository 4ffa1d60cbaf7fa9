import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { spansBetween } from './span.ts'

const at = (text: string) => new Date(`${text}Z`)

test('without a beginning and an end all days are read', () => {
  expect(spansBetween(undefined, undefined)).toEqual([{ grain: 'day' }])
})

test('whole days are read by the day, and what is left at both ends by the quarter of an hour', () => {
  expect(spansBetween(at('2026-11-01T22:10'), at('2026-11-04T01:10'))).toEqual([
    { grain: 'quarter', from: at('2026-11-01T22:00'), to: at('2026-11-02T00:00') },
    { grain: 'day', from: at('2026-11-02T00:00'), to: at('2026-11-04T00:00') },
    { grain: 'quarter', from: at('2026-11-04T00:00'), to: at('2026-11-04T01:15') },
  ])
})

test('within a day only quarters of an hour are read', () => {
  expect(spansBetween(at('2026-11-01T22:10'), at('2026-11-02T01:00'))).toEqual([
    { grain: 'quarter', from: at('2026-11-01T22:00'), to: at('2026-11-02T01:00') },
  ])
  expect(spansBetween(at('2026-11-01T00:00'), at('2026-11-02T00:00'))).toEqual([
    { grain: 'day', from: at('2026-11-01T00:00'), to: at('2026-11-02T00:00') },
  ])
})

test.each([
  ['Tehran', '+03:30'],
  ['Kathmandu', '+05:45'],
  ['St. John’s', '-03:30'],
])('two days of %s that touch share nothing', (_place, zone) => {
  const days = [1, 2, 3].map((day) => new Date(`2026-11-0${day}T00:00:00${zone}`))
  expect(spansBetween(days[0], days[1]).at(-1)!.to).toEqual(days[1])
  expect(spansBetween(days[1], days[2])[0]!.from).toEqual(days[1])
})

test('an open end is read by the day', () => {
  expect(spansBetween(at('2026-11-01T22:10'), undefined)).toEqual([
    { grain: 'quarter', from: at('2026-11-01T22:00'), to: at('2026-11-02T00:00') },
    { grain: 'day', from: at('2026-11-02T00:00') },
  ])
})

test('spans follow each other without a gap and cover what was asked', () => {
  const moment = fc.date({ min: at('2026-01-01T00:00'), max: at('2026-03-01T00:00'), noInvalidDate: true })
  fc.assert(
    fc.property(moment, moment, (one, other) => {
      const [from, to] = one <= other ? [one, other] : [other, one]
      fc.pre(from < to)
      const spans = spansBetween(from, to)
      expect(spans[0]!.from! <= from && spans.at(-1)!.to! >= to).toBe(true)
      for (let index = 1; index < spans.length; index++)
        expect(spans[index]!.from).toEqual(spans[index - 1]!.to!)
    }),
  )
})
