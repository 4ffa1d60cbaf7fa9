import { withDeadline } from '../../deadline.ts'
import type { Entry } from '../../operators/enter.ts'
import { Problem, unavailable } from '../../problem.ts'
import type { OperatorGate } from './operator-key.ts'
import type { SessionCookies } from './session-cookie.ts'

export type GateDeps = Readonly<{
  keys: OperatorGate
  entry: Pick<Entry, 'whoHolds'>
  cookies: Pick<SessionCookies, 'read'>
}>

const deadlineMs = 2_000

/**
 * Lets in whoever brings a key, and else whoever is signed in. A key that is brought is what counts: nobody is let in by
 * their cookie who has sent a wrong one.
 */
export function createGate({ keys, entry, cookies }: GateDeps): OperatorGate {
  return async (request, peer) => {
    const { token } = cookies.read(request)
    if (token === undefined || request.headers.has('authorization')) return keys(request, peer)
    const operator = await withDeadline(entry.whoHolds(token), deadlineMs, 'looking a session up').catch(
      (error) => {
        throw unavailable('Postgres does not answer, so nobody can be let in. Nothing was changed.', error)
      },
    )
    if (!operator) throw new Problem('unauthorized', 'You are not signed in, or no longer. Sign in again.')
    return operator
  }
}
