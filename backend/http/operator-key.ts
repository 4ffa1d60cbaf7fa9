import { type Operator, type OperatorKeys, operatorOf } from '../admin/operator-key.ts'
import { Problem, unavailable } from '../problem.ts'
import { addressOf, type ClientAddress, clientKey, type Peer } from './client-ip.ts'
import type { RateLimit } from './rate-limit.ts'

export type OperatorGateDeps = Readonly<{
  keys: Pick<OperatorKeys, 'find'>
  clientAddress: ClientAddress
  /** One is taken for each key that was refused. */
  refusals: Pick<RateLimit, 'take'>
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

/** Makes the one door of all routes for operators. */
export function createOperatorGate(deps: OperatorGateDeps): OperatorGate {
  /** Clients that may not even ask until their time comes, so that a flood of keys never reaches Postgres. */
  const blockedUntilMs = new Map<string, number>()

  function refuse(client: string): never {
    const retryAfterS = deps.refusals.take(client)
    if (retryAfterS === 0)
      throw new Problem('unauthorized', 'Send an operator key: `Authorization: Bearer lfk_…`.')
    if (blockedUntilMs.size >= blockedMax) blockedUntilMs.clear()
    blockedUntilMs.set(client, deps.nowMs() + retryAfterS * 1000)
    throw tooMany(retryAfterS)
  }

  return async (request, peer) => {
    const client = clientKey(addressOf(deps.clientAddress, request, peer))
    const waitMs = (blockedUntilMs.get(client) ?? 0) - deps.nowMs()
    if (waitMs > 0) throw tooMany(Math.ceil(waitMs / 1000))
    blockedUntilMs.delete(client)

    const key = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
    if (key === undefined) return refuse(client)
    const operator = await answered(operatorOf(deps.keys, key))
    return operator ?? refuse(client)
  }
}

const tooMany = (retryAfterS: number) =>
  new Problem('rate_limited', 'Too many wrong keys from this address. Try again in a moment.', retryAfterS)

async function answered<T>(question: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error('late')), deadlineMs)
  try {
    return await Promise.race([question, late.promise])
  } catch {
    throw unavailable('Postgres does not answer, so operator keys cannot be checked. Nothing was changed.')
  } finally {
    clearTimeout(timer)
  }
}
