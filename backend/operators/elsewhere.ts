import { randomBytes } from 'node:crypto'
import { Problem } from '../problem.ts'
import type { Seal } from '../seal.ts'
import { type Account, type Accounts, readEmail, readName } from './account.ts'
import { type Audit, nobody, theSystem } from './audit.ts'
import { demandRoom, type Whence } from './demands.ts'
import type { Entered, Entry } from './enter.ts'
import {
  type Checks,
  type Identity,
  type IdentityProvider,
  providerName,
  type RolesByGroup,
  roleFor,
} from './provider.ts'

export type ElsewhereDeps = Readonly<{
  /** Absent: people sign in by password alone. */
  provider: IdentityProvider | undefined
  roles: RolesByGroup
  accounts: Accounts
  audit: Audit
  entry: Pick<Entry, 'enter' | 'whoHolds'>
  seal: Seal
  /** Takes one try of a client, each of which asks the provider; answers the seconds to wait, or 0. */
  tryOf(client: string): number
  nowMs(): number
}>

export type Elsewhere = ReturnType<typeof createElsewhere>
type Begun = Checks & Readonly<{ again: boolean; until: number }>

export const begunLastsS = 10 * 60
const sealName = 'signing in elsewhere'

/** How people get in who have signed in at a provider: its claim decides at each time what they may do. */
export function createElsewhere({
  provider,
  roles,
  accounts,
  audit,
  entry,
  seal,
  tryOf,
  nowMs,
}: ElsewhereDeps) {
  return {
    /** The name to show, where there is a provider. */
    name: provider && providerName(provider),

    /** Where to send a browser, and what it keeps meanwhile. */
    async begin(again: boolean): Promise<Readonly<{ url: string; kept: string }>> {
      const checks = { state: random(), nonce: random(), verifier: random() }
      const url = await asked(theProvider().begin(checks, again))
      const begun = { ...checks, again, until: nowMs() + begunLastsS * 1000 }
      return { url, kept: seal.close(JSON.stringify(begun), sealName).toString('base64url') }
    },

    /** Lets in who came back with `query` to the browser that kept `kept`. */
    async finish(
      query: string,
      kept: string | undefined,
      token: string | undefined,
      whence: Whence,
    ): Promise<Entered> {
      const begun = kept === undefined ? undefined : opened(kept)
      if (!begun || begun.until < nowMs()) throw notHere()
      demandRoom(tryOf(whence.key))
      const identity = await theProvider()
        .finish(query, begun, begun.again)
        .catch((error) => {
          throw new Problem('wrong_credentials', notHere().message, { cause: error })
        })
      const account = await accountOf(identity, whence)
      // Who is here already goes on under a new token.
      const here = token === undefined ? undefined : await entry.whoHolds(token)
      const instead = here?.id === account.id ? here.person.session : undefined
      return entry.enter(account, whence, { instead, isConfirmed: begun.again })
    },
  }

  async function accountOf(identity: Identity, whence: Whence): Promise<Account> {
    const { issuer } = theProvider()
    const found = await accounts.findByIdentity(issuer, identity.subject)
    const role = roleFor(identity.groups, roles)
    if (!role || found?.disabledAt) {
      await refused(whence, found, found?.disabledAt ? 'disabled' : 'no role')
      throw new Problem('no_role', 'Your account there gives you no role here. Ask whoever runs it.')
    }
    if (!found) return join(identity, role, issuer, whence)
    // Whom an owner here has made an owner stays one.
    if (found.role === role || found.role === 'owner') return found
    await accounts.setRole(found.id, role, {
      by: theSystem,
      action: 'operator.role_changed',
      subject: found.id,
      before: { role: found.role },
      after: { role, by: issuer },
    })
    return { ...found, role }
  }

  async function join(
    identity: Identity,
    role: Exclude<Account['role'], 'owner'>,
    issuer: string,
    whence: Whence,
  ): Promise<Account> {
    const email = identity.emailVerified ? readEmail(identity.email) : undefined
    if (!email) {
      await refused(whence, undefined, 'no verified address')
      throw new Problem('no_role', 'Your account there has no address that was verified.')
    }
    const id = crypto.randomUUID()
    const name = readName(identity.name) ?? email.split('@')[0]!
    const came = await accounts.joinFrom(
      { issuer, subject: identity.subject },
      { id, email, name, role, passwordHash: '' },
      {
        by: { kind: 'operator', id, name },
        action: 'operator.joined',
        subject: id,
        after: { email, role, by: issuer },
      },
    )
    if (came === 'joined') return (await accounts.find(id))!
    // Nobody takes an account over by having its address elsewhere.
    await refused(whence, undefined, 'address taken')
    throw new Problem('has_password', 'There is an account with your address: sign in with its password.')
  }

  function refused(whence: Whence, account: Account | undefined, because: string): Promise<void> {
    return audit.note({
      by: nobody,
      action: 'session.refused',
      ...(account && { subject: account.id }),
      after: { client: whence.client, because },
    })
  }

  function theProvider(): IdentityProvider {
    if (!provider) throw new Problem('not_found', 'People sign in by password here.')
    return provider
  }

  function opened(kept: string): Begun | undefined {
    try {
      return JSON.parse(seal.open(Buffer.from(kept, 'base64url'), sealName)) as Begun
    } catch {
      return undefined
    }
  }
}

const random = () => randomBytes(32).toString('base64url')

const notHere = () =>
  new Problem('wrong_credentials', 'This sign-in was not begun in this browser, or took too long. Try again.')

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Problem('unavailable', 'The provider does not answer. Try again, or use a password.', {
      ...{ retryAfterS: 5, cause: error },
    })
  }
}
