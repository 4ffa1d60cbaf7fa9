import { InvalidFields, Problem } from '../problem.ts'
import { type Account, type Accounts, readEmail, readName } from './account.ts'
import { type Audit, actorOf, nobody } from './audit.ts'
import { isOpen, type KeptInvite } from './invite.ts'
import type { Operator, Person } from './operator-key.ts'
import { type Passwords, passwordFault, TooManyAtOnce } from './password.ts'
import { type Rights, rightsOf } from './rights.ts'
import { secretHash } from './secret.ts'
import { isLive, isWorthNoting, type KeptSession, newSession, type Sessions } from './session.ts'

/** Where a request comes from: whom limits count, what may be kept of it, and whether this browser was let in before. */
export type Whence = Readonly<{
  key: string
  client: string
  agent: string
  /** The mark of the account that was signed in here before. */
  known?: string
}>

/** Whoever was let in: what their browser keeps, and who they are. */
export type Entered = Readonly<{
  token: string
  mark: string
  operator: Operator & Readonly<{ person: Person }>
}>

export type EntryDeps = Readonly<{
  accounts: Accounts
  sessions: Sessions
  audit: Audit
  passwords: Passwords
  /** Each takes one try and answers the seconds to wait, or 0. */
  tries: Readonly<{
    /** Of one client, at whatever account. */
    ofClient(key: string): number
    /** Of one client at one account. */
    ofClientAt(key: string, email: string): number
    /** At one account, by everybody together who was never let in to it. */
    ofStrangersAt(email: string): number
  }>
  /** Whether one more refusal at no account is written down: addresses can be made up without end. */
  mayNoteStranger(): boolean
  /** The mark that a browser keeps of an account it was let in to, which nobody else can make. */
  markOf(accountId: string): string
  nowMs(): number
}>

export type Entry = ReturnType<typeof createEntry>

/** How people get in: by password, and by a link that was given to them. */
export function createEntry(deps: EntryDeps) {
  const { accounts, sessions, passwords } = deps

  async function begin(account: Account, whence: Whence, instead?: KeptSession): Promise<Entered> {
    const { token, kept } = newSession(account.id, whence, deps.nowMs(), instead?.begunAt)
    const operator = operatorFor({ account, session: kept })
    await sessions.begin(
      kept,
      {
        by: actorOf(operator),
        action: instead ? 'session.confirmed' : 'session.begun',
        subject: account.id,
        after: { client: whence.client },
      },
      instead?.id,
    )
    return { token, mark: deps.markOf(account.id), operator }
  }

  /** Whoever was let in to this account with this browser before is not kept out by what strangers try. */
  function demandPatience(email: string, accountId: string | undefined, { key, known }: Whence): void {
    const isKnown = accountId !== undefined && known === deps.markOf(accountId)
    const waitS =
      deps.tries.ofClient(key) ||
      deps.tries.ofClientAt(key, email) ||
      (isKnown ? 0 : deps.tries.ofStrangersAt(email))
    if (waitS > 0)
      throw new Problem('rate_limited', 'Too many tries. Wait a moment, then try again.', {
        retryAfterS: waitS,
      })
  }

  const isRight = (password: string, hash: string | undefined) => busy(passwords.verify(password, hash))

  return {
    /**
     * @throws Problem `wrong_credentials`, the same whatever was wrong and after the same work, or `rate_limited`.
     */
    async signIn(given: Readonly<{ email: string; password: string }>, whence: Whence): Promise<Entered> {
      const email = readEmail(given.email) ?? ''
      const account = email === '' ? undefined : await accounts.findByEmail(email)
      demandPatience(email, account?.id, whence)
      const matches = await isRight(given.password, account?.passwordHash)
      if (matches && account && !account.disabledAt) return begin(account, whence)
      if (account || deps.mayNoteStranger())
        await deps.audit.note({
          by: nobody,
          action: 'session.refused',
          ...(account && { subject: account.id }),
          after: { client: whence.client },
        })
      throw new Problem('wrong_credentials', 'The address or the password is not right.')
    },

    /** Asks for the password once more: the session goes on under a new token. */
    async confirm({ account, session }: Person, password: string, whence: Whence): Promise<Entered> {
      await demandPassword(account, password, whence)
      return begin(account, whence, session)
    },

    /** Sets a new password, given the old one, and ends every other session of the account. */
    async changePassword(
      { account, session }: Person,
      given: Readonly<{ current: string; password: string }>,
      whence: Whence,
    ): Promise<Entered> {
      await demandPassword(account, given.current, whence)
      const passwordHash = await hashOf(given.password, account)
      const by = actorOf(operatorFor({ account, session }))
      await accounts.setPassword(
        account.id,
        passwordHash,
        { by, action: 'password.changed', subject: account.id },
        session.id,
      )
      return begin(account, whence, session)
    },

    look,

    /** Uses a link up: makes its account, or sets the password of the one that it is for, and lets them in. */
    async accept(
      given: Readonly<{ token: string; email?: unknown; name?: unknown; password: string }>,
      whence: Whence,
    ): Promise<Entered> {
      const waitS = deps.tries.ofClient(whence.key)
      if (waitS > 0)
        throw new Problem('rate_limited', 'Too many tries. Wait a moment, then try again.', {
          retryAfterS: waitS,
        })
      const invite = await look(given.token)
      return invite.accountId === undefined
        ? begin(await join(invite, given), whence)
        : begin(await renew(invite, invite.accountId, given.password), whence)
    },

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

  async function demandPassword(account: Account, password: string, whence: Whence): Promise<void> {
    demandPatience(account.email, account.id, { ...whence, known: deps.markOf(account.id) })
    const kept = await accounts.find(account.id)
    if (!(await isRight(password, kept?.passwordHash)))
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

  async function renew(invite: KeptInvite, accountId: string, password: string): Promise<Account> {
    const account = await accounts.find(accountId)
    if (!account || account.disabledAt) throw linkOver()
    const passwordHash = await hashOf(password, account)
    const by = { kind: 'operator', id: account.id, name: account.name } as const
    const isNew = await accounts.renewPassword(invite.id, passwordHash, {
      by,
      action: 'password.changed',
      subject: account.id,
      after: { by_link: true },
    })
    if (!isNew) throw linkOver()
    return account
  }
}

const operatorFor = (person: Person) => ({
  id: person.account.id,
  name: person.account.name,
  rights: rightsOf[person.account.role] ?? none,
  person,
})
// A role of a later version.
const none: Rights = new Set()

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
