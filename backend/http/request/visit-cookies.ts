import { isOwnVisitorId } from '../../words/visitor-id.ts'

/** What a visitor's cookies say, as they were sent: empty where there is none, anything where somebody plays. */
export type Visit = Readonly<{
  visitorId: string
  word: string
  language: string
  /** Under names that no neighbour in the domain, and nobody on the way, can set. */
  isHostOnly?: true
}>

/** What stands before the name of a cookie over HTTPS: browsers then take it from this host alone. */
export const hostOnly = '__Host-'
const visitorCookie = 'lf_visitor='
const wordCookie = 'lf_page='
const languageCookie = 'lf_language='
const keptS = 365 * 24 * 60 * 60

const noVisit: Visit = { visitorId: '', word: '', language: '' }

/**
 * Reads our cookies. Of one that is there twice, the first counts; one that is for this host only goes before one of the
 * plain name, which a site over HTTPS gave until this release.
 */
export function readVisit(cookie: string | null): Visit {
  if (cookie === null) return noVisit
  if (!cookie.includes(hostOnly)) return readPlain(cookie)
  const plain = readPlain(cookie)
  const visitorId = cookieValue(cookie, hostOnly + visitorCookie)
  const kept = {
    visitorId: isOwnVisitorId(visitorId) ? visitorId : '',
    word: cookieValue(cookie, hostOnly + wordCookie),
    language: cookieValue(cookie, hostOnly + languageCookie),
  }
  if (kept.visitorId !== '' && kept.word !== '' && kept.language !== '') return { ...kept, isHostOnly: true }
  return {
    visitorId: kept.visitorId || plain.visitorId,
    word: kept.word || plain.word,
    language: kept.language || plain.language,
  }
}

function readPlain(cookie: string): Visit {
  const visitorId = cookieValue(cookie, visitorCookie)
  return {
    visitorId: isOwnVisitorId(visitorId) ? visitorId : '',
    word: cookieValue(cookie, wordCookie),
    language: cookieValue(cookie, languageCookie),
  }
}

/** The Set-Cookie lines that take a visitor from what the cookies said to what they should say. */
export function cookiesFor(said: Visit, wanted: Visit, options: Readonly<{ secure: boolean }>): string[] {
  const { secure } = options
  const before = secure ? hostOnly : ''
  const isRenamed = secure && !said.isHostOnly
  const rest = `; Path=/; Max-Age=${keptS}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
  const lines: string[] = []
  if (isRenamed || said.visitorId !== wanted.visitorId)
    lines.push(before + visitorCookie + wanted.visitorId + rest)
  if (isRenamed || said.word !== wanted.word) lines.push(before + wordCookie + wanted.word + rest)
  if (isRenamed || said.language !== wanted.language)
    lines.push(before + languageCookie + wanted.language + rest)
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

/** Whom these Set-Cookie lines make known; '' where it is nobody. */
export function visitorIn(lines: readonly string[]): string {
  for (const line of lines) {
    const { visitorId } = readVisit(line.split(';', 1)[0]!)
    if (visitorId !== '') return visitorId
  }
  return ''
}
