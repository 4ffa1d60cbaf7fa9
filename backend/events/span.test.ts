import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { spansBetween } from './span.ts'

const at = (text: string) => new Date(`${text}Z`)

test('without a beginning and an end all days are read', () => {
  expect(spansBetween(undefined, undefined)).toEqual([{ grain: 'day' }])
})

test('whole days are read by the day, and what is left at both ends by the hour', () => {
  expect(spansBetween(at('2026-11-01T22:10'), at('2026-11-04T01:10'))).toEqual([
    { grain: 'hour', from: at('2026-11-01T22:00'), to: at('2026-11-02T00:00') },
    { grain: 'day', from: at('2026-11-02T00:00'), to: at('2026-11-04T00:00') },
    { grain: 'hour', from: at('2026-11-04T00:00'), to: at('2026-11-04T02:00') },
  ])
})

test('within a day only hours are read', () => {
  expect(spansBetween(at('2026-11-01T22:10'), at('2026-11-02T01:00'))).toEqual([
    { grain: 'hour', from: at('2026-11-01T22:00'), to: at('2026-11-02T01:00') },
  ])
  expect(spansBetween(at('2026-11-01T00:00'), at('2026-11-02T00:00'))).toEqual([
    { grain: 'day', from: at('2026-11-01T00:00'), to: at('2026-11-02T00:00') },
  ])
})

test('an open end is read by the day', () => {
  expect(spansBetween(at('2026-11-01T22:10'), undefined)).toEqual([
    { grain: 'hour', from: at('2026-11-01T22:00'), to: at('2026-11-02T00:00') },
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
