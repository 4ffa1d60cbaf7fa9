import { expect, test } from 'bun:test'
import { remember } from './remember.ts'

function counted(limits: Readonly<{ max: number; lengthMax: number }>) {
  const asked: string[] = []
  const lengthOf = remember((text) => {
    asked.push(text)
    return text.length
  }, limits)
  return { asked, lengthOf }
}

test('an answer is made once', () => {
  const { asked, lengthOf } = counted({ max: 10, lengthMax: 10 })
  expect(['a', 'bc', 'a', 'bc', ''].map(lengthOf)).toEqual([1, 2, 1, 2, 0])
  expect(asked).toEqual(['a', 'bc', ''])
})

test('no more is remembered than may be, and nothing long', () => {
  const { asked, lengthOf } = counted({ max: 2, lengthMax: 3 })
  expect(['long text', 'long text'].map(lengthOf)).toEqual([9, 9])
  expect(asked).toHaveLength(2)
  for (const text of ['a', 'b', 'c', 'a']) lengthOf(text)
  expect(asked.slice(2)).toEqual(['a', 'b', 'c', 'a'])
})
