import { expect, test } from 'bun:test'
import { memoryApp } from '../../testing/stage/memory-app.ts'

const { ask, key, entries } = await memoryApp()
const root = '/api/admin/deliveries'

async function send(method: string, path: string, body?: unknown) {
  const answer = await ask(`${root}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  // biome-ignore lint/suspicious/noExplicitAny: each route answers something else.
  return { status: answer.status, said: (await answer.json()) as any }
}

test('an endpoint is added, listed, tested, paused, given a new secret and removed, and the log says who did it', async () => {
  const { said } = await send('PUT', '/crm', {
    url: 'https://example.com/hush',
    headers: { 'X-Key': 'hush' },
  })
  expect(said.secret).toStartWith('whsec_')
  const list = await send('GET', '')
  expect(list.said.endpoints).toMatchObject([{ name: 'crm', host: 'example.com', state: 'on', waiting: 0 }])
  expect(JSON.stringify(list.said)).not.toContain('hush')
  expect((await send('PUT', '/crm/test', {})).said).toMatchObject({
    delivered: true,
    request: { headers: { 'X-Key': '(hidden)' } },
    answer: { status: 200, body: 'thanks' },
  })
  expect((await send('PUT', '/crm/state', { state: 'paused' })).said).toEqual({ state: 'paused' })
  expect((await send('GET', '')).said.endpoints[0]).toMatchObject({ state: 'paused' })
  expect((await send('PUT', '/crm/recovery', {})).said).toEqual({ sent_again: 0 })
  expect((await send('GET', '')).said.endpoints[0]).toMatchObject({ state: 'on', because: null })
  expect((await send('PUT', '/crm/replay', { since: '2026-11-30' })).said).toEqual({ would_be_sent_again: 0 })
  expect((await send('PUT', '/crm/replay', { since: '2026-11-30', really: true })).said).toEqual({
    sent_again: 0,
  })
  expect((await send('GET', '/crm/attempts')).said).toEqual({ attempts: [] })
  expect((await send('PUT', '/crm/address', { url: 'https://example.org/new' })).status).toBe(200)
  expect((await send('GET', '')).said.endpoints[0]).toMatchObject({ host: 'example.org' })
  expect((await send('PUT', '/crm/test', {})).said.request.headers['X-Key']).toBe('(hidden)')
  const changed = await send('PUT', '/crm/secret', {})
  expect(changed.said.secret).toStartWith('whsec_')
  expect(changed.said.secret).not.toBe(said.secret)
  expect((await send('DELETE', '/crm')).said).toEqual({ removed: 'crm' })
  expect((await send('GET', '')).said).toEqual({ endpoints: [], held_since: null })
  const told = entries.filter(({ event }) => event === 'admin.changed')
  expect(told.map(({ what }) => what)).toEqual([
    ...['added', 'tested', 'paused', 'recovered', 'counted for a replay', 'replayed'],
    ...['given another address', 'tested', 'given a new secret', 'removed'],
  ])
  expect(told.every(({ by, key }) => typeof by === 'string' && key === 'crm')).toBe(true)
  expect(JSON.stringify(entries)).not.toContain('hush')
})

test('a secret that stands in the body of what is sent is not shown by a test of it', async () => {
  const url = 'https://script.google.com/macros/s/x/exec'
  const { said } = await send('PUT', '/sheet', { url })
  expect(said.secret).toStartWith('whsec_')
  const tried = await send('PUT', '/sheet/test', {})
  expect(tried.said.request.body).toContain('"secret":"(hidden)"')
  expect(JSON.stringify(tried.said)).not.toContain(said.secret)
  await send('DELETE', '/sheet')
})

test.each([
  ['PUT', '/x', { url: 'nowhere' }, 400, { url: ['not_an_address'] }],
  ['PUT', '/x', { url: 'https://example.com/', colour: 'red' }, 400, { colour: ['unknown'] }],
  ['PUT', '/x', { url: 'https://10.0.0.1/' }, 400, { error: { code: 'not_deliverable' } }],
  ['PUT', '/nobody/address', { url: 'https://example.com/' }, 404, { error: { code: 'not_found' } }],
  ['PUT', '/nobody/address', { target: 'slack' }, 400, { target: ['unknown'] }],
  ['PUT', '/nobody/state', { state: 'on' }, 404, { error: { code: 'not_found' } }],
  ['PUT', '/nobody/state', { state: 'off' }, 400, { state: ['not_on_or_paused'] }],
  ['PUT', '/nobody/recovery', { since: 'soon' }, 400, { since: ['not_a_time'] }],
  ['PUT', '/nobody/replay', {}, 400, { since: ['required'] }],
  ['PUT', '/nobody/replay', { lead_id: 7 }, 400, { lead_id: ['not_an_id'] }],
  ['PUT', '/nobody/replay', { since: '2026-11-30', really: 'yes' }, 400, { really: ['not_a_boolean'] }],
  ['GET', '/nobody/attempts?lead_id=7', undefined, 400, { lead_id: ['not_an_id'] }],
  ['PUT', '-held', { held: true }, 400, { held: ['not_false'] }],
  ['PUT', '-held', { held: false }, 200, { held: false }],
  ['DELETE', '/nobody', undefined, 404, { error: { code: 'not_found' } }],
])('%s %s with %j is refused by name', async (method, path, body, status, said) => {
  expect(await send(method, path, body)).toMatchObject({ status, said })
})
