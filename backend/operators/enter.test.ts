import { beforeEach, describe, expect, test } from 'bun:test'
import { memoryOperators } from '../memory/operators.ts'
import { Problem } from '../problem.ts'
import { createSeal } from '../seal.ts'
import { theCommand } from './audit.ts'
import type { Whence } from './demands.ts'
import { createEntry, type Entry, type EntryDeps } from './enter.ts'
import { inviteLastsMs, newInvite } from './invite.ts'
import type { Role } from './rights.ts'
import { createSecondFactor } from './second-factor.ts'
import { idleMs, lastsMs } from './session.ts'

let nowMs: number
let stores: ReturnType<typeof memoryOperators>
let entry: Entry
let deps: EntryDeps
let checked: (string | undefined)[]
let strangersNoted: number
const password = 'correct horse battery'
const here: Whence = { key: '192.0.2.1', client: '192.0.2.*', agent: 'Browser' }

beforeEach(() => {
  nowMs = Date.now()
  stores = memoryOperators()
  checked = []
  strangersNoted = 0
  const limit = (most: number) => {
    const taken = new Map<string, number>()
    return {
      take(of: string): number {
        taken.set(of, (taken.get(of) ?? 0) + 1)
        return taken.get(of)! > most ? 60 : 0
      },
    }
  }
  const [client, clientAt, strangers] = [limit(20), limit(5), limit(10)]
  deps = {
    ...stores,
    factor: createSecondFactor({
      ...{ factors: stores.factors, seal: createSeal('the key of a test') },
      ...{ issuer: 'Landfast', nowMs: () => nowMs },
    }),
    factorRequired: false,
    passwords: {
      hash: async (text) => `hash of ${text}`,
      async verify(text, hash) {
        checked.push(hash)
        return hash === `hash of ${text}`
      },
    },
    tries: {
      ofClient: (key) => client.take(key),
      ofClientAt: (key, email) => clientAt.take(`${key} ${email}`),
      ofStrangersAt: (email) => strangers.take(email),
      ofCodes: () => 0,
    },
    mayNoteStranger: () => ++strangersNoted <= 3,
    markOf: (accountId) => `mark of ${accountId}`,
    nowMs: () => nowMs,
  }
  entry = createEntry(deps)
})

async function link(role: Role = 'owner', email?: string): Promise<string> {
  const { text, kept } = newInvite({ role, email }, nowMs)
  await stores.accounts.invite(kept, { by: theCommand, action: 'operator.invited' })
  return text
}
const join = async (email = 'ann@example.com', role: Role = 'owner') =>
  entry.accept({ token: await link(role), email, name: 'Ann', password }, here)
const signIn = (given: string, whence = here, email = 'ann@example.com') =>
  entry.signIn({ email, password: given }, whence)
const refusal = async (work: Promise<unknown>) => {
  const error = await work.catch((reason: unknown) => reason)
  if (!(error instanceof Error)) throw new Error('it was not refused')
  return error instanceof Problem ? error.code : error.message
}

test('whoever follows a link becomes who it says, is signed in, and it is written down', async () => {
  const { operator, token } = await join()
  expect(operator).toMatchObject({ name: 'Ann', person: { account: { role: 'owner' } } })
  expect(await entry.whoHolds(token)).toMatchObject({ id: operator.id })
  const written = await stores.audit.list({ limit: 9 })
  expect(written.map(({ action, by }) => [action, by.kind])).toEqual([
    ['session.begun', 'operator'],
    ['operator.joined', 'operator'],
    ['operator.invited', 'command'],
  ])
  expect(JSON.stringify(written)).not.toContain(password)
})

describe('a link', () => {
  test('is over once it was used, after a day, and where it was never given out', async () => {
    const token = await link()
    const given = { token, email: 'ann@example.com', name: 'Ann', password }
    await entry.accept(given, here)
    expect(await refusal(entry.accept({ ...given, email: 'eve@example.com' }, here))).toBe('link_over')
    const late = await link()
    nowMs += inviteLastsMs
    for (const none of [late, 'x'.repeat(43), ''])
      expect(await refusal(entry.look(none, here))).toBe('link_over')
  })

  test('gets whoever holds it in, whatever others at the same address try', async () => {
    const token = await link()
    const given = { email: 'ann@example.com', name: 'Ann', password }
    for (let time = 0; time < 30; time++)
      await refusal(entry.accept({ ...given, token: 'x'.repeat(43) }, here))
    expect(await refusal(entry.accept({ ...given, token: 'x'.repeat(43) }, here))).toBe('rate_limited')
    expect((await entry.accept({ ...given, token }, here)).operator.name).toBe('Ann')
  })

  test("for one person makes that person's account, whatever else is sent", async () => {
    const token = await link('caller', 'ben@example.com')
    const { operator } = await entry.accept({ token, email: 'eve@example.com', name: 'Ben', password }, here)
    expect(operator.person.account).toMatchObject({ email: 'ben@example.com', role: 'caller' })
  })

  test('is not used up by a name, address or password that cannot be taken', async () => {
    const token = await link()
    const wrong = { email: 'no address', name: ' ', password: 'short' }
    for (const given of [{ ...wrong }, { ...wrong, email: 'a@example.com', name: 'Ann' }])
      expect(await refusal(entry.accept({ token, ...given }, here))).toContain('invalid fields')
    expect(await entry.look(token, here)).toMatchObject({ role: 'owner' })
  })

  test('for a new password ends every session, and is nothing for an account that is disabled', async () => {
    const { operator, token: session } = await join()
    const reset = async () => {
      const what = { role: 'owner', email: 'ann@example.com', accountId: operator.id } as const
      const { text, kept } = newInvite(what, nowMs)
      await stores.accounts.invite(kept, { by: theCommand, action: 'operator.reset_begun' })
      return text
    }
    const again = await entry.accept({ token: await reset(), password: 'another long password' }, here)
    expect(again.operator.id).toBe(operator.id)
    expect(await entry.whoHolds(session)).toBeUndefined()
    expect(await refusal(signIn(password))).toBe('wrong_credentials')
    await join('bo@example.com')
    await stores.accounts.setDisabled(operator.id, true, { by: theCommand, action: 'operator.disabled' })
    const late = { token: await reset(), password: 'yet another password' }
    expect(await refusal(entry.accept(late, here))).toBe('link_over')
  })
})

describe('signing in', () => {
  test('is refused alike for a wrong password, an unknown address and a disabled account, after the same work', async () => {
    await join()
    const { operator } = await join('off@example.com')
    await stores.accounts.setDisabled(operator.id, true, { by: theCommand, action: 'operator.disabled' })
    const tried = [
      () => signIn('wrong'),
      () => signIn(password, here, 'nobody@example.com'),
      () => signIn(password, here, 'no address'),
      () => signIn(password, here, 'off@example.com'),
    ]
    const told = new Set<string>()
    for (const attempt of tried) {
      const error = (await attempt().catch((reason: unknown) => reason)) as Problem
      told.add(`${error.code} ${error.message}`)
    }
    expect(told.size).toBe(1)
    expect(checked).toHaveLength(tried.length)
  })

  test('gives a new token each time, so that one that was known before is worth nothing', async () => {
    const first = await join()
    const second = await signIn(password)
    expect(second.token).not.toBe(first.token)
    const third = await entry.confirm(second.operator.person, { password }, here)
    expect(await entry.whoHolds(second.token)).toBeUndefined()
    expect(await entry.whoHolds(third.token)).toBeDefined()
  })

  test('twenty wrong passwords are told to wait, while others at that account and elsewhere get in', async () => {
    await join()
    await join('ben@example.com')
    const came: string[] = []
    for (let time = 0; time < 20; time++) came.push(await refusal(signIn('wrong')))
    expect(came.slice(0, 4)).toEqual(Array(4).fill('wrong_credentials'))
    expect(came.slice(5)).toEqual(Array(15).fill('rate_limited'))
    expect(await refusal(signIn(password))).toBe('rate_limited')
    const elsewhere = { ...here, key: '192.0.2.2' }
    expect((await signIn(password, elsewhere)).operator.name).toBe('Ann')
  })

  test('who looks at links that are none is told to wait, and others with theirs are not', async () => {
    const token = await link()
    const came: string[] = []
    for (let time = 0; time < 25; time++) came.push(await refusal(entry.look('x'.repeat(43), here)))
    expect(came).toEqual([...Array(20).fill('link_over'), ...Array(5).fill('rate_limited')])
    expect(await entry.look(token, here)).toMatchObject({ role: 'owner' })
  })

  test('made-up accounts fill no audit, and hide none of the tries at a real one', async () => {
    const { operator } = await join()
    for (let made = 0; made < 20; made++) {
      const whence = { ...here, key: `198.51.100.${made}` }
      expect(await refusal(signIn('wrong', whence, `made-up-${made}@example.com`))).toBe('wrong_credentials')
    }
    await refusal(signIn('wrong'))
    const noted = await stores.audit.list({ action: 'session.refused', limit: 50 })
    expect(noted.map(({ subject }) => subject)).toEqual([operator.id, undefined, undefined, undefined])
  })

  test('a crowd of strangers at one account does not lock out a browser that was let in before', async () => {
    const { mark } = await join()
    for (let client = 0; client < 30; client++)
      await refusal(signIn('wrong', { ...here, key: `198.51.100.${client}` }))
    const stranger = { ...here, key: '203.0.113.1' }
    expect(await refusal(signIn(password, stranger))).toBe('rate_limited')
    expect(await refusal(signIn(password, { ...stranger, known: 'mark of somebody else' }))).toBe(
      'rate_limited',
    )
    expect((await signIn(password, { ...stranger, known: mark })).operator.name).toBe('Ann')
    // Nor does who sits behind the same address.
    for (let time = 0; time < 30; time++) await refusal(signIn('wrong', stranger))
    expect((await signIn(password, { ...stranger, known: mark })).operator.name).toBe('Ann')
    const came: string[] = []
    for (let time = 0; time < 9; time++)
      came.push(await refusal(signIn('wrong', { ...stranger, known: mark })))
    expect(came.at(-1)).toBe('rate_limited')
  })
})

describe('a session', () => {
  test('is over after a week, and after twelve hours in which nothing was asked', async () => {
    const { token } = await join()
    const begun = nowMs
    for (let hours = 0; hours < 14 * 12; hours += 11.9) {
      nowMs = begun + hours * 3_600_000
      expect(await entry.whoHolds(token)).toBeDefined()
    }
    nowMs = begun + lastsMs
    expect(await entry.whoHolds(token)).toBeUndefined()
    const { token: idle } = await signIn(password)
    nowMs += idleMs
    expect(await entry.whoHolds(idle)).toBeUndefined()
  })

  test('that is confirmed does not last longer for it', async () => {
    const { token, operator } = await join()
    expect(await refusal(entry.confirm(operator.person, { password: 'wrong' }, here))).toBe(
      'wrong_credentials',
    )
    const again = await entry.confirm(operator.person, { password }, here)
    expect(again.operator.person.session.begunAt).toEqual(operator.person.session.begunAt)
    expect(await entry.whoHolds(token)).toBeUndefined()
  })

  test('does not begin by a password that was changed while it was checked, nor go on where it has ended', async () => {
    const { operator } = await join()
    const waiting = Promise.withResolvers<void>()
    const { verify } = deps.passwords
    // As long as others have their turn.
    const slow = createEntry({
      ...deps,
      passwords: {
        ...deps.passwords,
        async verify(...given) {
          await waiting.promise
          return verify(...given)
        },
      },
    })
    const given = { current: password, password: 'of somebody else' }
    const begun = [
      slow.signIn({ email: 'ann@example.com', password }, here),
      slow.confirm(operator.person, { password }, here),
      slow.changePassword(operator.person, given, here),
    ].map(refusal)
    const { text, kept } = newInvite({ role: 'owner', accountId: operator.id }, nowMs)
    await stores.accounts.invite(kept, { by: theCommand, action: 'operator.reset_begun' })
    const { token } = await entry.accept({ token: text, password: 'another long password' }, here)
    waiting.resolve()
    expect(await Promise.all(begun)).toEqual(Array(3).fill('unauthorized'))
    expect(await stores.sessions.of(operator.id)).toHaveLength(1)
    expect(await entry.whoHolds(token)).toBeDefined()
    expect((await signIn('another long password')).operator.id).toBe(operator.id)
  })

  test('writes down who confirms by a wrong password', async () => {
    const { operator } = await join()
    await refusal(entry.confirm(operator.person, { password: 'wrong' }, here))
    const noted = await stores.audit.list({ action: 'session.refused', limit: 9 })
    expect(noted).toMatchObject([{ subject: operator.id, after: { because: 'password' } }])
  })

  test('stays when its password is changed, and every other ends', async () => {
    const { token: other } = await join()
    const { operator } = await signIn(password)
    const given = { current: password, password: 'another long password' }
    const { token } = await entry.changePassword(operator.person, given, here)
    expect(await entry.whoHolds(other)).toBeUndefined()
    expect(await entry.whoHolds(token)).toBeDefined()
    expect((await signIn('another long password')).operator.name).toBe('Ann')
  })
})
