import { expect, test } from 'bun:test'
import { memoryApp } from '../../testing/stage/memory-app.ts'

const { ask, cookieOf } = await memoryApp()
type Said = Readonly<{
  id: string
  data: readonly Readonly<{ id: string; name: string; view: object; shared: boolean; own: boolean }>[]
  errors?: unknown
}>
const headersOf = async (role: 'manager' | 'caller') => ({
  ...{ cookie: await cookieOf(role), origin: 'http://localhost' },
  'content-type': 'application/json',
})
const [manager, caller] = [await headersOf('manager'), await headersOf('caller')]
const send = async (method: string, path: string, headers: Record<string, string>, body?: object) => {
  const answer = await ask(`/api/admin/views${path}`, {
    ...{ method, headers },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, said: (await answer.json()) as Said }
}

test('a view is kept with what stands in its address, never with what was typed of a phone', async () => {
  const view = { state: 'interested', since: '7d', owner: 'me' }
  const kept = await send('POST', '', manager, { name: ' Hot ', view })
  expect([kept.status, kept.said.data]).toEqual([
    200,
    [{ id: kept.said.id, name: 'Hot', view, shared: false, own: true }],
  ])
  for (const [body, errors] of [
    [{ name: 'x', view: { q: '4567' } }, { view: ['not_kept'] }],
    [{ name: 'x', view: { state: 'none' } }, { state: ['unknown'] }],
    [{ name: 'x', view: { since: 'then' } }, { since: ['not_a_time'] }],
    [{ name: 'Hot', view }, { name: ['taken'] }],
    [{ name: ' ', view }, { name: ['required'] }],
    [{ name: 'x'.repeat(61), view }, { name: ['invalid'] }],
    [{ name: 'x' }, { view: ['invalid'] }],
  ] as const) {
    const { status, said } = await send('POST', '', manager, body)
    expect([status, said.errors]).toEqual([400, errors as never])
  }
})

test('a shared view is everybody’s to see, and only theirs to change who may share', async () => {
  const { said } = await send('POST', '', manager, { name: 'Waiting', view: { state: 'new' } })
  const of = (answer: { said: Said }) => answer.said.data.find(({ id }) => id === said.id)!
  expect(of(await send('GET', '', caller))).toBeUndefined()
  expect((await send('PUT', `/${said.id}/shared`, caller, { shared: true })).status).toBe(403)
  expect(of(await send('PUT', `/${said.id}/shared`, manager, { shared: true })).shared).toBe(true)
  expect(of(await send('GET', '', caller))).toMatchObject({ name: 'Waiting', own: false })
  expect((await send('PUT', `/${said.id}`, caller, { name: 'Mine' })).status).toBe(404)
  expect((await send('DELETE', `/${said.id}`, caller)).status).toBe(404)
  expect(of(await send('DELETE', `/${said.id}`, manager))).toBeUndefined()
})
