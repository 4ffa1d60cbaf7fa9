import { expect, test } from 'bun:test'
import { theCommand } from '../../operators/audit.ts'
import { createElsewhere } from '../../operators/elsewhere.ts'
import { createSeal } from '../../seal.ts'
import { memoryApp } from '../../testing/stage/memory-app.ts'

const origin = 'http://localhost'
const { ask, cookieOf, operators } = await memoryApp((deps) => ({
  ...deps,
  admin: {
    ...deps.admin,
    elsewhere: createElsewhere({
      accounts: deps.admin.accounts,
      audit: deps.admin.audit,
      entry: deps.admin.entry,
      roles: new Map([['*', 'caller']]),
      seal: createSeal('the key of this test', 'signing in'),
      tryOf: () => 0,
      nowMs: Date.now,
      provider: {
        issuer: 'https://login.example.com',
        begin: async ({ state }) => `https://login.example.com/authorize?state=${state}`,
        async finish(query, { state }) {
          if (query !== `?state=${state}`) throw new Error('another state')
          return { subject: 'a1', email: 'ann@example.com', emailVerified: true, groups: [] }
        },
      },
    }),
  },
}))

async function send(method: string, path: string, body?: unknown, cookie = '', from = origin) {
  const answer = await ask(`/api/admin${path}`, {
    method,
    headers: { origin: from, 'content-type': 'application/json', cookie },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const cookies = answer.headers.getSetCookie()
  const kept = cookies.map((line) => line.split(';', 1)[0]).join('; ')
  // biome-ignore lint/suspicious/noExplicitAny: each route answers something else.
  return { status: answer.status, said: (await answer.json()) as any, cookies, cookie: kept }
}

test('people are sent to the provider and let in when they come back, in the same browser and from our own page alone', async () => {
  expect((await send('GET', '/elsewhere')).said).toEqual({ name: 'login.example.com' })
  const begun = await send('POST', '/elsewhere', {})
  expect(begun.cookies).toEqual([
    expect.stringMatching(/^lf_elsewhere=[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=600$/),
  ])
  const query = new URL(begun.said.url).search
  const stranger = await send('POST', '/elsewhere', {})
  for (const cookie of ['', stranger.cookie])
    expect((await send('POST', '/elsewhere/use', { query }, cookie)).said.code).toBe('wrong_credentials')
  const foreign = await send('POST', '/elsewhere/use', { query }, begun.cookie, 'https://evil.example')
  expect(foreign.said.code).toBe('origin_not_allowed')
  const entered = await send('POST', '/elsewhere/use', { query }, begun.cookie)
  expect(entered.said).toMatchObject({
    operator: { email: 'ann@example.com', role: 'caller', elsewhere: true },
    confirmed: false,
  })
  expect(entered.cookies.at(-1)).toBe('lf_elsewhere=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0')
  expect((await send('GET', '/session', undefined, entered.cookie)).status).toBe(200)
  const grave = await send('DELETE', '/sessions', undefined, entered.cookie)
  expect(grave.said.code).toBe('confirmation_required')
})

test('no link gives a password to whom the provider lets in, with or without their second factor', async () => {
  const id = crypto.randomUUID()
  const account = { id, email: 'ben@example.com', name: 'Ben', role: 'caller', passwordHash: '' } as const
  await operators.accounts.joinFrom({ issuer: 'https://login.example.com', subject: 'b1' }, account, {
    by: theCommand,
    action: 'operator.joined',
  })
  const owner = await cookieOf('owner')
  for (const body of [{}, { second_factor: true }])
    expect(await send('POST', `/operators/${id}/reset`, body, owner)).toMatchObject({
      ...{ status: 409, said: { code: 'no_password' } },
    })
  expect((await operators.accounts.invites(new Date())).filter(({ accountId }) => accountId === id)).toEqual(
    [],
  )
})

test('where no provider is set, there is none to go to', async () => {
  const { ask: askWithout } = await memoryApp()
  const name = await askWithout('/api/admin/elsewhere')
  expect(await name.json()).toEqual({ name: null })
  const begun = await askWithout('/api/admin/elsewhere', {
    ...{ method: 'POST', body: '{}' },
    headers: { origin, 'content-type': 'application/json' },
  })
  expect(begun.status).toBe(404)
})
