import { beforeEach, describe, expect, test } from 'bun:test'
import { createRateLimit } from '../../limits/rate-limit.ts'
import { memoryOperatorKeys } from '../../memory/operator-keys.ts'
import { theSystem } from '../../operators/audit.ts'
import { type KeyRefusal, newOperatorKey } from '../../operators/operator-key.ts'
import { firstKeyRights } from '../../operators/rights.ts'
import { createTokens } from '../../operators/token.ts'
import { Problem } from '../../problem.ts'
import { createOperatorGate } from './operator-key.ts'

const made = newOperatorKey('Sara')
let keys: ReturnType<typeof memoryOperatorKeys>
let nowMs: number
let refused: KeyRefusal[]
const tokens = createTokens({ secretKey: 'a key', issuer: 'https://x.example', nowMs: Date.now })
let gate: ReturnType<typeof createOperatorGate>

beforeEach(async () => {
  nowMs = 0
  refused = []
  keys = memoryOperatorKeys()
  await keys.add(made.kept, { by: theSystem, action: 'key.made' })
  gate = createOperatorGate({
    ...{ keys, tokens },
    clientAddress: (request) => request.headers.get('x-forwarded-for') ?? '127.0.0.1',
    refusals: createRateLimit({ perMinute: 3, burst: 3, now: () => nowMs }),
    refused: (why) => refused.push(why),
    nowMs: () => nowMs,
  })
})

const bring = (authorization?: string, address = '192.0.2.1') =>
  gate(
    new Request('http://localhost/api/admin/flags', {
      headers: { 'x-forwarded-for': address, ...(authorization && { authorization }) },
    }),
    null,
  )
const refusal = async (...args: Parameters<typeof bring>): Promise<Problem> => {
  const error = await bring(...args).catch((reason: unknown) => reason)
  if (!(error instanceof Problem)) throw new Error('it was not refused')
  return error
}

test('a valid key names its operator, however the scheme is spelt', async () => {
  for (const scheme of ['Bearer', 'bearer'])
    expect(await bring(`${scheme} ${made.text}`)).toEqual({
      id: made.kept.id,
      name: 'Sara',
      rights: firstKeyRights,
    })
})

const nobodys = newOperatorKey('')

test.each<[string, string | undefined, KeyRefusal, string]>([
  ['no key', undefined, 'missing', ''],
  ['another scheme', `Basic ${made.text}`, 'malformed', ''],
  ['something that is no key', 'Bearer secret', 'malformed', ''],
  ['a key nobody made', `Bearer ${nobodys.text}`, 'wrong', nobodys.kept.id],
  [
    'the id of a key with another secret',
    `Bearer ${newOperatorKey('').text.slice(0, 4)}${made.kept.id}_${'A'.repeat(43)}`,
    'wrong',
    made.kept.id,
  ],
])('%s is refused, counted, and the log is told whose key was tried', async (_, authorization, why, id) => {
  const { code, details } = await refusal(authorization)
  expect(code).toBe('unauthorized')
  expect(details).toEqual({ operatorKey: why, ...(id !== '' && { operatorKeyId: id }) })
  expect(refused).toEqual([why])
})

describe('a client that keeps bringing wrong keys', () => {
  const wrong = `Bearer ${newOperatorKey('').text}`

  const untilBlocked = async () => {
    for (let time = 0; time < 3; time++) expect((await refusal(wrong)).code).toBe('unauthorized')
    expect(await refusal(wrong)).toMatchObject({ code: 'rate_limited', retryAfterS: 20 })
    expect(refused).toEqual(['wrong', 'wrong', 'wrong', 'blocked'])
  }

  test('has to wait, while others are let in', async () => {
    await untilBlocked()
    for (const brought of [wrong, 'Bearer secret', undefined])
      expect((await refusal(brought)).code).toBe('rate_limited')
    expect((await bring(`Bearer ${made.text}`, '192.0.2.2')).name).toBe('Sara')
  })

  test('does not lock out the operator at the same address', async () => {
    await untilBlocked()
    for (let time = 0; time < 20; time++) {
      await refusal(wrong)
      expect((await bring(`Bearer ${made.text}`)).name).toBe('Sara')
    }
    expect((await refusal(wrong)).code).toBe('rate_limited')
  })

  test('has few keys looked up at a time, however many it brings, and the operator is let in all the same', async () => {
    await bring(`Bearer ${made.text}`)
    await untilBlocked()
    const before = keys.asked
    const flood = Array.from({ length: 200 }, () => refusal(`Bearer ${newOperatorKey('').text}`))
    const sameId = `Bearer ${made.text.slice(0, 17)}${'A'.repeat(43)}`
    const guesses = Array.from({ length: 200 }, () => refusal(sameId))
    expect((await bring(`Bearer ${made.text}`)).name).toBe('Sara')
    const refused = await Promise.all([...flood, ...guesses])
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['rate_limited']))
    expect(keys.asked - before).toBeLessThan(10)
  })

  test('is let in with a right one after its time', async () => {
    for (let time = 0; time < 4; time++) await refusal(wrong)
    nowMs += 20_000
    expect((await bring(`Bearer ${made.text}`)).name).toBe('Sara')
  })
})

describe('a token that was made of a key', () => {
  const operator = { id: made.kept.id, name: 'Sara', rights: made.kept.rights }

  test('is let in for what it was made for, and for no more than the key may do', async () => {
    const { token } = tokens.make(operator, new Set(['flags.read', 'leads.reveal', 'operators.change']))
    expect(await bring(`Bearer ${token}`)).toEqual({ ...operator, rights: new Set(['flags.read']) })
  })

  test('ends when its key does', async () => {
    const { token } = tokens.make(operator, operator.rights)
    await bring(`Bearer ${token}`)
    await keys.revoke(made.kept.id, { by: theSystem, action: 'key.revoked' })
    expect((await refusal(`Bearer ${token}`)).code).toBe('unauthorized')
  })

  test('of nobody asks Postgres nothing', async () => {
    const forged = createTokens({ secretKey: 'another', issuer: 'https://x.example', nowMs: Date.now })
    const before = keys.asked
    const { token } = forged.make(operator, operator.rights)
    expect((await refusal(`Bearer ${token}`)).details).toEqual({ operatorKey: 'malformed' })
    expect(keys.asked).toBe(before)
  })
})

test('while keys cannot be read, it is said in one sentence, and not held against the client', async () => {
  keys.away = true
  for (let time = 0; time < 5; time++) {
    const { code, message } = await refusal(`Bearer ${made.text}`)
    expect(code).toBe('unavailable')
    expect(message).toContain('Postgres does not answer')
  }
})
