import { expect, test } from 'bun:test'
import { createRateLimit } from '../../limits/rate-limit.ts'
import { theCommand } from '../../operators/audit.ts'
import { keyIdOf } from '../../operators/operator-key.ts'
import { memoryApp } from '../../testing/stage/memory-app.ts'

const { ask, keyFor, keys, cookieOf, operators } = await memoryApp()

async function send(method: string, path: string, bearer: string, body?: unknown, cookie = '') {
  const answer = await ask(`/api/admin${path}`, {
    method,
    headers: {
      ...{ 'content-type': 'application/json', cookie },
      ...(bearer && { authorization: `Bearer ${bearer}` }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  // biome-ignore lint/suspicious/noExplicitAny: each route answers something else.
  return { status: answer.status, headers: answer.headers, said: (await answer.json()) as any }
}

test('a key makes a token for what it may do, or for less, which is let in as the key is and ends with it', async () => {
  const key = await keyFor('flags.read', 'experiments.read')
  const made = await send('POST', '/token', key, {})
  expect(made.said).toMatchObject({ token_type: 'Bearer', expires_in: 900 })
  expect(made.said.rights.sort()).toEqual(['experiments.read', 'flags.read'])
  const less = (await send('POST', '/token', key, { rights: ['flags.read'] })).said.token
  expect((await send('GET', '/flags', less)).status).toBe(200)
  expect((await send('GET', '/experiments', made.said.token)).status).toBe(200)
  expect((await send('GET', '/experiments', less)).said.code).toBe('forbidden')
  const written = await operators.audit.list({ action: 'token.made', limit: 9 })
  expect(written.map(({ by, subject }) => [by.kind, subject])).toEqual(Array(2).fill(['key', keyIdOf(key)!]))
  expect(JSON.stringify(written)).not.toContain(less)
  await keys.revoke(keyIdOf(key)!, { by: theCommand, action: 'key.revoked' })
  for (const token of [less, made.said.token, key])
    expect((await send('GET', '/flags', token)).said.code).toBe('unauthorized')
})

test('no token is made for more than the key may do, of a token, of a session or of nothing', async () => {
  const key = await keyFor('flags.read')
  for (const rights of [
    ['flags.change'],
    ['flags.read', 'operators.change'],
    [],
    'flags.read',
    ['__proto__'],
  ])
    expect((await send('POST', '/token', key, { rights })).said).toMatchObject({
      errors: { rights: ['not_of_the_key'] },
    })
  const { token } = (await send('POST', '/token', key, {})).said
  const cookie = await cookieOf('owner')
  for (const bearer of [token, '', 'nonsense'])
    expect((await send('POST', '/token', bearer, {}, cookie)).said.code).toBe('unauthorized')
})

test('every answer says how much is left, by operator and by key, and nobody uses up what is of another', async () => {
  let nowMs = 0
  const limit = createRateLimit({ perMinute: 3, burst: 3, now: () => nowMs })
  const budget = { limit, perMinute: 3 }
  const app = await memoryApp((deps) => ({
    ...deps,
    admin: { ...deps.admin, door: { ...deps.admin.door, budget } },
  }))
  const [one, other] = [await app.keyFor('flags.read'), await app.keyFor('flags.read')]
  const flags = async (sent: Record<string, string>) => {
    const answer = await app.ask('/api/admin/flags', { headers: sent })
    const told = ['ratelimit-policy', 'ratelimit', 'retry-after'].map((name) => answer.headers.get(name))
    return [answer.status, ...told]
  }
  const by = (key: string) => flags({ authorization: `Bearer ${key}` })
  const policy = '"operator";q=3;w=60'
  expect(await by(one)).toEqual([200, policy, '"operator";r=2;t=20', null])
  const { token } = (await (
    await app.ask('/api/admin/token', {
      ...{ method: 'POST', body: '{}' },
      headers: { authorization: `Bearer ${one}`, 'content-type': 'application/json' },
    })
  ).json()) as { token: string }
  expect(await by(token)).toEqual([200, policy, '"operator";r=0;t=60', null])
  for (const bearer of [one, token])
    expect(await by(bearer)).toEqual([429, policy, '"operator";r=0;t=60', '20'])
  expect(await by(other)).toEqual([200, policy, '"operator";r=2;t=20', null])
  expect((await flags({ cookie: await app.cookieOf('viewer') }))[0]).toBe(200)
  // What may not be asked is counted as well.
  expect((await flags({ cookie: await app.cookieOf('caller') })).slice(0, 3)).toEqual([
    ...[403, policy, '"operator";r=2;t=20'],
  ])
  expect(await flags({})).toEqual([401, null, null, null])
  nowMs += 20_000
  expect(await by(one)).toEqual([200, policy, '"operator";r=0;t=60', null])
})
