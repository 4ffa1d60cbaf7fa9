import { InvalidFields, Problem } from '../problem.ts'
import { type Account, type Accounts, type KeptAccount, readEmail, readName } from './account.ts'
import { type AuditAction, actorOf } from './audit.ts'
import { createDemands, type DemandDeps, demandRoom, type Whence } from './demands.ts'
import { isOpen, type KeptInvite } from './invite.ts'
import type { Operator, Person } from './operator-key.ts'
import { type Passwords, passwordFault, TooManyAtOnce } from './password.ts'
import { type Right, type Rights, rightsOf } from './rights.ts'
import { secretHash } from './secret.ts'
import {
  type Grounds,
  isLive,
  isWorthNoting,
  type KeptSession,
  newSession,
  type Sessions,
} from './session.ts'

/** Whoever was let in: what their browser keeps, and who they are. */
export type Entered = Readonly<{
  token: string
  mark: string
  operator: Operator & Readonly<{ person: Person }>
}>

export type EntryDeps = DemandDeps &
  Readonly<{
    accounts: Accounts
    sessions: Sessions
    passwords: Passwords
    /** Whoever has no second factor may only set one. */
    factorRequired: boolean
    nowMs(): number
  }>

export type Entry = ReturnType<typeof createEntry>

/** How people get in: by password, and by a link that was given to them. */
export function createEntry(deps: EntryDeps) {
  const { accounts, sessions, passwords } = deps
  let looking = 0
  const { demandPatience, demandCode, isKnown, noteRefused } = createDemands(deps)

  async function begin(
    account: Account & Grounds['account'],
    whence: Whence,
    instead?: KeptSession,
    isConfirmed = true,
  ): Promise<Entered> {
    const begun = newSession(account.id, whence, deps.nowMs(), instead?.begunAt)
    const { token } = begun
    const kept = isConfirmed ? begun.kept : { ...begun.kept, confirmedAt: new Date(0) }
    const operator = operatorFor({ account, session: kept })
    const hasBegun = await sessions.begin(
      kept,
      {
        by: actorOf(operator),
        action: instead ? 'session.confirmed' : 'session.begun',
        subject: account.id,
        after: { client: whence.client },
      },
      { account, ...(instead && { instead: instead.id }) },
    )
    if (!hasBegun) throw signedOut()
    return { token, mark: deps.markOf(account.id), operator }
  }

  // A provider asks for what it wants to.
  const mustSetFactor = ({ hasSecondFactor, hasPassword }: Account) =>
    deps.factorRequired && !hasSecondFactor && hasPassword
  const operatorFor = (person: Person) => ({
    id: person.account.id,
    name: person.account.name,
    rights: mustSetFactor(person.account) ? onlyOwn : rightsFor(person.account),
    person,
  })

  const isRight = (password: string, account: KeptAccount | undefined, whence: Whence) => {
    const turn = account && isKnown(account.id, whence) ? 'known' : 'strangers'
    return busy(passwords.verify(password, account?.passwordHash || undefined, turn))
  }

  return {
    /**
     * @throws Problem `wrong_credentials`, the same whatever was wrong and after the same work, or `rate_limited`; and to
     * whoever knows the password of an account with a second factor `code_required` or `wrong_code`.
     */
    async signIn(
      given: Readonly<{ email: string; password: string; code?: string }>,
      whence: Whence,
    ): Promise<Entered> {
      const email = readEmail(given.email) ?? ''
      const account = email === '' ? undefined : await accounts.findByEmail(email)
      demandPatience(email, account?.id, whence)
      const matches = await isRight(given.password, account, whence)
      if (matches && account && !account.disabledAt) {
        await demandCode(account, given.code, whence)
        return begin(account, whence)
      }
      await noteRefused(whence, account)
      throw new Problem('wrong_credentials', 'The address or the password is not right.')
    },

    /** Asks once more for what signing in asks for: the session goes on under a new token. */
    async confirm(
      { account, session }: Person,
      given: Readonly<{ password: string; code?: string }>,
      whence: Whence,
    ): Promise<Entered> {
      await demandPassword(account, given.password, whence)
      await demandCode(account, given.code, { ...whence, known: deps.markOf(account.id) })
      return begin(account, whence, session)
    },

    /** Sets the second factor that was begun: every other session ends, and this one goes on under a new token. */
    async setFactor(
      person: Person,
      given: Readonly<{ enrolment: string; code: string }>,
      whence: Whence,
    ): Promise<Entered & Readonly<{ codes: readonly string[] }>> {
      const codes = await deps.factor.set(
        person.account,
        given,
        entryOf(person, 'second_factor.set'),
        person.session.id,
      )
      return { ...(await goOn(person, whence)), codes }
    },

    async renewCodes(person: Person): Promise<readonly string[]> {
      return deps.factor.renewCodes(
        person.account,
        entryOf(person, 'second_factor.codes_made'),
        person.session.id,
      )
    },

    /** Ends every other session as well. */
    async removeFactor(person: Person, whence: Whence): Promise<Entered> {
      await deps.factor.remove(person.account, entryOf(person, 'second_factor.removed'), person.session.id)
      return goOn(person, whence)
    },

    /** Sets a new password, given the old one, and ends every other session of the account. */
    async changePassword(
      { account, session }: Person,
      given: Readonly<{ current: string; password: string }>,
      whence: Whence,
    ): Promise<Entered> {
      await demandPassword(account, given.current, whence)
      const passwordHash = await hashOf(given.password, account)
      const entry = entryOf({ account, session }, 'password.changed')
      if (!(await accounts.setPassword(account.id, passwordHash, entry, session.id))) throw signedOut()
      return goOn({ account, session }, whence)
    },

    /** What a link is for, and whether it asks for a code of the second factor. */
    async look(token: string, whence: Whence): Promise<KeptInvite & Readonly<{ needsCode: boolean }>> {
      const invite = await lookPatiently(token, whence)
      const { accountId, resetsFactor } = invite
      const account = accountId === undefined || resetsFactor ? undefined : await accounts.find(accountId)
      return { ...invite, needsCode: account?.hasSecondFactor ?? false }
    },

    /** Uses a link up: makes its account, or sets the password of the one that it is for, and lets them in. */
    async accept(
      given: Readonly<{
        token: string
        email?: unknown
        name?: unknown
        password: string
        code?: string
      }>,
      whence: Whence,
    ): Promise<Entered> {
      const invite = await lookPatiently(given.token, whence)
      demandRoom(deps.tries.ofClientAt('link', invite.id))
      return invite.accountId === undefined
        ? begin(await join(invite, given), whence)
        : begin(await renew(invite, invite.accountId, given, whence), whence)
    },

    /** Lets in whom a provider of identities has let in. */
    enter: (
      account: Account,
      whence: Whence,
      how: Readonly<{ instead: KeptSession | undefined; isConfirmed: boolean }>,
    ): Promise<Entered> => begin(account, whence, how.instead, how.isConfirmed),

    /** Who holds this token, if it still lets anybody in. */
    async whoHolds(token: string): Promise<(Operator & Readonly<{ person: Person }>) | undefined> {
      const hash = secretHash(token)
      const found = hash && (await sessions.find(hash))
      const nowMs = deps.nowMs()
      if (!found || !isLive(found.session, nowMs)) return undefined
      if (isWorthNoting(found.session, nowMs)) await sessions.seen(found.session.id, new Date(nowMs))
      return operatorFor(found)
    },
  }

  /** What a link is for. @throws Problem `link_over` */
  async function look(token: string): Promise<KeptInvite> {
    const hash = secretHash(token)
    const invite = hash && (await accounts.findInvite(hash))
    if (!invite || !isOpen(invite, deps.nowMs())) throw linkOver()
    return invite
  }

  /** A link cannot be guessed: tries of links that are none keep nobody with a right one waiting, but in a crowd. */
  async function lookPatiently(token: string, whence: Whence): Promise<KeptInvite> {
    if (looking >= linksAtOnce) demandRoom(deps.tries.ofClient(whence.key))
    looking++
    try {
      return await look(token)
    } catch (error) {
      demandRoom(deps.tries.ofClient(whence.key))
      throw error
    } finally {
      looking--
    }
  }

  async function demandPassword(account: Account, password: string, whence: Whence): Promise<void> {
    const here = { ...whence, known: deps.markOf(account.id) }
    demandPatience(account.email, account.id, here)
    if (await isRight(password, await accounts.find(account.id), here)) return
    await noteRefused(whence, account, 'password')
    throw new Problem('wrong_credentials', 'The password is not right.')
  }

  async function hashOf(password: string, about: Readonly<{ email: string; name: string }>): Promise<string> {
    const fault = passwordFault(password, [about.email, about.name])
    if (fault) throw new InvalidFields({ password: [fault] })
    return busy(passwords.hash(password))
  }

  async function join(
    invite: KeptInvite,
    given: Readonly<{ email?: unknown; name?: unknown; password: string }>,
  ): Promise<Account> {
    const email = invite.email ?? readEmail(given.email)
    const name = readName(given.name)
    if (!email || !name)
      throw new InvalidFields({ ...(!email && { email: ['invalid'] }), ...(!name && { name: ['invalid'] }) })
    const passwordHash = await hashOf(given.password, { email, name })
    const id = crypto.randomUUID()
    const came = await accounts.join(
      invite.id,
      { id, email, name, role: invite.role, passwordHash },
      {
        by: { kind: 'operator', id, name },
        action: 'operator.joined',
        subject: id,
        after: { email, role: invite.role },
      },
    )
    if (came === 'taken') throw new InvalidFields({ email: ['taken'] })
    if (came === 'used') throw linkOver()
    return (await accounts.find(id))!
  }

  async function renew(
    invite: KeptInvite,
    accountId: string,
    given: Readonly<{ password: string; code?: string }>,
    whence: Whence,
  ): Promise<Account> {
    const account = await accounts.find(accountId)
    if (!account || account.disabledAt) throw linkOver()
    const passwordHash = await hashOf(given.password, account)
    // A link is no way round the second factor, unless it was made to be.
    if (!invite.resetsFactor) await demandCode(account, given.code, whence)
    const { id, name } = account
    const isNew = await accounts.renewPassword(invite.id, passwordHash, {
      by: { kind: 'operator', id, name },
      action: 'password.changed',
      subject: id,
      after: { by_link: true, ...(invite.resetsFactor && { second_factor: 'removed' }) },
    })
    if (!isNew) throw linkOver()
    return (await accounts.find(id))!
  }

  /** The session under a new token, and the account as it is by now. */
  async function goOn({ account, session }: Person, whence: Whence): Promise<Entered> {
    return begin((await accounts.find(account.id)) ?? account, whence, session)
  }

  function entryOf<Action extends AuditAction>(person: Person, action: Action) {
    return { by: actorOf(operatorFor(person)), action, subject: person.account.id } as const
  }
}

// More at a time are looked up for those who have room for it.
const linksAtOnce = 2
// A role of a later version may do nothing here.
const rightsFor = ({ role }: Account): Rights => rightsOf[role] ?? new Set()
const onlyOwn: Rights = new Set<Right>(['account.own'])

const signedOut = () =>
  new Problem('unauthorized', 'This account was changed or signed out meanwhile. Sign in again.')
const linkOver = () =>
  new Problem('link_over', 'This link was used, or its day is over. Ask for another one.')

async function busy<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof TooManyAtOnce)) throw error
    throw new Problem('rate_limited', 'Too many sign in at once. Wait a moment, then try again.', {
      retryAfterS: 2,
    })
  }
}
