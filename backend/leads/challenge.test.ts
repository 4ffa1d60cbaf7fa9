import { describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { createKeyedHash } from '../keyed-hash.ts'
import { encodeProof, solve } from '../testing/stage/proofs.ts'
import { challengeTtlMs, holds, makeChallenge, type Proof, readProof } from './challenge.ts'

const nowMs = 1_800_000_000_000
const deps = (atMs = nowMs, key = 'k') => ({
  keyedHash: createKeyedHash(key.repeat(32)),
  nowMs: () => atMs,
})
const challenge = makeChallenge(deps(), 6)
const proof = readProof(solve(challenge))!

test('a challenge can be solved by who reads nothing else, and its solution holds', () => {
  expect(challenge).toEqual({
    algorithm: 'SHA-256',
    salt: expect.stringMatching(/^[\w-]{22}$/),
    challenge: createHash('sha256').update(`${challenge.salt}${proof.number}`).digest('hex'),
    max: 64,
    expires_at: new Date(nowMs + challengeTtlMs).toISOString(),
    signature: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
  expect(holds(deps(), proof)).toBe(true)
})

test('a bit more difficulty doubles what has to be searched, and the whole of it is used', () => {
  const numbers = Array.from({ length: 400 }, () => readProof(solve(makeChallenge(deps(), 3)))!.number)
  expect(makeChallenge(deps(), 4).max).toBe(16)
  expect([Math.min(...numbers), Math.max(...numbers)]).toEqual([0, 8])
})

test('no two challenges are the same', () => {
  const salts = Array.from({ length: 100 }, () => makeChallenge(deps(), 8).salt)
  expect(new Set(salts).size).toBe(100)
})

test('another process with the same key takes the solution, one with another key does not', () => {
  expect(holds(deps(nowMs, 'k'), proof)).toBe(true)
  expect(holds(deps(nowMs, 'x'), proof)).toBe(false)
})

test('a solution holds until it expires, and not a millisecond longer', () => {
  expect(holds(deps(nowMs + challengeTtlMs - 1), proof)).toBe(true)
  expect(holds(deps(nowMs + challengeTtlMs), proof)).toBe(false)
})

describe('a proof that was changed does not hold', () => {
  const later = new Date(nowMs + 2 * challengeTtlMs).toISOString()
  test.each<[Partial<Proof>]>([
    [{ number: proof.number + 1 }],
    [{ number: -1 }],
    [{ number: 0.5 }],
    [{ salt: 'A'.repeat(22) }],
    [{ signature: '0'.repeat(32) }],
    [{ expires_at: later }],
    [{ expires_at: 'never' }],
  ])('%p', (change) => {
    expect(holds(deps(), { ...proof, ...change })).toBe(false)
  })
})

describe('what no proof looks like is not read', () => {
  test.each<[string]>([
    [''],
    ['not base64 !'],
    [encodeProof(null)],
    [encodeProof([])],
    [encodeProof({ ...proof, salt: [proof.salt] })],
    [encodeProof({ ...proof, salt: `${proof.salt}x` })],
    [encodeProof({ ...proof, number: String(proof.number) })],
    [encodeProof({ ...proof, number: undefined })],
    [encodeProof({ ...proof, expires_at: 5 })],
    [encodeProof({ ...proof, signature: proof.signature.toUpperCase().replace(/^./, 'X') })],
    [encodeProof({ ...proof, more: 'x'.repeat(999) })],
  ])('%p', (text) => {
    expect(readProof(text)).toBeUndefined()
  })
})
