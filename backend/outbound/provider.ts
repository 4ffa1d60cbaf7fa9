import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
} from 'openid-client'
import type { IdentityProvider } from '../operators/provider.ts'

export type ProviderOptions = Readonly<{
  issuer: string
  clientId: string
  clientSecret: string
  /** Where the provider sends people back to. */
  redirectUri: string
  /** The claim that roles are made of; dots lead into it, as `realm_access.roles`. */
  claim: string
}>

const timeoutS = 5
// Whoever was asked to sign in again did so within this time.
const againS = 120

/**
 * A provider by OpenID Connect: discovery, the code flow with PKCE, state and nonce, the signature of the token checked. Its
 * addresses are those of the issuer that was set, so they are not looked at as those of receivers are.
 */
export function createProvider(options: ProviderOptions): IdentityProvider {
  const { issuer, clientId, clientSecret, redirectUri, claim } = options
  const isPlain = issuer.startsWith('http:')
  let found: Promise<Configuration> | undefined

  /** Discovered once; where that fails, again at the next. */
  function discovered(): Promise<Configuration> {
    found ??= discovery(new URL(issuer), clientId, clientSecret, undefined, {
      timeout: timeoutS,
      execute: [enableNonRepudiationChecks, ...(isPlain ? [allowInsecureRequests] : [])],
    }).catch((error) => {
      found = undefined
      throw error
    })
    return found
  }

  return {
    issuer,
    async begin({ state, nonce, verifier }, again) {
      return buildAuthorizationUrl(await discovered(), {
        ...{ redirect_uri: redirectUri, scope: 'openid email profile', state, nonce },
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(again && { prompt: 'login', max_age: '0' }),
      }).href
    },
    async finish(query, { state, nonce, verifier }, again) {
      const address = new URL(redirectUri)
      address.search = query
      const answer = await authorizationCodeGrant(await discovered(), address, {
        ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier },
        idTokenExpected: true,
        ...(again && { maxAge: againS }),
      })
      const claims = answer.claims()!
      return {
        subject: claims.sub,
        ...(typeof claims.email === 'string' && { email: claims.email }),
        emailVerified: claims.email_verified === true,
        ...(typeof claims.name === 'string' && { name: claims.name }),
        groups: textsIn(claims, claim),
      }
    },
  }
}

/** The texts of a claim, which may stand within others. */
function textsIn(claims: Readonly<Record<string, unknown>>, claim: string): string[] {
  const within = (from: unknown, name: string) =>
    typeof from === 'object' && from !== null ? (from as Record<string, unknown>)[name] : undefined
  const value = claims[claim] ?? claim.split('.').reduce(within, claims as unknown)
  return [value].flat().filter((each) => typeof each === 'string')
}
