import type { OpenRateLimit } from '../../limits/rate-limit.ts'
import type { Operator } from '../../operators/operator-key.ts'
import { Problem } from '../../problem.ts'

/** How much each operator and each key may ask, whatever they ask. */
export type OperatorBudget = Readonly<{ limit: Pick<OpenRateLimit, 'take' | 'left'>; perMinute: number }>

/** Of the bucket in the headers. */
const name = '"operator"'

/**
 * Takes one request of an operator, and says in the headers how many are left (draft-ietf-httpapi-ratelimit-headers).
 * @throws Problem `rate_limited`
 */
export function spend({ limit, perMinute }: OperatorBudget, { id }: Operator, headers: Headers): void {
  const retryAfterS = limit.take(id)
  const { count, fullInS } = limit.left(id)
  headers.set('ratelimit-policy', `${name};q=${perMinute};w=60`)
  headers.set('ratelimit', `${name};r=${count};t=${fullInS}`)
  if (retryAfterS > 0)
    throw new Problem('rate_limited', `At most ${perMinute} requests a minute. Wait a moment, then go on.`, {
      retryAfterS,
    })
}
