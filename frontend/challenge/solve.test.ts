import { describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { proofOf } from '../api/challenge.ts'
import { solve } from './solve.ts'
import { solveNatively } from './solve-natively.ts'

const salt = 'f00dcafe'
const challengeFor = (number: number) =>
  createHash('sha256')
    .update(salt + number)
    .digest('hex')

describe.each([
  ['beside a page', solve],
  ['by a service worker, or by the page itself', solveNatively],
])('%s', (_where, solve) => {
  test('the number is found wherever in the range it is, ends included', async () => {
    for (const number of [0, 1, 2_000, 4_321])
      expect(await solve({ salt, challenge: challengeFor(number), max: 4_321 })).toBe(number)
  })

  test('a challenge that has no answer in its range ends without one', async () => {
    expect(await solve({ salt, challenge: challengeFor(101), max: 100 })).toBeUndefined()
    expect(await solve({ salt, challenge: 'nonsense', max: 100 })).toBeUndefined()
  })
})

test('the proof is base64url of the number and of what the API signed', () => {
  const proof = proofOf(
    { salt: 's?>', challenge: 'c', max: 9, expires_at: '2026-11-21T12:00:00.000Z', signature: 'abc' },
    7,
  )
  expect(proof).toMatch(/^[A-Za-z0-9_-]+$/)
  expect(JSON.parse(Buffer.from(proof, 'base64url').toString())).toEqual({
    salt: 's?>',
    number: 7,
    expires_at: '2026-11-21T12:00:00.000Z',
    signature: 'abc',
  })
})
