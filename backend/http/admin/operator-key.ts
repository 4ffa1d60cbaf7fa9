import { withDeadline } from '../../deadline.ts'
import type { RateLimit } from '../../limits/rate-limit.ts'
import {
  type KeyRefusal,
  keyIdOf,
  type Operator,
  type OperatorKeys,
  operatorOf,
  operatorOfToken,
} from '../../operators/operator-key.ts'
import type { Tokens } from '../../operators/token.ts'
import { Problem, unavailable } from '../../problem.ts'
import { type ClientAddress, clientKey, type Peer } from '../request/client-ip.ts'

export type OperatorGateDeps = Readonly<{
  keys: Pick<OperatorKeys, 'find' | 'used'>
  tokens: Pick<Tokens, 'read'>
  clientAddress: ClientAddress
  /** One is taken for each key that was refused, until there are none left. */
  refusals: Pick<RateLimit, 'take'>
  /** Counts a request that was not let in. */
  refused(why: KeyRefusal): void
  nowMs(): number
}>

/**
 * Resolves with the operator whose key a request brings.
 * @throws Problem `unauthorized` without a valid key, `rate_limited` after too many of them from one client,
 * `unavailable` when keys cannot be read.
 */
export type OperatorGate = (request: Request, peer: Peer) => Promise<Operator>

const deadlineMs = 2_000
const blockedMax = 10_000
// Of clients that have brought many wrong keys, so many ids at a time are looked up.
const lookupsForBlockedMax = 4
const provenMax = 1_000
const notedEveryMs = 60_000

/** Makes the one door of all routes for operators. */
export function createOperatorGate(deps: OperatorGateDeps): OperatorGate {
  /** Clients whose wrong keys are told to wait. Others may send from the same address, so a right one is let in. */
  const blockedUntilMs = new Map<string, number>()
  const keys = createKeyLookups(deps.keys)

  function refuse(client: string, why: KeyRefusal, id: string | undefined): never {
    const retryAfterS = deps.refusals.take(client)
    if (retryAfterS > 0) {
      if (blockedUntilMs.size >= blockedMax) blockedUntilMs.clear()
      blockedUntilMs.set(client, deps.nowMs() + retryAfterS * 1000)
      block(retryAfterS, id)
    }
    deps.refused(why)
    throw new Problem('unauthorized', 'Send an operator key: `Authorization: Bearer lfk_…`.', {
      details: refusalDetails(why, id),
    })
  }

  function block(retryAfterS: number, id: string | undefined): never {
    deps.refused('blocked')
    throw new Problem('rate_limited', 'Too many wrong keys from this address. Try again in a moment.', {
      retryAfterS,
      details: refusalDetails('blocked', id),
    })
  }

  return async (request, peer) => {
    const client = clientKey(deps.clientAddress(request, peer))
    const waitMs = (blockedUntilMs.get(client) ?? 0) - deps.nowMs()
    const isBlocked = waitMs > 0
    if (!isBlocked) blockedUntilMs.delete(client)

    const authorization = request.headers.get('authorization') ?? ''
    const key = bearerOf(request)
    // Nobody else could sign it, so it is looked up whoever brings it.
    const token = deps.tokens.read(key)
    const id = token?.keyId ?? keyIdOf(key)
    const mayAsk = id !== undefined && (!isBlocked || keys.hasRoomFor(id))
    const operator = token
      ? await answered(operatorOfToken(keys, token))
      : mayAsk
        ? await answered(operatorOf(keys, key))
        : undefined
    if (operator) {
      keys.proven(operator.id, deps.nowMs())
      return operator
    }
    if (isBlocked) block(Math.ceil(waitMs / 1000), id)
    const why = id !== undefined ? 'wrong' : authorization === '' ? 'missing' : 'malformed'
    return refuse(client, why, id)
  }
}

/**
 * Bounds the questions that a flood of keys can put to Postgres: one at a time for each id, and few ids at a time for
 * clients that are blocked. An id that was brought with its right key before always has room.
 */
function createKeyLookups(keys: OperatorGateDeps['keys']) {
  const asking = new Map<string, ReturnType<typeof keys.find>>()
  /** When it was last written down that they were used. */
  const provenIds = new Map<string, number>()
  return {
    hasRoomFor: (id: string) => asking.has(id) || provenIds.has(id) || asking.size < lookupsForBlockedMax,
    proven(id: string, nowMs: number): void {
      if (nowMs - (provenIds.get(id) ?? Number.NEGATIVE_INFINITY) < notedEveryMs) return
      if (provenIds.size >= provenMax) provenIds.clear()
      provenIds.set(id, nowMs)
      // Nobody waits for it, and it is no fault of the request where it fails.
      keys.used(id).catch(() => {})
    },
    find(id: string): ReturnType<typeof keys.find> {
      const found = asking.get(id) ?? keys.find(id).finally(() => asking.delete(id))
      asking.set(id, found)
      return found
    },
  }
}

/** What a request brings as `Authorization: Bearer …`, or nothing. */
export const bearerOf = (request: Request): string =>
  /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''

/** The id of a key is no secret, and tells whose key is tried. */
const refusalDetails = (operatorKey: KeyRefusal, id: string | undefined) => ({
  operatorKey,
  ...(id !== undefined && { operatorKeyId: id }),
})

async function answered<T>(question: Promise<T>): Promise<T> {
  try {
    return await withDeadline(question, deadlineMs, 'looking an operator key up')
  } catch (error) {
    throw unavailable(
      'Postgres does not answer, so operator keys cannot be checked. Nothing was changed.',
      error,
    )
  }
}
