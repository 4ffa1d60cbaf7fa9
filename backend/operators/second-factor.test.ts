import { beforeEach, describe, expect, test } from 'bun:test'
import { Secret, TOTP } from 'otpauth'
import { memoryOperators } from '../memory/operators.ts'
import { InvalidFields, Problem } from '../problem.ts'
import { createSeal } from '../seal.ts'
import { theCommand } from './audit.ts'
import type { Whence } from './demands.ts'
import { createEntry, type Entered, type EntryDeps } from './enter.ts'
import { newInvite } from './invite.ts'
import type { Person } from './operator-key.ts'
import { createSecondFactor } from './second-factor.ts'

let nowMs: number
let stores: ReturnType<typeof memoryOperators>
let deps: EntryDeps
let ann: Person
const password = 'correct horse battery'
const here: Whence = { key: '192.0.2.1', client: '192.0.2.*', agent: 'Browser' }
const email = 'ann@example.com'

beforeEach(async () => {
  nowMs = 1_900_000_000_000
  stores = memoryOperators()
  const taken = new Map<string, number>()
  const factor = createSecondFactor({
    ...{ factors: stores.factors, seal: createSeal('the key of this test', 'second factors') },
    ...{ issuer: 'Landfast example.com', nowMs: () => nowMs },
  })
  deps = {
    ...stores,
    ...{ factor, factorRequired: false, nowMs: () => nowMs },
    passwords: {
      hash: async (text) => `hash of ${text}`,
      verify: async (text, hash) => hash === `hash of ${text}`,
    },
    tries: {
      ...{ ofClient: () => 0, ofClientAt: () => 0, ofStrangersAt: () => 0 },
      ofCodes(id, isKnown) {
        const name = `${id} ${isKnown}`
        taken.set(name, (taken.get(name) ?? 0) + 1)
        return taken.get(name)! > 5 ? 60 : 0
      },
    },
    mayNoteStranger: () => true,
    markOf: (accountId) => `mark of ${accountId}`,
  }
  ann = (await joined('owner')).operator.person
})

const entry = () => createEntry(deps)
async function joined(role: 'owner' | 'caller', as = email): Promise<Entered> {
  const { text, kept } = newInvite({ role }, nowMs)
  await stores.accounts.invite(kept, { by: theCommand, action: 'operator.invited' })
  return entry().accept({ token: text, email: as, name: 'Ann', password }, here)
}
const codeAt = (secret: string, ms = nowMs) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: ms })
/** Ann with a device, and what it keeps. */
async function withFactor() {
  const { secret, enrolment } = deps.factor.begin(ann.account)
  const set = await entry().setFactor(ann, { enrolment, code: codeAt(secret) }, here)
  nowMs += 30_000
  return { secret, ...set }
}
const signIn = (code?: string, whence = here, given = password) =>
  entry().signIn({ email, password: given, code }, whence)
const refusal = async (work: Promise<unknown>) => {
  const error = await work.catch((reason: unknown) => reason)
  if (error instanceof InvalidFields) return error.fields
  if (!(error instanceof Problem)) throw new Error('it was not refused')
  return error.code
}

test('makes the codes of RFC 6238, and an address that devices read', () => {
  const { secret, uri } = deps.factor.begin(ann.account)
  expect(secret).toMatch(/^[A-Z2-7]{32}$/)
  expect(new URL(uri).searchParams.get('secret')).toBe(secret)
  expect(decodeURIComponent(uri)).toStartWith('otpauth://totp/Landfast example.com:ann@example.com?')
  const published = Secret.fromLatin1('12345678901234567890').base32
  expect([59, 1_111_111_109, 20_000_000_000].map((s) => codeAt(published, s * 1000))).toEqual([
    '287082',
    '081804',
    '353130',
  ])
})

describe('setting one', () => {
  test('needs a code of the device, ends every other session, and gives this one a new token', async () => {
    const other = await signIn()
    const mine = await signIn()
    const { secret, enrolment } = deps.factor.begin(ann.account)
    const wrong = { enrolment, code: codeAt(secret, nowMs - 90_000) }
    expect(await refusal(entry().setFactor(mine.operator.person, wrong, here))).toEqual({
      code: ['wrong_code'],
    })
    const given = { enrolment, code: codeAt(secret) }
    const set = await entry().setFactor(mine.operator.person, given, here)
    expect(set.operator.person.account.hasSecondFactor).toBe(true)
    for (const { token } of [other, mine]) expect(await entry().whoHolds(token)).toBeUndefined()
    expect(await entry().whoHolds(set.token)).toBeDefined()
    expect(new Set(set.codes).size).toBe(10)
    for (const code of set.codes) expect(code).toMatch(/^([a-z2-7]{6}-){3}[a-z2-7]{6}$/)
  })

  test('takes nothing that was begun by somebody else, too long ago, or made up', async () => {
    const ben = (await joined('caller', 'ben@example.com')).operator.person
    const { secret, enrolment } = deps.factor.begin(ann.account)
    const code = codeAt(secret)
    for (const made of [enrolment.slice(0, -2), '', 'x'.repeat(90)])
      expect(await refusal(entry().setFactor(ann, { enrolment: made, code }, here))).toEqual({
        enrolment: ['over'],
      })
    expect(await refusal(entry().setFactor(ben, { enrolment, code }, here))).toEqual({ enrolment: ['over'] })
    nowMs += 16 * 60_000
    expect(await refusal(entry().setFactor(ann, { enrolment, code: codeAt(secret) }, here))).toEqual({
      enrolment: ['over'],
    })
  })

  test('leaves nothing to read: neither secret nor recovery code is kept as it is', async () => {
    const { secret, codes } = await withFactor()
    const kept = await stores.factors.find(ann.account.id)
    const text = Buffer.from(kept!.sealed).toString('latin1')
    expect(text).not.toContain(secret)
    expect(JSON.stringify(await stores.audit.list({ limit: 20 }))).not.toContain(codes[0]!)
  })
})

describe('signing in with one', () => {
  test('asks for a code after the right password alone, so that it tells a stranger nothing', async () => {
    const { secret } = await withFactor()
    expect(await refusal(signIn(undefined, here, 'wrong'))).toBe('wrong_credentials')
    expect(await refusal(signIn(codeAt(secret), here, 'wrong'))).toBe('wrong_credentials')
    expect(await refusal(signIn())).toBe('code_required')
    expect((await signIn(codeAt(secret))).operator.name).toBe('Ann')
  })

  test('takes each code once, however it is typed, and none before one that was used', async () => {
    const { secret } = await withFactor()
    const now = codeAt(secret)
    const inFigures = (code: string, zero: number) =>
      [...code].map((figure) => String.fromCharCode(Number(figure) + zero)).join('')
    const persian = inFigures(now, 0x06f0)
    await signIn(` ${persian.slice(0, 3)} ${persian.slice(3)}`)
    expect(await refusal(signIn(now))).toBe('wrong_code')
    expect(await refusal(signIn(codeAt(secret, nowMs - 30_000)))).toBe('wrong_code')
    const arabic = inFigures(codeAt(secret, nowMs + 30_000), 0x0660)
    await signIn(`\u200e${arabic.slice(0, 3)}–${arabic.slice(3)}\u200f`)
    nowMs += 60_000
    const both = await Promise.allSettled([signIn(codeAt(secret)), signIn(codeAt(secret))])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('takes a recovery code once, in any case and grouping, and says so in the audit', async () => {
    const { codes, operator } = await withFactor()
    await signIn(codes[0]!.toUpperCase().replaceAll('-', ' '))
    expect(await refusal(signIn(codes[0]))).toBe('wrong_code')
    expect((await stores.factors.find(ann.account.id))?.codesLeft).toBe(9)
    const used = await stores.audit.list({ action: 'second_factor.code_used', limit: 9 })
    expect(used).toHaveLength(1)
    expect(await refusal(entry().renewCodes(ann)), 'by a session that has ended').toBe('not_found')
    const [first] = await entry().renewCodes(operator.person)
    expect(await refusal(signIn(codes[1]))).toBe('wrong_code')
    await signIn(first)
  })

  test('bounds what somebody with the password can try, and keeps nobody out who was let in before', async () => {
    const { secret, mark } = await withFactor()
    const stranger = { ...here, key: '203.0.113.1' }
    for (let time = 0; time < 5; time++)
      expect(await refusal(signIn('000000', { ...stranger, key: `198.51.100.${time}` }))).toBe('wrong_code')
    expect(await refusal(signIn(codeAt(secret), stranger))).toBe('rate_limited')
    expect((await signIn(codeAt(secret), { ...stranger, known: mark })).operator.name).toBe('Ann')
    const refused = await stores.audit.list({ action: 'session.refused', limit: 9 })
    expect(refused.map(({ after }) => after?.because)).toEqual(Array(5).fill('code'))
  })

  test('asks for a code again before what is grave', async () => {
    const { secret } = await withFactor()
    const { operator } = await signIn(codeAt(secret))
    expect(await refusal(entry().confirm(operator.person, { password }, here))).toBe('code_required')
    nowMs += 30_000
    await entry().confirm(operator.person, { password, code: codeAt(secret) }, here)
  })

  test('is no longer asked for a code once it was removed, and its codes are worth nothing to the next', async () => {
    const { codes, operator } = await withFactor()
    const { token } = await entry().removeFactor(operator.person, here)
    expect(await entry().whoHolds(token)).toBeDefined()
    ann = (await signIn()).operator.person
    await withFactor()
    expect(await refusal(signIn(codes[0]))).toBe('wrong_code')
  })

  test('under another SECRET_KEY takes no code of the device, and the recovery codes still', async () => {
    const { secret, codes } = await withFactor()
    const seal = createSeal('another key', 'second factors')
    const factor = createSecondFactor({ factors: stores.factors, seal, issuer: '', nowMs: () => nowMs })
    deps = { ...deps, factor }
    expect(await refusal(signIn(codeAt(secret)))).toBe('wrong_code')
    await signIn(codes[0])
  })
})

describe('a link for a new password', () => {
  const linkFor = async (resetsFactor?: true) => {
    const what = { role: 'owner', email, accountId: ann.account.id, resetsFactor } as const
    const { text, kept } = newInvite(what, nowMs)
    await stores.accounts.invite(kept, { by: theCommand, action: 'operator.reset_begun' })
    return text
  }
  const given = { password: 'another long password' }

  test('is no way round the second factor, and is not used up by a wrong code', async () => {
    const { secret } = await withFactor()
    const token = await linkFor()
    expect(await entry().look(token, here)).toMatchObject({ needsCode: true })
    expect(await refusal(entry().accept({ token, ...given }, here))).toBe('code_required')
    expect(await refusal(entry().accept({ token, ...given, code: '000000' }, here))).toBe('wrong_code')
    await entry().accept({ token, ...given, code: codeAt(secret) }, here)
  })

  test('takes the second factor away where it was made to, for whoever lost the device', async () => {
    await withFactor()
    const token = await linkFor(true)
    expect(await entry().look(token, here)).toMatchObject({ needsCode: false, resetsFactor: true })
    const { operator } = await entry().accept({ token, ...given }, here)
    expect(operator.person.account.hasSecondFactor).toBe(false)
    await signIn(undefined, here, given.password)
  })
})

test('where it is required, whoever has none may do nothing but set one', async () => {
  deps = { ...deps, factorRequired: true }
  const { operator } = await signIn()
  expect([...operator.rights]).toEqual(['account.own'])
  const set = await withFactor()
  expect(set.operator.rights.has('operators.change')).toBe(true)
  expect((await entry().whoHolds(set.token))?.rights.has('operators.change')).toBe(true)
})
