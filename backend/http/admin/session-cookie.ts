import { lastsMs } from '../../operators/session.ts'
import { hostOnly } from '../request/visit-cookies.ts'

/** What a browser of an operator keeps: who is signed in, and the mark of the account that was signed in last. */
export type SessionCookies = Readonly<{
  read(request: Request): Readonly<{ token?: string; mark?: string; elsewhere?: string }>
  /** The Set-Cookie lines for a new session. */
  begin(token: string, mark: string): string[]
  /** The mark stays: whoever signs out has been let in before. */
  end(): string[]
  /** What it keeps while somebody signs in elsewhere; nothing any more where nothing is given. */
  elsewhere(kept: string, lastsS: number): string
}>

const markKeptS = 365 * 24 * 60 * 60

/** Over HTTPS browsers take them from this very host alone, and send them over nothing else. */
export function createSessionCookies(options: Readonly<{ secure: boolean }>): SessionCookies {
  const before = options.secure ? hostOnly : ''
  const names = {
    ...{ token: `${before}lf_desk`, mark: `${before}lf_known` },
    elsewhere: `${before}lf_elsewhere`,
  }
  const rest = `; Path=/; HttpOnly; SameSite=Strict${options.secure ? '; Secure' : ''}`
  return {
    read(request) {
      const sent = new Map<string, string>()
      for (const part of (request.headers.get('cookie') ?? '').split(';')) {
        const at = part.indexOf('=')
        const name = part.slice(0, at).trim()
        if (at > 0 && !sent.has(name)) sent.set(name, part.slice(at + 1).trim())
      }
      return {
        token: sent.get(names.token),
        mark: sent.get(names.mark),
        elsewhere: sent.get(names.elsewhere),
      }
    },
    begin: (token, mark) => [
      `${names.token}=${token}${rest}; Max-Age=${lastsMs / 1000}`,
      `${names.mark}=${mark}${rest}; Max-Age=${markKeptS}`,
    ],
    end: () => [`${names.token}=${rest}; Max-Age=0`],
    elsewhere: (kept, lastsS) => `${names.elsewhere}=${kept}${rest}; Max-Age=${lastsS}`,
  }
}
