import { expect, test } from 'bun:test'
import { readForm } from './form-body.ts'

test('what begins with first_ stands in the first touch', () => {
  expect(readForm('phone=1&first_utm_source=tv&phone=2')).toEqual({
    phone: '2',
    first_utm_source: 'tv',
    first_touch: { utm_source: 'tv' },
  })
})

test('names that every object knows are names like any other, and change no object', () => {
  const fields = readForm('__proto__=x&first___proto__=y&constructor=z&first_constructor=w')
  expect(Object.entries(fields)).toContainEqual(['__proto__', 'x'])
  expect(Object.entries(fields.first_touch as object)).toEqual([
    ['__proto__', 'y'],
    ['constructor', 'w'],
  ])
  expect(Object.getPrototypeOf(fields)).toBe(Object.prototype)
  expect(({} as Record<string, unknown>).x).toBeUndefined()
})
