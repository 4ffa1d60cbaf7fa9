import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Operator } from './operator-key.ts'
import { isRight, type Rights } from './rights.ts'

/** A short-lived token that was made of a key: it counts while the key does, and for no more than the key may do. */
export type Tokens = Readonly<{
  make(key: Operator, rights: Rights): Readonly<{ token: string; expiresAt: Date }>
  /** Whose key it was made of, for what; undefined where we did not make it, or its time is over. */
  read(token: string): Readonly<{ keyId: string; rights: Rights }> | undefined
}>

export const tokenLastsMs = 15 * 60 * 1000
// What we make ourselves has this head and no other, so nobody can choose how it is checked.
const head = encoded({ alg: 'HS256', typ: 'JWT' })
const pattern = /^[\w-]+\.([\w-]+)\.([\w-]+)$/

/** Tokens (RFC 7519) signed under a key that is derived from `SECRET_KEY` for nothing else. */
export function createTokens(
  options: Readonly<{ secretKey: string; issuer: string; nowMs(): number }>,
): Tokens {
  const { issuer, nowMs } = options
  const key = Buffer.from(hkdfSync('sha256', options.secretKey, '', 'landfast tokens', 32))
  const signatureOf = (text: string) => createHmac('sha256', key).update(text).digest()

  return {
    make({ id }, rights) {
      const issuedS = Math.floor(nowMs() / 1000)
      const expiresS = issuedS + tokenLastsMs / 1000
      const claims = {
        ...{ iss: issuer, aud: issuer, sub: id, jti: crypto.randomUUID() },
        ...{ scope: [...rights].join(' '), iat: issuedS, exp: expiresS },
      }
      const text = `${head}.${encoded(claims)}`
      const token = `${text}.${signatureOf(text).toString('base64url')}`
      return { token, expiresAt: new Date(expiresS * 1000) }
    },
    read(token) {
      const [, body, signature] = (token.startsWith(`${head}.`) && pattern.exec(token)) || []
      if (!body || !signature) return undefined
      const given = Buffer.from(signature, 'base64url')
      const right = signatureOf(`${head}.${body}`)
      if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
      const { iss, aud, sub, scope, exp } = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims
      if (iss !== issuer || aud !== issuer || exp * 1000 <= nowMs()) return undefined
      return { keyId: sub, rights: new Set(scope.split(' ').filter(isRight)) }
    },
  }
}

/** Of tokens that we made, and of no others. */
type Claims = Readonly<{ iss: string; aud: string; sub: string; scope: string; exp: number }>

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
