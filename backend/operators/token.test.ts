import { expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import type { Right } from './rights.ts'
import { createTokens, tokenLastsMs } from './token.ts'

const secretKey = 'the secret key of this test, long enough'
let nowMs = 1_900_000_000_000
const options = { secretKey, issuer: 'https://www.example.com', nowMs: () => nowMs }
const tokens = createTokens(options)
const rights = new Set<Right>(['flags.read', 'flags.change'])
const sara = { id: '0123456789ab', name: 'Sara', rights }

test('a token says whose key it was made of, for what, and until when; in the words of RFC 7519', () => {
  const { token, expiresAt } = tokens.make(sara, new Set(['flags.read']))
  expect(tokens.read(token)).toEqual({ keyId: sara.id, rights: new Set(['flags.read']) })
  const [head, body] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString())
  expect(JSON.parse(head!)).toEqual({ alg: 'HS256', typ: 'JWT' })
  expect(JSON.parse(body!)).toMatchObject({
    ...{ iss: options.issuer, aud: options.issuer, sub: sara.id, scope: 'flags.read' },
    exp: (nowMs + tokenLastsMs) / 1000,
  })
  expect(expiresAt.getTime()).toBe(nowMs + tokenLastsMs)
})

test('a token is over after a quarter of an hour', () => {
  const { token } = tokens.make(sara, rights)
  nowMs += tokenLastsMs
  expect(tokens.read(token)).toBeUndefined()
})

test('what was changed, signed otherwise or by somebody else, or is for another site, is none', () => {
  const { token } = tokens.make(sara, rights)
  const [head, body, signature] = token.split('.') as [string, string, string]
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString())
  const more = encoded({ ...claims, scope: 'operators.change' })
  const none = encoded({ alg: 'none', typ: 'JWT' })
  const signed = (text: string, key: string) =>
    `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
  const others = [
    `${head}.${more}.${signature}`,
    `${none}.${body}.`,
    `${none}.${body}.${signature}`,
    signed(`${none}.${body}`, secretKey),
    // Signed with the secret itself, of which other keys are derived.
    signed(`${head}.${more}`, secretKey),
    signed(`${head}.${more}`, ''),
    `${head}.${body}.${signature.slice(0, -2)}`,
    `${head}.${body}`,
    `${token}.`,
    createTokens({ ...options, secretKey: 'another' }).make(sara, rights).token,
    createTokens({ ...options, issuer: 'https://other.example.com' }).make(sara, rights).token,
  ]
  for (const other of others) expect(tokens.read(other)).toBeUndefined()
  expect(tokens.read(token)).toBeDefined()
})
