import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto'

/** Who is signed in at the provider, as its token says. */
export type Claims = Readonly<Record<string, unknown>> & Readonly<{ sub: string }>

type Asked = Readonly<{
  challenge: string
  nonce: string
  redirectUri: string
  claims: Claims
  isAgain: boolean
}>

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/**
 * A provider of identities by OpenID Connect that keeps to it: a code counts once, for the client, the address and the
 * verifier that it was asked with. `change` spoils what its token says.
 */
export function startProvider(client: Readonly<{ id: string; secret: string }>) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const codes = new Map<string, Asked>()
  let change: (claims: Record<string, unknown>) => object = (claims) => claims
  let signer = privateKey

  function token(request: URLSearchParams): Response {
    const asked = codes.get(request.get('code') ?? '')
    codes.delete(request.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(request.get('code_verifier') ?? '')
      .digest('base64url')
    const isRight =
      request.get('client_id') === client.id &&
      request.get('client_secret') === client.secret &&
      request.get('redirect_uri') === asked?.redirectUri &&
      challenge === asked?.challenge
    if (!asked || !isRight) return Response.json({ error: 'invalid_grant' }, { status: 400 })
    const nowS = Math.floor(Date.now() / 1000)
    const claims = change({
      ...{ iss: issuer, aud: client.id, iat: nowS, exp: nowS + 300, nonce: asked.nonce },
      ...(asked.isAgain && { auth_time: nowS }),
      ...asked.claims,
    })
    const text = `${base64({ alg: 'RS256', typ: 'JWT', kid: 'one' })}.${base64(claims)}`
    const signature = createSign('sha256').update(text).sign(signer).toString('base64url')
    return Response.json({ access_token: 'x', token_type: 'Bearer', id_token: `${text}.${signature}` })
  }

  const server: Bun.Server<undefined> = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request): Promise<Response> {
      const { pathname } = new URL(request.url)
      if (pathname === '/.well-known/openid-configuration')
        return Response.json({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/keys`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
          code_challenge_methods_supported: ['S256'],
        })
      if (pathname === '/keys')
        return Response.json({
          keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }],
        })
      if (pathname === '/token') return token(new URLSearchParams(await request.text()))
      return new Response('nothing here', { status: 404 })
    },
  })
  const issuer: string = `http://127.0.0.1:${server.port}`

  return {
    issuer,
    /** Signs somebody in at the address that a browser was sent to; resolves with the query that it comes back with. */
    signIn(address: string, claims: Claims): string {
      const asked = new URL(address).searchParams
      if (asked.get('client_id') !== client.id || asked.get('code_challenge_method') !== 'S256')
        throw new Error(`no request of this client: ${address}`)
      const code = randomBytes(16).toString('hex')
      codes.set(code, {
        ...{ challenge: asked.get('code_challenge')!, nonce: asked.get('nonce')! },
        ...{ redirectUri: asked.get('redirect_uri')!, claims, isAgain: asked.get('max_age') === '0' },
      })
      return `?${new URLSearchParams({ code, state: asked.get('state')! })}`
    },
    spoil(how: typeof change): void {
      change = how
    },
    /** Signs as somebody who does not have the key that is published. */
    forge(): void {
      signer = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    },
    stop: () => server.stop(true),
  }
}
