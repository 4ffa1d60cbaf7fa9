import { afterAll, describe, expect, test } from 'bun:test'
import { startProvider } from '../testing/stage/provider.ts'
import { createProvider } from './provider.ts'

const client = { id: 'desk', secret: 'the secret of the desk' }
const faithful = startProvider(client)
const redirectUri = 'https://www.example.com/admin/elsewhere'
const options = {
  ...{ issuer: faithful.issuer, clientId: client.id, clientSecret: client.secret },
  ...{ redirectUri, claim: 'groups' },
}
const provider = createProvider(options)
const checks = { state: 's'.repeat(43), nonce: 'n'.repeat(43), verifier: 'v'.repeat(43) }
const ann = { sub: 'a1', email: 'ann@example.com', email_verified: true, name: 'Ann', groups: ['managers'] }
afterAll(faithful.stop)

test('sends people to the provider with PKCE, state and nonce, and reads who came back', async () => {
  const address = await provider.begin(checks, false)
  const asked = Object.fromEntries(new URL(address).searchParams)
  expect(asked).toMatchObject({
    response_type: 'code',
    redirect_uri: redirectUri,
    code_challenge_method: 'S256',
  })
  expect(asked.prompt).toBeUndefined()
  expect(await provider.finish(faithful.signIn(address, ann), checks, false)).toEqual({
    ...{ subject: 'a1', email: 'ann@example.com', emailVerified: true, name: 'Ann', groups: ['managers'] },
  })
})

test('takes nobody twice, nor for another browser, nor with a changed state', async () => {
  const query = faithful.signIn(await provider.begin(checks, false), ann)
  for (const other of ['state', 'nonce', 'verifier']) {
    const again = faithful.signIn(await provider.begin(checks, false), ann)
    await expect(provider.finish(again, { ...checks, [other]: 'x'.repeat(43) }, false)).rejects.toThrow()
  }
  await provider.finish(query, checks, false)
  await expect(provider.finish(query, checks, false)).rejects.toThrow()
  await expect(provider.finish('?error=access_denied', checks, false)).rejects.toThrow()
})

describe('a token', () => {
  const finish = async (how: (claims: Record<string, unknown>) => object, again = false) => {
    faithful.spoil(how)
    try {
      return await provider.finish(faithful.signIn(await provider.begin(checks, again), ann), checks, again)
    } finally {
      faithful.spoil((claims) => claims)
    }
  }
  test.each([
    ['of another issuer', { iss: 'https://evil.example' }],
    ['for another client', { aud: 'another' }],
    ['that is over', { exp: 1 }],
    ['for another sign-in', { nonce: 'another' }],
  ] as const)('%s lets nobody in', async (_, changed) => {
    await expect(finish((claims) => ({ ...claims, ...changed }))).rejects.toThrow()
  })

  test('says where people were asked again that they did it just now', async () => {
    await finish((claims) => claims, true)
    await expect(finish((claims) => ({ ...claims, auth_time: 1 }), true)).rejects.toThrow()
    await expect(finish(({ auth_time: _, ...claims }) => claims, true)).rejects.toThrow()
  })

  test('that is signed by somebody else lets nobody in', async () => {
    const forger = startProvider(client)
    const asked = createProvider({ ...options, issuer: forger.issuer })
    forger.forge()
    const query = forger.signIn(await asked.begin(checks, false), ann)
    await expect(asked.finish(query, checks, false)).rejects.toThrow()
    forger.stop()
  })
})

test('a claim may stand within others, be one text or several, or be missing; an address counts where it was verified', async () => {
  const groupsOf = async (claim: string, claims: object) => {
    const reader = createProvider({ ...options, claim })
    const query = faithful.signIn(await reader.begin(checks, false), { sub: 'a1', ...claims })
    return reader.finish(query, checks, false)
  }
  expect((await groupsOf('realm_access.roles', { realm_access: { roles: ['x', 1] } })).groups).toEqual(['x'])
  expect((await groupsOf('https://x.example/role', { 'https://x.example/role': 'y' })).groups).toEqual(['y'])
  expect((await groupsOf('constructor.name', {})).groups).toEqual([])
  expect(await groupsOf('groups', { email: 'a@x.example', email_verified: 'true' })).toEqual({
    ...{ subject: 'a1', email: 'a@x.example', emailVerified: false, groups: [] },
  })
})

test('a provider that was away is asked again at the next sign-in', async () => {
  const away = startProvider(client)
  away.stop()
  const asked = createProvider({ ...options, issuer: away.issuer })
  await expect(asked.begin(checks, false)).rejects.toThrow()
})
