import { expect, test } from 'bun:test'
import { takePosted } from './posted.ts'

test('a form that this browser posted is told of once', () => {
  const written: string[] = []
  let cookies = 'a=1; lf_posted=1'
  const page = {
    get cookie() {
      return cookies
    },
    set cookie(line) {
      written.push(line)
      cookies = 'a=1'
    },
  }
  expect([takePosted(page), takePosted(page)]).toEqual([true, false])
  expect(written).toEqual(['lf_posted=; Path=/; Max-Age=0'])
})

test.each(['', 'lf_posted=', 'xlf_posted=1', 'lf_posted=10'])('%p tells of none', (cookie) => {
  expect(takePosted({ cookie })).toBe(false)
})
