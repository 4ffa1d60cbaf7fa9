import { beforeEach, describe, expect, test } from 'bun:test'
import { memoryOperators } from '../memory/operators.ts'
import { Problem } from '../problem.ts'
import { createSeal } from '../seal.ts'
import { theCommand } from './audit.ts'
import type { Whence } from './demands.ts'
import { begunLastsS, createElsewhere } from './elsewhere.ts'
import { createEntry } from './enter.ts'
import { newInvite } from './invite.ts'
import { type Identity, type RolesByGroup, roleFor } from './provider.ts'
import { createSecondFactor } from './second-factor.ts'
import { isConfirmed } from './session.ts'

const here: Whence = { key: '192.0.2.1', client: '192.0.2.*', agent: 'Browser' }
const by = { by: theCommand, action: 'operator.invited' } as const
const roles: RolesByGroup = new Map([
  ['managers', 'manager'],
  ['callers', 'caller'],
])
const ann: Identity = {
  ...{ subject: 'a1', email: 'Ann@example.com', emailVerified: true, name: 'Ann' },
  groups: ['callers', 'others'],
}

let nowMs: number
let stores: ReturnType<typeof memoryOperators>
let who: Identity
let tries: number
let elsewhere: ReturnType<typeof createElsewhere>
let entry: ReturnType<typeof createEntry>

beforeEach(() => {
  nowMs = 1_900_000_000_000
  stores = memoryOperators()
  who = ann
  tries = 0
  const seal = createSeal('the key of this test', 'signing in')
  entry = createEntry({
    ...stores,
    factor: createSecondFactor({ factors: stores.factors, seal, issuer: '', nowMs: () => nowMs }),
    factorRequired: true,
    passwords: {
      hash: async (text) => `hash of ${text}`,
      verify: async (text, hash) => hash === `hash of ${text}` || hash === '',
    },
    tries: { ofClient: () => 0, ofClientAt: () => 0, ofStrangersAt: () => 0, ofCodes: () => 0 },
    mayNoteStranger: () => true,
    markOf: (accountId) => `mark of ${accountId}`,
    nowMs: () => nowMs,
  })
  elsewhere = createElsewhere({
    ...{ ...stores, entry, roles, seal, nowMs: () => nowMs },
    tryOf: (client) => (++tries > 5 ? client.length : 0),
    provider: {
      issuer: 'https://login.example.com',
      begin: async ({ state }) => `https://login.example.com/authorize?state=${state}`,
      async finish(query, { state }) {
        if (query !== `?state=${state}`) throw new Error('another state')
        return who
      },
    },
  })
})

async function signIn(again = false, token?: string) {
  const { url, kept } = await elsewhere.begin(again)
  return elsewhere.finish(new URL(url).search, kept, token, here)
}
const refusal = async (work: Promise<unknown>) => {
  const error = await work.catch((reason: unknown) => reason)
  if (!(error instanceof Problem)) throw new Error('it was not refused')
  return error.code
}
const written = async () =>
  (await stores.audit.list({ limit: 9 })).map(({ action, after }) => [action, after?.role ?? after?.because])

test('whoever the provider lets in becomes what the claim says, and each time anew', async () => {
  const { operator } = await signIn()
  expect(operator.person.account).toMatchObject({ email: 'ann@example.com', role: 'caller', name: 'Ann' })
  who = { ...ann, email: 'ann.other@example.com', groups: ['managers', 'callers'] }
  const again = await signIn()
  expect(again.operator).toMatchObject({ id: operator.id, person: { account: { role: 'manager' } } })
  // What they were before ends with it.
  expect(await stores.sessions.of(operator.id)).toHaveLength(1)
  expect((await written()).filter(([action]) => action !== 'session.begun')).toEqual([
    ['operator.role_changed', 'manager'],
    ['operator.joined', 'caller'],
  ])
})

test('nobody becomes an owner by it, and whom an owner has made one stays one', async () => {
  expect(roleFor(['owner', 'owners'], new Map([['*', 'viewer']]))).toBe('viewer')
  const { id } = (await signIn()).operator
  await stores.accounts.setRole(id, 'owner', by)
  expect((await signIn()).operator.person.account.role).toBe('owner')
})

test.each([
  ['whose claim names no role', { groups: ['others'] }, 'no_role', 'no role'],
  ['with no claim', { groups: [] }, 'no_role', 'no role'],
  ['with an address that was not verified', { emailVerified: false }, 'no_role', 'no verified address'],
  ['with no address', { email: undefined }, 'no_role', 'no verified address'],
] as const)('somebody %s is refused, and it is written down', async (_, other, code, because) => {
  who = { ...ann, ...other } as Identity
  expect(await refusal(signIn())).toBe(code)
  expect(await stores.accounts.list()).toEqual([])
  expect(await written()).toEqual([['session.refused', because]])
})

test('who has the address of an account there is does not get into it', async () => {
  const { text, kept } = newInvite({ role: 'owner' }, nowMs)
  await stores.accounts.invite(kept, by)
  const password = 'correct horse battery'
  await entry.accept({ token: text, email: 'ann@example.com', name: 'Ann', password }, here)
  expect(await refusal(signIn())).toBe('has_password')
  expect(await stores.accounts.list()).toHaveLength(1)
})

test('who lost their role there, or was disabled here, is kept out', async () => {
  const { id } = (await signIn()).operator
  who = { ...ann, groups: [] }
  expect(await refusal(signIn())).toBe('no_role')
  who = ann
  await stores.accounts.setDisabled(id, true, by)
  expect(await refusal(signIn())).toBe('no_role')
})

test('has no password, whatever is tried, and no second factor is asked of them', async () => {
  const { operator } = await signIn()
  expect(operator.rights.has('leads.work')).toBe(true)
  for (const password of [' ', 'x', 'correct horse battery'])
    expect(await refusal(entry.signIn({ email: 'ann@example.com', password }, here))).toBe(
      'wrong_credentials',
    )
})

test('who was given a password all the same may only set a second factor, whichever way they come', async () => {
  const { operator } = await signIn()
  const { text, kept } = newInvite({ role: 'caller', accountId: operator.id }, nowMs)
  await stores.accounts.invite(kept, by)
  const password = 'correct horse battery'
  const linked = await entry.accept({ token: text, password }, here)
  expect([...linked.operator.rights]).toEqual(['account.own'])
  const signedIn = await entry.signIn({ email: 'ann@example.com', password }, here)
  expect([...signedIn.operator.rights]).toEqual(['account.own'])
  expect([...(await signIn()).operator.rights]).toEqual(['account.own'])
})

describe('a sign-in that was begun', () => {
  test('is finished in the browser that began it alone, in its time', async () => {
    const { url, kept } = await elsewhere.begin(false)
    const { search } = new URL(url)
    const other = await elsewhere.begin(false)
    for (const wrong of [undefined, '', 'nonsense', other.kept])
      expect(await refusal(elsewhere.finish(search, wrong, undefined, here))).toBe('wrong_credentials')
    nowMs += begunLastsS * 1000 + 1
    expect(await refusal(elsewhere.finish(search, kept, undefined, here))).toBe('wrong_credentials')
  })

  test('is tried so often at most, and what was not begun here asks the provider nothing', async () => {
    for (let time = 0; time < 20; time++)
      expect(await refusal(elsewhere.finish('?code=x', 'nonsense', undefined, here))).toBe(
        'wrong_credentials',
      )
    const { kept } = await elsewhere.begin(false)
    const came = []
    for (let time = 0; time < 6; time++)
      came.push(await refusal(elsewhere.finish('?code=x', kept, undefined, here)))
    expect(came).toEqual([...Array(5).fill('wrong_credentials'), 'rate_limited'])
  })

  test('counts as the password given once more only where people had to sign in again', async () => {
    const first = await signIn()
    expect(isConfirmed(first.operator.person.session, nowMs)).toBe(false)
    const again = await signIn(true, first.token)
    expect(isConfirmed(again.operator.person.session, nowMs)).toBe(true)
    // The session went on, under a new token.
    expect(await entry.whoHolds(first.token)).toBeUndefined()
    expect(await stores.sessions.of(again.operator.id)).toHaveLength(1)
  })

  test('is nothing where no provider is set', async () => {
    const seal = createSeal('the key of this test', 'signing in')
    const none = createElsewhere({
      ...{ ...stores, entry, roles, seal },
      tryOf: () => 0,
      provider: undefined,
      nowMs: () => nowMs,
    })
    expect(none.name).toBeUndefined()
    expect(await refusal(none.begin(false))).toBe('not_found')
  })
})
