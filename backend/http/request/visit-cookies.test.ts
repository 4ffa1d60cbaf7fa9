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

describe('the cookies of HTTPS', () => {
  const all = `__Host-lf_visitor=${id}; __Host-lf_page=hero.b; __Host-lf_language=fa`
  const visit = { visitorId: id, word: 'hero.b', language: 'fa' }

  test('go before those of plain names, which a neighbour in the domain could have set', () => {
    for (const cookie of [all, `lf_page=hero.a; ${all}; lf_visitor=${id.replace('a', 'b')}; lf_language=en`])
      expect(readVisit(cookie)).toEqual({ ...visit, isHostOnly: true })
  })

  test('are what those of plain names turn into, one release long', () => {
    for (const cookie of [
      `lf_visitor=${id}; lf_page=hero.b; lf_language=fa`,
      `lf_visitor=${id}; __Host-lf_page=hero.b; lf_page=hero.a; lf_language=fa`,
      `__Host-lf_visitor=short; lf_visitor=${id}; __Host-lf_page=hero.b; __Host-lf_language=fa`,
    ]) {
      const said = readVisit(cookie)
      expect(said).toEqual(visit)
      expect(cookiesFor(said, visit, { secure: true }).map((line) => line.split(';')[0])).toEqual(
        all.split('; '),
      )
      expect(cookiesFor(said, visit, { secure: false })).toEqual([])
    }
  })
})

describe('the cookies that are set', () => {
  const nobody = readVisit(null)
  const wanted = { visitorId: id, word: 'hero.b', language: 'fa' }

  test('are all three at first, out of the reach of scripts and other sites, for a year', () => {
    expect(cookiesFor(nobody, wanted, { secure: true })).toEqual([
      `__Host-lf_visitor=${id}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure`,
      '__Host-lf_page=hero.b; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure',
      '__Host-lf_language=fa; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure',
    ])
    // Browsers would throw a secure cookie of a site without https away.
    expect(cookiesFor(nobody, wanted, { secure: false }).join()).not.toContain('Secure')
  })

  test('are later just those that change', () => {
    for (const [said, secure, name] of [
      [wanted, false, 'lf_page'],
      [{ ...wanted, isHostOnly: true }, true, '__Host-lf_page'],
    ] as const) {
      expect(cookiesFor(said, wanted, { secure })).toEqual([])
      const [word, ...others] = cookiesFor({ ...said, word: 'hero.a' }, wanted, { secure })
      expect(word).toStartWith(`${name}=hero.b;`)
      expect(others).toEqual([])
    }
  })
})

test('an id that the page gave is believed when it comes back', () => {
  const id = newVisitorId()
  expect(readVisit(`lf_visitor=${id}`).visitorId).toBe(id)
})
