import { isOwnVisitorId } from '../../words/visitor-id.ts'

/** What a visitor's cookies say, as they were sent: empty where there is none, anything where somebody plays. */
export type Visit = Readonly<{ visitorId: string; word: string; language: string }>

const visitorCookie = 'lf_visitor='
const wordCookie = 'lf_page='
const languageCookie = 'lf_language='
const keptS = 365 * 24 * 60 * 60

const noVisit: Visit = { visitorId: '', word: '', language: '' }

/** Reads our cookies. Of one that is there twice, the first counts. */
export function readVisit(cookie: string | null): Visit {
  if (cookie === null) return noVisit
  const visitorId = cookieValue(cookie, visitorCookie)
  return {
    visitorId: isOwnVisitorId(visitorId) ? visitorId : '',
    word: cookieValue(cookie, wordCookie),
    language: cookieValue(cookie, languageCookie),
  }
}

/** The Set-Cookie lines that take a visitor from what the cookies said to what they should say. */
export function cookiesFor(said: Visit, wanted: Visit, options: Readonly<{ secure: boolean }>): string[] {
  const rest = `; Path=/; Max-Age=${keptS}; HttpOnly; SameSite=Lax${options.secure ? '; Secure' : ''}`
  const lines: string[] = []
  if (said.visitorId !== wanted.visitorId) lines.push(visitorCookie + wanted.visitorId + rest)
  if (said.word !== wanted.word) lines.push(wordCookie + wanted.word + rest)
  if (said.language !== wanted.language) lines.push(languageCookie + wanted.language + rest)
  return lines
}

function cookieValue(cookie: string, name: string): string {
  let at = cookie.indexOf(name)
  while (at > 0 && cookie.charCodeAt(at - 1) !== space && cookie.charCodeAt(at - 1) !== semicolon)
    at = cookie.indexOf(name, at + 1)
  if (at < 0) return ''
  const end = cookie.indexOf(';', at)
  return cookie.slice(at + name.length, end < 0 ? undefined : end).trimEnd()
}

const space = 0x20
const semicolon = 0x3b
