import { describe, expect, test } from 'bun:test'
import type { Accounts } from '../../operators/account.ts'
import { type Audit, type AuditAction, theCommand } from '../../operators/audit.ts'
import { newInvite } from '../../operators/invite.ts'
import type { Role } from '../../operators/rights.ts'
import type { SecondFactors } from '../../operators/second-factor.ts'
import { newSession, type Sessions } from '../../operators/session.ts'

export type OperatorStores = Readonly<{
  accounts: Accounts
  sessions: Sessions
  factors: SecondFactors
  audit: Audit
}>

/** What every keeper of accounts, sessions and the audit promises. `make` gives an empty one. */
export function operatorsContract(name: string, make: () => Promise<OperatorStores>) {
  const entry = (action: AuditAction, subject?: string) => ({
    by: theCommand,
    action,
    subject,
  })
  const invited = { by: theCommand, action: 'operator.invited' } as const

  async function joined(
    { accounts }: OperatorStores,
    role: Role,
    email = `${crypto.randomUUID()}@x.example`,
  ) {
    const { kept } = newInvite({ role }, Date.now())
    await accounts.invite(kept, invited)
    const account = { id: crypto.randomUUID(), email, name: 'Ann', role, passwordHash: 'hash' }
    expect(await accounts.join(kept.id, account, entry('operator.joined', account.id))).toBe('joined')
    return account
  }
  async function begun({ sessions }: OperatorStores, accountId: string) {
    const { kept } = newSession(accountId, { client: '192.0.2.*', agent: 'Browser' }, Date.now())
    await sessions.begin(
      kept,
      { by: theCommand, action: 'session.begun', subject: accountId },
      { account: { hasSecondFactor: false } },
    )
    return kept
  }

  describe(`operators in ${name}`, () => {
    test('a link makes one account, once, also when it is used twice at the same moment', async () => {
      const stores = await make()
      const { accounts } = stores
      const { kept } = newInvite({ role: 'caller', email: 'ben@x.example' }, Date.now())
      await accounts.invite(kept, invited)
      expect(await accounts.findInvite(kept.tokenHash)).toEqual(kept)
      const join = (email: string) => {
        const account = {
          id: crypto.randomUUID(),
          email,
          name: 'B',
          role: 'caller',
          passwordHash: 'h',
        } as const
        return accounts.join(kept.id, account, entry('operator.joined', account.id))
      }
      const came = await Promise.all([join('one@x.example'), join('two@x.example')])
      expect(came.sort()).toEqual(['joined', 'used'])
      expect(await accounts.list()).toHaveLength(1)
      expect(await accounts.invites(new Date())).toEqual([])
      expect(await stores.audit.list({ action: 'operator.joined', limit: 9 })).toHaveLength(1)
    })

    test('an address has one account', async () => {
      const stores = await make()
      const { email } = await joined(stores, 'owner')
      const { kept } = newInvite({ role: 'owner' }, Date.now())
      await stores.accounts.invite(kept, invited)
      const other = { id: crypto.randomUUID(), email, name: 'B', role: 'owner', passwordHash: 'h' } as const
      expect(await stores.accounts.join(kept.id, other, entry('operator.joined'))).toBe('taken')
      expect((await stores.accounts.findInvite(kept.tokenHash))?.usedAt).toBeUndefined()
    })

    test('a new link for somebody takes the place of the one before', async () => {
      const { accounts } = await make()
      const links = [1, 2].map(() => newInvite({ role: 'viewer', email: 'ben@x.example' }, Date.now()).kept)
      for (const link of links) await accounts.invite(link, invited)
      expect(await accounts.findInvite(links[0]!.tokenHash)).toBeUndefined()
      expect(await accounts.withdrawInvite(links[1]!.id, invited)).toBe(true)
      expect(await accounts.withdrawInvite(links[1]!.id, invited)).toBe(false)
    })

    test('the first owner is made while there is nobody, once', async () => {
      const { accounts } = await make()
      const add = (email: string) =>
        accounts.addFirstOwner(
          { id: crypto.randomUUID(), email, name: 'Ann', role: 'owner', passwordHash: 'h' },
          entry('operator.joined'),
        )
      expect(await accounts.hasOwner()).toBe(false)
      const came = await Promise.all([add('one@x.example'), add('two@x.example')])
      expect(came.sort()).toEqual([false, true])
      expect(await accounts.hasOwner()).toBe(true)
    })

    test('the last owner can neither be disabled nor given another role, and nothing is written down then', async () => {
      const stores = await make()
      const one = await joined(stores, 'owner')
      const change = entry('operator.role_changed')
      expect(await stores.accounts.setRole(one.id, 'viewer', change)).toBe('last_owner')
      expect(await stores.accounts.setDisabled(one.id, true, change)).toBe('last_owner')
      expect(await stores.audit.list({ action: change.action, limit: 9 })).toEqual([])
      const other = await joined(stores, 'owner')
      const both = await Promise.all(
        [one.id, other.id].map((id) => stores.accounts.setDisabled(id, true, change)),
      )
      expect(both.sort()).toEqual(['changed', 'last_owner'])
      expect(await stores.accounts.setRole(crypto.randomUUID(), 'viewer', change)).toBe('unknown')
    })

    test('sessions are found by token alone, and end with a new role, a new password and a disabled account', async () => {
      const stores = await make()
      const { accounts, sessions } = stores
      await joined(stores, 'owner')
      const { id } = await joined(stores, 'caller')
      const first = await begun(stores, id)
      const found = await sessions.find(first.tokenHash)
      expect(found).toMatchObject({ session: first, account: { id, role: 'caller', name: 'Ann' } })
      expect(JSON.stringify(found)).not.toContain('hash"')
      await accounts.setRole(id, 'viewer', entry('operator.role_changed', id))
      expect(await sessions.find(first.tokenHash)).toBeUndefined()
      const [kept, other] = [await begun(stores, id), await begun(stores, id)]
      await accounts.setPassword(id, 'new', { by: theCommand, action: 'password.changed' }, kept.id)
      expect(await sessions.find(other.tokenHash)).toBeUndefined()
      expect((await accounts.find(id))?.passwordHash).toBe('new')
      await accounts.setDisabled(id, true, { by: theCommand, action: 'operator.disabled' })
      expect(await sessions.find(kept.tokenHash)).toBeUndefined()
      expect((await accounts.find(id))?.disabledAt).toBeInstanceOf(Date)
    })

    test.each(['disabled', 'demoted'])(
      'the links that somebody made, or was made, end when they are %s',
      async (how) => {
        const stores = await make()
        const { accounts } = stores
        const [owner, { id, name }, friend] = [
          await joined(stores, 'owner'),
          await joined(stores, 'owner'),
          await joined(stores, 'viewer'),
        ]
        const linkBy = async (maker: string, what: Partial<Parameters<typeof newInvite>[0]> = {}) => {
          const { kept } = newInvite({ role: 'owner', ...what }, Date.now())
          const by = { kind: 'operator', id: maker, name } as const
          await accounts.invite(kept, { by, action: 'operator.invited' })
          return kept
        }
        const gone = [
          await linkBy(id, { email: 'mole@x.example' }),
          await linkBy(id, { accountId: friend.id }),
          await linkBy(owner.id, { accountId: id }),
        ]
        const left = await linkBy(owner.id, { email: 'new@x.example' })
        const change = entry('operator.role_changed', id)
        if (how === 'disabled') await accounts.setDisabled(id, true, change)
        else await accounts.setRole(id, 'viewer', change)
        for (const { tokenHash } of gone) expect(await accounts.findInvite(tokenHash)).toBeUndefined()
        expect(await accounts.findInvite(left.tokenHash)).toMatchObject({ id: left.id })
      },
    )

    test('no session begins, nor goes on, by what has changed while it was asked for', async () => {
      const stores = await make()
      const { accounts, sessions, factors } = stores
      const { id, passwordHash } = await joined(stores, 'owner')
      const asked = { hasSecondFactor: false, passwordHash }
      const begin = (account: typeof asked, instead?: string) => {
        const { kept } = newSession(id, { client: '', agent: '' }, Date.now())
        return sessions.begin(kept, entry('session.begun', id), { account, ...(instead && { instead }) })
      }
      const { id: ended } = await begun(stores, id)
      await sessions.end(id, { id: ended }, entry('session.ended', id))
      expect(await begin(asked, ended)).toBe(false)
      const factor = { sealed: new Uint8Array(40), step: 1, codeHashes: [] }
      const set = entry('second_factor.set', id)
      expect(await factors.set(id, factor, set, ended)).toBe(false)
      const changed = entry('password.changed', id)
      expect(await accounts.setPassword(id, 'of a thief', changed, ended)).toBe(false)
      expect(await begin(asked)).toBe(true)

      const { id: here } = await begun(stores, id)
      expect(await accounts.setPassword(id, 'new', changed, here)).toBe(true)
      expect(await begin(asked)).toBe(false)
      const now = { ...asked, passwordHash: 'new' }
      expect(await factors.set(id, factor, set, here)).toBe(true)
      expect(await begin(now)).toBe(false)
      expect(await begin({ ...now, hasSecondFactor: true }, here)).toBe(true)
      const { role } = await joined(stores, 'owner')
      await accounts.setDisabled(id, true, entry('operator.disabled', id))
      expect(await begin({ ...now, hasSecondFactor: true })).toBe(false)
      expect([await sessions.of(id), role]).toEqual([[], 'owner'])
    })

    test('a session goes on under a new token, and one or all others can be ended, each by its own account', async () => {
      const stores = await make()
      const { sessions } = stores
      const { id } = await joined(stores, 'owner')
      const stranger = await joined(stores, 'owner')
      const [one, two, three] = [await begun(stores, id), await begun(stores, id), await begun(stores, id)]
      const { kept: again } = newSession(id, one, Date.now(), one.begunAt)
      await sessions.begin(
        again,
        { by: theCommand, action: 'session.confirmed' },
        { account: { hasSecondFactor: false }, instead: one.id },
      )
      expect(await sessions.find(one.tokenHash)).toBeUndefined()
      const ended = entry('session.ended', id)
      expect(await sessions.end(stranger.id, { id: two.id }, ended)).toBe(0)
      expect(await sessions.end(id, { id: two.id }, ended)).toBe(1)
      expect(await sessions.end(id, { except: again.id }, ended)).toBe(1)
      expect((await sessions.of(id)).map((each) => each.id)).toEqual([again.id])
      expect(await sessions.find(three.tokenHash)).toBeUndefined()
      expect(await stores.audit.list({ action: 'session.ended', limit: 9 })).toHaveLength(2)
    })

    test('a password link sets the password of its account, once, and ends the sessions', async () => {
      const stores = await make()
      const { id, email, role } = await joined(stores, 'owner')
      const session = await begun(stores, id)
      const { kept } = newInvite({ role, email, accountId: id }, Date.now())
      await stores.accounts.invite(kept, { by: theCommand, action: 'operator.reset_begun' })
      const renew = () =>
        stores.accounts.renewPassword(kept.id, 'new', { by: theCommand, action: 'password.changed' })
      expect([await renew(), await renew()]).toEqual([true, false])
      expect((await stores.accounts.findByEmail(email))?.passwordHash).toBe('new')
      expect(await stores.sessions.find(session.tokenHash)).toBeUndefined()
    })

    test('a second factor is one, each of its codes counts once, also twice at the same moment, and it ends with its account', async () => {
      const stores = await make()
      const { accounts, factors, sessions } = stores
      const { id } = await joined(stores, 'owner')
      const hash = (text: string) => new Bun.CryptoHasher('sha256').update(text).digest()
      const [mine, other] = [await begun(stores, id), await begun(stores, id)]
      const set = { by: theCommand, action: 'second_factor.set', subject: id } as const
      const used = { by: theCommand, action: 'second_factor.code_used', subject: id } as const
      const factor = { sealed: hash('sealed'), step: 100, codeHashes: [hash('one'), hash('two')] }
      expect(await factors.find(id)).toBeUndefined()
      expect(await factors.renewCodes(id, [hash('none')], set, mine.id)).toBe(false)
      await factors.set(id, factor, set, mine.id)
      expect(await sessions.find(other.tokenHash)).toBeUndefined()
      expect((await sessions.find(mine.tokenHash))?.account.hasSecondFactor).toBe(true)
      const kept = await factors.find(id)
      expect([Buffer.from(kept!.sealed), kept!.codesLeft]).toEqual([Buffer.from(factor.sealed), 2])

      expect(await factors.spendStep(id, 100)).toBe(false)
      const steps = await Promise.all([factors.spendStep(id, 101), factors.spendStep(id, 101)])
      expect(steps.sort()).toEqual([false, true])
      expect(await factors.spendStep(id, 100)).toBe(false)
      const codes = await Promise.all([
        factors.spendCode(id, hash('one'), used),
        factors.spendCode(id, hash('one'), used),
      ])
      expect(codes.sort()).toEqual([false, true])
      expect(await stores.audit.list({ action: used.action, limit: 9 })).toHaveLength(1)
      const stranger = await joined(stores, 'caller')
      expect(await factors.spendCode(stranger.id, hash('two'), used)).toBe(false)
      // Setting it has ended that one.
      expect(await factors.renewCodes(id, [hash('four')], set, other.id)).toBe(false)
      const third = await begun(stores, id)
      expect(await factors.renewCodes(id, [hash('three')], set, mine.id)).toBe(true)
      expect(await sessions.find(third.tokenHash)).toBeUndefined()
      expect(await sessions.find(mine.tokenHash)).toBeDefined()
      expect(await factors.spendCode(id, hash('two'), used)).toBe(false)

      expect(await factors.remove(id, set, mine.id)).toBe(true)
      expect(await factors.remove(id, set, mine.id)).toBe(false)
      expect(await factors.spendStep(id, 200)).toBe(false)
      expect((await accounts.find(id))?.hasSecondFactor).toBe(false)
    })

    test('whom a provider lets in is found by it, has an account of their own, and never that of another', async () => {
      const stores = await make()
      const { accounts } = stores
      const [issuer, subject] = ['https://login.example.com', 'a1']
      const joinFrom = (email: string, of = subject) => {
        const account = {
          id: crypto.randomUUID(),
          email,
          name: 'Ann',
          role: 'caller',
          passwordHash: '',
        } as const
        return accounts.joinFrom({ issuer, subject: of }, account, entry('operator.joined', account.id))
      }
      const { email, id } = await joined(stores, 'owner')
      expect(await joinFrom(email)).toBe('taken')
      expect(await accounts.findByIdentity(issuer, subject)).toBeUndefined()
      expect(await joinFrom('ann@x.example')).toBe('joined')
      const found = await accounts.findByIdentity(issuer, subject)
      expect(found).toMatchObject({ email: 'ann@x.example', hasPassword: false, passwordHash: '' })
      expect(await accounts.findByIdentity('https://other.example.com', subject)).toBeUndefined()
      expect((await accounts.find(id))?.hasPassword).toBe(true)
      expect(await joinFrom('ann@x.example', 'a2')).toBe('taken')
      expect(await stores.audit.list({ action: 'operator.joined', limit: 9 })).toHaveLength(2)
    })

    test('a link takes a second factor away where it says so, and only then', async () => {
      const stores = await make()
      const { accounts, factors } = stores
      const { id, email, role } = await joined(stores, 'owner')
      const factor = { sealed: new Uint8Array(40), step: 1, codeHashes: [new Uint8Array(32)] }
      const { id: session } = await begun(stores, id)
      await factors.set(id, factor, { by: theCommand, action: 'second_factor.set' }, session)
      for (const resetsFactor of [undefined, true] as const) {
        const { kept } = newInvite({ role, email, accountId: id, resetsFactor }, Date.now())
        await accounts.invite(kept, { by: theCommand, action: 'operator.reset_begun' })
        expect((await accounts.findInvite(kept.tokenHash))?.resetsFactor).toBe(resetsFactor)
        await accounts.renewPassword(kept.id, 'new', { by: theCommand, action: 'password.changed' })
        expect((await accounts.find(id))?.hasSecondFactor).toBe(!resetsFactor)
      }
    })

    test('the audit is read by who, what and when, the latest first and page by page', async () => {
      const { audit } = await make()
      const by = { kind: 'operator', id: crypto.randomUUID(), name: 'Ann' } as const
      for (const role of ['viewer', 'caller', 'manager'])
        await audit.note({ by, action: 'operator.role_changed', subject: 'x', after: { role } })
      await audit.note({ by: theCommand, action: 'key.made', subject: 'k' })
      const [first, second] = await audit.list({ by: by.id, limit: 2 })
      expect(first).toMatchObject({ by, subject: 'x', after: { role: 'manager' } })
      const rest = await audit.list({ by: by.id, after: second!.id, limit: 2 })
      expect(rest.map(({ after }) => after)).toEqual([{ role: 'viewer' }])
      expect(await audit.list({ action: 'key.made', limit: 9 })).toHaveLength(1)
      expect(await audit.list({ subject: 'k', until: new Date(Date.now() - 60_000), limit: 9 })).toEqual([])
      expect(await audit.list({ subject: 'k', since: new Date(Date.now() - 60_000), limit: 9 })).toHaveLength(
        1,
      )
    })
  })
}
