import type { Account, AccountChange, Accounts, KeptAccount } from '../operators/account.ts'
import type { Audit, AuditEntry, KeptAuditEntry } from '../operators/audit.ts'
import type { KeptInvite } from '../operators/invite.ts'
import type { NewFactor, SecondFactors } from '../operators/second-factor.ts'
import type { KeptSession, Sessions } from '../operators/session.ts'

type Stored = Omit<KeptAccount, 'hasSecondFactor' | 'hasPassword'>

/** Accounts, links, sessions and the audit, that keep state like the real ones. */
export function memoryOperators() {
  const kept = new Map<string, Stored>()
  const identities = new Map<string, string>()
  const factors = new Map<string, NewFactor>()
  const invites = new Map<string, KeptInvite>()
  /** Who made which link. */
  const makers = new Map<string, string>()
  const sessions = new Map<string, KeptSession>()
  const entries: KeptAuditEntry[] = []
  const same = (one: Uint8Array, other: Uint8Array) => Buffer.compare(one, other) === 0
  const note = async (entry: AuditEntry) => {
    entries.unshift({ ...entry, id: String(entries.length + 1), at: new Date() })
  }
  /** Notes the entry where what came is a change. */
  const noted = async <T>(entry: AuditEntry, came: T, isChange = Boolean(came)): Promise<T> => {
    if (isChange) await note(entry)
    return came
  }
  const all = (): KeptAccount[] =>
    [...kept.values()].map((account) => ({
      ...account,
      hasSecondFactor: factors.has(account.id),
      hasPassword: account.passwordHash !== '',
    }))
  const byId = (id: string) => all().find((each) => each.id === id)
  const byEmail = (email: string) => all().find((each) => each.email === email)
  const endAll = (accountId: string, except?: string) => {
    const ended = [...sessions.values()].filter((each) => each.accountId === accountId && each.id !== except)
    for (const { id } of ended) sessions.delete(id)
    return ended.length
  }
  const withoutSecret = ({ passwordHash: _hash, ...account }: KeptAccount): Account => account
  const change = async (
    id: string,
    entry: AuditEntry,
    staysOwner: boolean,
    edit: (account: KeptAccount) => Stored,
  ): Promise<AccountChange> => {
    const owners = [...kept.values()].filter(({ role, disabledAt }) => role === 'owner' && !disabledAt)
    if (!staysOwner && owners.length === 1 && owners[0]!.id === id) return 'last_owner'
    const account = byId(id)
    if (!account) return 'unknown'
    kept.set(id, edit(account))
    endAll(id)
    for (const invite of invites.values())
      if (!invite.usedAt && (makers.get(invite.id) === id || invite.accountId === id))
        invites.delete(invite.id)
    return noted(entry, 'changed')
  }
  const spend = (id: string): KeptInvite | undefined => {
    const invite = invites.get(id)
    if (!invite || invite.usedAt) return undefined
    invites.set(id, { ...invite, usedAt: new Date() })
    return invite
  }

  const accounts: Accounts = {
    find: async (id) => byId(id),
    findByEmail: async (email) => byEmail(email),
    findByIdentity: async (...identity) => byId(identities.get(identity.join(' ')) ?? ''),
    async joinFrom({ issuer, subject }, account, entry) {
      if (byEmail(account.email)) return 'taken'
      kept.set(account.id, { ...account, createdAt: new Date() })
      identities.set(`${issuer} ${subject}`, account.id)
      return noted(entry, 'joined')
    },
    list: async () =>
      all().map((account) => {
        const seen = [...sessions.values()].filter(({ accountId }) => accountId === account.id)
        const lastSeenMs = Math.max(...seen.map(({ seenAt }) => seenAt.getTime()))
        return { ...withoutSecret(account), ...(seen.length > 0 && { lastSeenAt: new Date(lastSeenMs) }) }
      }),
    hasOwner: async () => [...kept.values()].some(({ role }) => role === 'owner'),
    async addFirstOwner(account, entry) {
      if (kept.size > 0) return false
      kept.set(account.id, { ...account, createdAt: new Date() })
      return noted(entry, true)
    },
    async setPassword(id, passwordHash, entry, keepSession) {
      const account = kept.get(id)
      if (!account || (keepSession !== undefined && !sessions.has(keepSession))) return false
      kept.set(id, { ...account, passwordHash })
      endAll(id, keepSession)
      return noted(entry, true)
    },
    setRole: (id, role, entry) => change(id, entry, role === 'owner', (account) => ({ ...account, role })),
    setDisabled: (id, disabled, entry) =>
      change(id, entry, !disabled, ({ disabledAt, ...account }) => ({
        ...account,
        ...(disabled && { disabledAt: disabledAt ?? new Date() }),
      })),
    async invite(invite, entry) {
      for (const { id, email, accountId, usedAt } of invites.values())
        if (!usedAt && ((email && email === invite.email) || (accountId && accountId === invite.accountId)))
          invites.delete(id)
      invites.set(invite.id, invite)
      makers.set(invite.id, entry.by.id)
      await note(entry)
    },
    invites: async (now) =>
      [...invites.values()]
        .filter(({ usedAt, expiresAt }) => !usedAt && expiresAt > now)
        .map(({ tokenHash: _hash, ...listed }) => listed),
    findInvite: async (tokenHash) => [...invites.values()].find((each) => same(each.tokenHash, tokenHash)),
    withdrawInvite: async (id, entry) =>
      noted(entry, invites.get(id)?.usedAt === undefined && invites.delete(id)),
    async join(inviteId, account, entry) {
      if (byEmail(account.email)) return 'taken'
      if (!spend(inviteId)) return 'used'
      kept.set(account.id, { ...account, createdAt: new Date() })
      return noted(entry, 'joined')
    },
    async renewPassword(inviteId, passwordHash, entry) {
      const { accountId, resetsFactor } = spend(inviteId) ?? {}
      if (accountId !== undefined && resetsFactor) factors.delete(accountId)
      return accountId === undefined ? false : this.setPassword(accountId, passwordHash, entry)
    },
  }

  const sessionStore: Sessions = {
    async begin(session, entry, { account: { passwordHash, hasSecondFactor }, instead }) {
      const now = byId(session.accountId)
      if (!now || now.disabledAt || now.hasSecondFactor !== hasSecondFactor) return false
      if (passwordHash !== undefined && now.passwordHash !== passwordHash) return false
      if (instead !== undefined && !sessions.delete(instead)) return false
      sessions.set(session.id, session)
      return noted(entry, true)
    },
    async find(tokenHash) {
      const session = [...sessions.values()].find((each) => same(each.tokenHash, tokenHash))
      const account = session && byId(session.accountId)
      return session && account && !account.disabledAt
        ? { session, account: withoutSecret(account) }
        : undefined
    },
    async seen(id, at) {
      const session = sessions.get(id)
      if (session && session.seenAt < at) sessions.set(id, { ...session, seenAt: at })
    },
    of: async (id) =>
      [...sessions.values()]
        .filter(({ accountId }) => accountId === id)
        .sort((a, b) => b.seenAt.getTime() - a.seenAt.getTime()),
    async end(accountId, which, entry) {
      if ('except' in which) return noted(entry, endAll(accountId, which.except))
      const isTheirs = sessions.get(which.id)?.accountId === accountId
      return noted(entry, isTheirs && sessions.delete(which.id) ? 1 : 0)
    },
  }

  const secondFactors: SecondFactors = {
    async find(id) {
      const factor = factors.get(id)
      return factor && { sealed: factor.sealed, codesLeft: factor.codeHashes.length }
    },
    async set(id, factor, entry, keepSession) {
      if (!sessions.has(keepSession)) return false
      factors.set(id, factor)
      endAll(id, keepSession)
      return noted(entry, true)
    },
    async renewCodes(id, codeHashes, entry, ofSession) {
      const factor = sessions.has(ofSession) ? factors.get(id) : undefined
      if (factor) {
        factors.set(id, { ...factor, codeHashes })
        endAll(id, ofSession)
      }
      return noted(entry, factor !== undefined)
    },
    async remove(id, entry, keepSession) {
      const was = sessions.has(keepSession) && factors.delete(id)
      if (was) endAll(id, keepSession)
      return noted(entry, was)
    },
    async spendStep(id, step) {
      const factor = factors.get(id)
      if (!factor || factor.step >= step) return false
      factors.set(id, { ...factor, step })
      return true
    },
    async spendCode(id, hash, entry) {
      const factor = factors.get(id)
      const left = factor?.codeHashes.filter((each) => !same(each, hash)) ?? []
      if (!factor || left.length === factor.codeHashes.length) return false
      factors.set(id, { ...factor, codeHashes: left })
      return noted(entry, true)
    },
  }

  const audit: Audit = {
    note,
    list: async ({ kind, action, by, subject, since, until, after, limit }) =>
      entries
        .filter(
          (each) =>
            (kind === undefined || each.action.startsWith(`${kind}.`)) &&
            (action === undefined || each.action === action) &&
            (by === undefined || each.by.id === by) &&
            (subject === undefined || each.subject === subject) &&
            (since === undefined || each.at >= since) &&
            (until === undefined || each.at < until) &&
            (after === undefined || Number(each.id) < Number(after)),
        )
        .slice(0, limit),
  }
  return { accounts, sessions: sessionStore, factors: secondFactors, audit }
}
