import { describe, expect, test } from 'bun:test'
import { newVisitorId } from '../../words/visitor-id.ts'
import { cookiesFor, readVisit } from './visit-cookies.ts'

const id = 'abcdefghijklmnopqrstuv'

describe('what the cookies say', () => {
  test('is found among others, wherever it stands', () => {
    const visit = { visitorId: id, word: 'hero.b', language: 'fa' }
    expect(readVisit(`lf_visitor=${id}; lf_page=hero.b; lf_language=fa`)).toEqual(visit)
    expect(readVisit(`a=1;lf_language=fa;lf_page=hero.b;  lf_visitor=${id}`)).toEqual(visit)
    expect(
      readVisit(`not_lf_page=hero.a; xlf_visitor=1; lf_page=hero.b; lf_visitor=${id}; lf_language=fa`),
    ).toEqual(visit)
  })

  test('of a cookie that is there twice, the first counts', () => {
    expect(readVisit('lf_page=hero.a; lf_page=hero.b').word).toBe('hero.a')
  })

  test.each([null, '', 'lf_page', 'lf_page=; lf_visitor=; lf_language=', ' ; ; =; =='])(
    'is nothing in %p',
    (cookie) => {
      expect(readVisit(cookie)).toEqual({ visitorId: '', word: '', language: '' })
    },
  )

  test.each(['short', `${id}x`, id.replace('a', '.'), id.replace('a', ' '), `${id.slice(1)}ü`])(
    'names no visitor by %p',
    (text) => {
      expect(readVisit(`lf_visitor=${text}; lf_page=hero.a`).visitorId).toBe('')
    },
  )
})

describe('the cookies that are set', () => {
  const nobody = readVisit(null)
  const wanted = { visitorId: id, word: 'hero.b', language: 'fa' }

  test('are all three at first, out of the reach of scripts and other sites, for a year', () => {
    expect(cookiesFor(nobody, wanted, { secure: true })).toEqual([
      `lf_visitor=${id}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure`,
      'lf_page=hero.b; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure',
      'lf_language=fa; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure',
    ])
    // Browsers would throw a secure cookie of a site without https away.
    expect(cookiesFor(nobody, wanted, { secure: false }).join()).not.toContain('Secure')
  })

  test('are later just those that change', () => {
    expect(cookiesFor(wanted, wanted, { secure: true })).toEqual([])
    const [word, ...others] = cookiesFor({ ...wanted, word: 'hero.a' }, wanted, { secure: true })
    expect(word).toStartWith('lf_page=hero.b;')
    expect(others).toEqual([])
  })
})

test('an id that the page gave is believed when it comes back', () => {
  const id = newVisitorId()
  expect(readVisit(`lf_visitor=${id}`).visitorId).toBe(id)
})
