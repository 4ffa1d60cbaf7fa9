import { describe, expect, test } from 'bun:test'
import { InvalidFields } from '../problem.ts'
import { isOwnVisitorId, isVisitorId, newVisitorId, readVisitorId } from './visitor-id.ts'

const own = 'abcdefghijklmnopqrstuv'

test('every visitor has an id of their own, also past the randomness that is fetched in one go', () => {
  const ids = Array.from({ length: 2_000 }, newVisitorId)
  expect(new Set(ids).size).toBe(2_000)
  for (const each of ids) expect([isOwnVisitorId(each), isVisitorId(each)]).toEqual([true, true])
})

test.each([
  '',
  'short',
  `${own}x`,
  own.replace('a', '.'),
  own.replace('a', ' '),
  `${own.slice(1)}ü`,
  `${own}\n`,
])('the page gives nobody the id %j', (text) => expect(isOwnVisitorId(text)).toBe(false))

describe('the id that another client gives its visitor', () => {
  test.each(['v', 'v-1', own, 'user:42@example.com', '{7}', 'x'.repeat(128)])('may be %j', (id) => {
    expect(readVisitorId(id)).toBe(id)
  })

  test.each([
    [undefined, 'required'],
    [null, 'required'],
    ['', 'required'],
    ['a b', 'invalid'],
    ['a\tb', 'invalid'],
    ['a\n', 'invalid'],
    ['é', 'invalid'],
    ['سارا', 'invalid'],
    ['a\0', 'invalid'],
    ['x'.repeat(129), 'invalid'],
    [7, 'invalid'],
    [['v'], 'invalid'],
    [{}, 'invalid'],
  ])('%j is %s', (given, code) => {
    let thrown: unknown
    try {
      readVisitorId(given)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(InvalidFields)
    expect((thrown as InvalidFields).fields).toEqual({ visitor_id: [code] })
  })
})
