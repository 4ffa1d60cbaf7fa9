import { expect, test } from 'bun:test'
import { dealtSince } from './since.ts'

const at = (time: string) => new Date(`2026-06-01T${time}Z`)
const dealing = (a: number, b: number, salt = 'hero') => ({
  ...{
    salt,
    variants: [
      { name: 'a', weight: a },
      { name: 'b', weight: b },
    ],
  },
})

test('results begin with the first quarter of an hour after another dealing, and not with a stop', () => {
  const changes = [
    { at: at('12:00'), before: dealing(9, 1), after: dealing(90, 10) },
    { at: at('10:03'), before: dealing(1, 1), after: dealing(9, 1) },
    { at: at('09:00'), after: dealing(1, 1) },
  ]
  expect(dealtSince('hero', changes)).toEqual(at('10:15'))
  expect(dealtSince('hero', changes.slice(2))).toBeUndefined()
  expect(dealtSince('hero', [])).toBeUndefined()
})

test('results begin anew with another salt, and where an experiment of the page gets its defaults again', () => {
  expect(dealtSince('hero', [{ at: at('10:00'), before: dealing(1, 1), after: dealing(1, 1, 'x') }])).toEqual(
    at('10:00'),
  )
  expect(dealtSince('hero', [{ at: at('10:00'), before: dealing(9, 1) }])).toEqual(at('10:00'))
})
