import { expect, test } from 'bun:test'
import { theCommand } from '../../operators/audit.ts'
import { newInvite } from '../../operators/invite.ts'
import { memoryApp } from '../../testing/stage/memory-app.ts'

const { ask, operators, entries } = await memoryApp()
const password = 'correct horse battery'

async function send(method: string, path: string, body?: unknown, cookie = '') {
  const answer = await ask(`/api/admin${path}`, {
    method,
    headers: { origin: 'http://localhost', 'content-type': 'application/json', cookie },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const cookies = answer.headers.getSetCookie()
  const kept = cookies.map((line) => line.split(';', 1)[0]).join('; ')
  // biome-ignore lint/suspicious/noExplicitAny: each route answers something else.
  return { status: answer.status, said: (await answer.json()) as any, cookies, cookie: kept }
}

async function firstOwner() {
  const { text, kept } = newInvite({ role: 'owner' }, Date.now())
  await operators.accounts.invite(kept, { by: theCommand, action: 'operator.invited' })
  return text
}

test("an owner's day: a link, signing in, inviting, ending a session, and the audit of it all", async () => {
  const token = await firstOwner()
  expect((await send('POST', '/link', { token })).said).toEqual({
    is_for: 'joining',
    role: 'owner',
    email: null,
    needs_code: false,
  })
  const joined = await send('POST', '/link/use', { token, email: 'Ann@example.com', name: 'Ann', password })
  expect(joined.said).toMatchObject({
    operator: { name: 'Ann', email: 'ann@example.com', role: 'owner' },
    confirmed: true,
  })
  for (const line of joined.cookies)
    expect(line).toMatch(/; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/)
  expect((await send('POST', '/link', { token })).said.code).toBe('link_over')

  const again = await send('POST', '/session', { email: 'ann@example.com', password })
  expect(again.cookie).not.toBe(joined.cookie)
  const who = await send('GET', '/session', undefined, again.cookie)
  expect(who.said.rights).toContain('operators.change')

  const invited = await send('POST', '/operators', { email: 'ben@example.com', role: 'caller' }, again.cookie)
  const [, secret] = /^http:\/\/localhost\/admin\/invite#([\w-]{43})$/.exec(invited.said.link)!
  const list = await send('GET', '/operators', undefined, again.cookie)
  expect(list.said).toMatchObject({
    operators: [{ email: 'ann@example.com', disabled: false }],
    invites: [{ email: 'ben@example.com', role: 'caller' }],
  })
  const ben = await send('POST', '/link/use', { token: secret, name: 'Ben', password })
  expect(ben.said.operator).toMatchObject({ email: 'ben@example.com', role: 'caller' })
  expect((await send('GET', '/operators', undefined, ben.cookie)).status).toBe(403)

  const { said: mine } = await send('GET', '/sessions', undefined, again.cookie)
  const other = mine.sessions.find(({ own }: { own: boolean }) => !own)
  expect((await send('DELETE', `/sessions/${other.id}`, undefined, ben.cookie)).status).toBe(404)
  expect((await send('DELETE', `/sessions/${other.id}`, undefined, again.cookie)).said).toEqual({ ended: 1 })
  expect((await send('GET', '/session', undefined, joined.cookie)).status).toBe(401)

  const own = (await send('GET', '/session', undefined, ben.cookie)).said.operator.id
  expect((await send('DELETE', `/operators/${own}/sessions`, undefined, again.cookie)).said).toEqual({
    ended: 1,
  })
  expect((await send('GET', '/session', undefined, ben.cookie)).status).toBe(401)

  const changed = await send('PUT', `/operators/${ben.said.operator.id}`, { disabled: true }, again.cookie)
  expect(changed.said.operator).toMatchObject({ disabled: true })
  expect((await send('GET', '/session', undefined, ben.cookie)).status).toBe(401)
  const lastOwner = await send('PUT', `/operators/${who.said.operator.id}`, { role: 'viewer' }, again.cookie)
  expect([lastOwner.status, lastOwner.said.code]).toEqual([409, 'last_owner'])

  const { said: audit } = await send('GET', `/audit?by=${who.said.operator.id}`, undefined, again.cookie)
  expect(audit.entries.map(({ action }: { action: string }) => action)).toEqual([
    'operator.disabled',
    'session.ended',
    'session.ended',
    'operator.invited',
    'session.begun',
    'session.begun',
    'operator.joined',
  ])
  const out = await send('DELETE', '/session', undefined, again.cookie)
  expect(out.cookies).toEqual(['lf_desk=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0'])
  // The cookie that the browser gave up is worth nothing to whoever has copied it.
  expect((await send('GET', '/session', undefined, again.cookie)).status).toBe(401)
  expect(JSON.stringify(entries)).not.toContain(password)
})

test('a session that somebody else has put into a browser is not the one that signs in', async () => {
  const token = await firstOwner()
  const given = { token, email: 'cleo@example.com', name: 'Cleo', password }
  const fixed = `lf_desk=${'x'.repeat(43)}`
  const joined = await send('POST', '/link/use', given, fixed)
  expect(joined.cookie).not.toContain(fixed)
  expect((await send('GET', '/session', undefined, fixed)).status).toBe(401)
})

test('over HTTPS the cookies are for this host alone', async () => {
  const { createSessionCookies } = await import('./session-cookie.ts')
  const cookies = createSessionCookies({ secure: true })
  const [token, mark] = cookies.begin('token', 'mark')
  expect(token).toMatch(/^__Host-lf_desk=token; Path=\/; HttpOnly; SameSite=Strict; Secure; Max-Age=604800$/)
  expect(mark).toStartWith('__Host-lf_known=mark; Path=/; HttpOnly; SameSite=Strict; Secure')
  const read = (cookie: string) => cookies.read(new Request('https://x.example', { headers: { cookie } }))
  expect(read('lf_desk=plain; __Host-lf_desk=token')).toEqual({ token: 'token', mark: undefined })
  expect(read('lf_desk=plain').token).toBeUndefined()
})
