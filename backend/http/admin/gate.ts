import { withDeadline } from '../../deadline.ts'
import type { RateLimit } from '../../limits/rate-limit.ts'
import type { Entry } from '../../operators/enter.ts'
import { Problem, unavailable } from '../../problem.ts'
import { type ClientAddress, clientKey } from '../request/client-ip.ts'
import type { OperatorGate } from './operator-key.ts'
import type { SessionCookies } from './session-cookie.ts'

export type GateDeps = Readonly<{
  keys: OperatorGate
  entry: Pick<Entry, 'whoHolds'>
  cookies: Pick<SessionCookies, 'read'>
  clientAddress: ClientAddress
  /** One is taken for each cookie that let nobody in, until there are none left. */
  refusals: Pick<RateLimit, 'take'>
}>

const deadlineMs = 2_000
// Of clients that have brought many cookies that let nobody in, so many more are looked up at a time.
const lookupsAtOnce = 2
const provenMax = 1_000

/**
 * Lets in whoever brings a key, and else whoever is signed in. A key that is brought is what counts: nobody is let in by
 * their cookie who has sent a wrong one. A flood of cookies that anybody can make up keeps nobody out whose own let them in
 * before, and puts few questions to Postgres at a time.
 */
export function createGate({ keys, entry, cookies, clientAddress, refusals }: GateDeps): OperatorGate {
  const proven = new Set<string>()
  let doubtful = 0

  async function lookUp(token: string) {
    return withDeadline(entry.whoHolds(token), deadlineMs, 'looking a session up').catch((error) => {
      throw unavailable('Postgres does not answer, so nobody can be let in. Nothing was changed.', error)
    })
  }
  async function lookUpDoubtful(token: string, client: string) {
    if (doubtful >= lookupsAtOnce) {
      const retryAfterS = refusals.take(client)
      if (retryAfterS > 0)
        throw new Problem(
          'rate_limited',
          'Too many from this address are not signed in. Try again in a moment.',
          {
            retryAfterS,
          },
        )
    }
    doubtful++
    try {
      const operator = await lookUp(token)
      if (!operator) refusals.take(client)
      return operator
    } finally {
      doubtful--
    }
  }

  return async (request, peer) => {
    const { token } = cookies.read(request)
    if (token === undefined || request.headers.has('authorization')) return keys(request, peer)
    const operator = proven.has(token)
      ? await lookUp(token)
      : await lookUpDoubtful(token, clientKey(clientAddress(request, peer)))
    if (operator) {
      if (proven.size >= provenMax) proven.clear()
      proven.add(token)
      return operator
    }
    proven.delete(token)
    throw new Problem('unauthorized', 'You are not signed in, or no longer. Sign in again.')
  }
}
