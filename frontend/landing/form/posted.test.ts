import { expect, test } from 'bun:test'
import { takePosted } from './posted.ts'

test.each([
  ['lf_posted', ''],
  ['__Host-lf_posted', '; Secure'],
])('a form that this browser posted is told of once, by %s', (name, end) => {
  const written: string[] = []
  let cookies = `a=1; ${name}=1`
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
  expect(written).toEqual([`${name}=; Path=/; Max-Age=0${end}`])
})

test.each(['', 'lf_posted=', 'xlf_posted=1', 'lf_posted=10'])('%p tells of none', (cookie) => {
  expect(takePosted({ cookie })).toBe(false)
})
