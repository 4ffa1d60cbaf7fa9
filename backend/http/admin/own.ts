import type { Whence } from '../../operators/demands.ts'
import type { Operator, Person } from '../../operators/operator-key.ts'
import { expiresAtMs, isConfirmed } from '../../operators/session.ts'
import { Problem } from '../../problem.ts'
import type { Asked } from '../problems.ts'
import { type ClientAddress, clientKey, maskAddress } from '../request/client-ip.ts'
import type { SessionCookies } from './session-cookie.ts'

/** Where somebody who wants in comes from. */
export const whenceOf =
  (deps: Readonly<{ clientAddress: ClientAddress; cookies: Pick<SessionCookies, 'read'> }>) =>
  ({ request, server }: Asked): Whence => {
    const address = deps.clientAddress(request, server)
    const { mark } = deps.cookies.read(request)
    return {
      key: clientKey(address),
      client: maskAddress(address),
      agent: request.headers.get('user-agent') ?? '',
      ...(mark !== undefined && { known: mark }),
    }
  }

/** Only people have accounts, and the right to one. */
export function personOf({ person }: Operator): Person {
  if (!person) throw new Problem('forbidden', 'A key has no account of its own.')
  return person
}

/** What somebody who is signed in is told of themselves. */
export function ownView(operator: Operator, nowMs: number) {
  const { account, session } = personOf(operator)
  const { id, name, email, role, hasSecondFactor, hasPassword } = account
  return {
    operator: { id, name, email, role, second_factor: hasSecondFactor, elsewhere: !hasPassword },
    rights: [...operator.rights],
    confirmed: isConfirmed(session, nowMs),
    expires_at: new Date(expiresAtMs(session)).toISOString(),
  }
}
