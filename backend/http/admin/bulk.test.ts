import { expect, test } from 'bun:test'
import { makeLeads } from '../../testing/stage/leads.ts'
import { memoryApp } from '../../testing/stage/memory-app.ts'

const { ask, cookieOf, leadDesk, operators } = await memoryApp()
const headers = {
  ...{ cookie: await cookieOf('manager'), origin: 'http://localhost' },
  'content-type': 'application/json',
}
const send = async (method: string, path: string, body?: object) => {
  const answer = await ask(`/api/admin/bulk${path}`, {
    ...{ method, headers },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, said: (await answer.json()) as Record<string, Record<string, unknown>> }
}
const put = () => {
  const { id, phoneKey, phone } = makeLeads(1)[0]!
  leadDesk.put({
    id,
    phoneKey,
    phone,
    acceptedAt: new Date(),
    suspect: false,
    state: 'new',
    source: 'spring',
  })
  return id
}

test('all that a view shows, or some by hand, become what is asked; and have it undone', async () => {
  const ids = [put(), put()]
  const begun = await send('POST', '', { view: { source: 'spring' }, change: { state: 'won' } })
  expect([begun.status, begun.said.bulk]).toMatchObject([
    200,
    { total: 2, change: { state: 'won' }, view: { source: 'spring' } },
  ])
  const path = `/${begun.said.bulk!.id}`
  expect((await send('GET', path)).said.bulk).toMatchObject({ status: 'done', changed: 2 })
  expect((await leadDesk.find(ids[0]!))?.state).toBe('won')
  await send('POST', `${path}/undo`, {})
  expect((await send('GET', path)).said.bulk).toMatchObject({ status: 'undone', undone: 2, kept: 0 })
  const some = await send('POST', '', { leads: [ids[1]], change: { state: 'lost' } })
  expect(some.said.bulk).toMatchObject({ total: 1, view: null })
  expect((await leadDesk.find(ids[0]!))?.state).toBe('new')
})

test('what was typed of a phone is not kept with it', async () => {
  const lead = (await leadDesk.list({}, 1))[0]!
  const begun = await send('POST', '', { view: { q: lead.phone.slice(-4) }, change: { state: 'won' } })
  expect(begun.said.bulk!.view).toEqual({ lastDigits: '…' })
})

test('only who works on leads can be given them, and what is not clear is refused', async () => {
  await cookieOf('viewer')
  const viewer = (await operators.accounts.list()).find(({ role }) => role === 'viewer')!
  const view = { source: 'spring' }
  for (const [body, errors] of [
    [{ view, change: { owner: viewer.id } }, { owner: ['unknown'] }],
    [{ view, change: { owner: 'somebody' } }, { owner: ['unknown'] }],
    [{ view, change: { state: 'suspect' } }, { state: ['unknown'] }],
    [{ view, change: {} }, { change: ['invalid'] }],
    [{ view, change: { state: 'won', owner: null } }, { change: ['invalid'] }],
    [{ view }, { change: ['required'] }],
    [{ change: { state: 'won' } }, { view: ['required'] }],
    [{ view, leads: [], change: { state: 'won' } }, { view: ['required'] }],
    [{ leads: ['x'], change: { state: 'won' } }, { leads: ['invalid'] }],
    [{ view: { source: 'none' }, change: { state: 'won' } }, { view: ['none'] }],
    // Without what is misspelt it would be all of them.
    [{ view: { stat: 'new' }, change: { state: 'won' } }, { stat: ['unknown'] }],
  ] as const) {
    const { status, said } = await send('POST', '', body)
    expect([status, said.errors]).toEqual([400, errors as never])
  }
  const owners = (await send('GET', '/owners')).said.data as unknown as readonly { id: string }[]
  expect(owners.map(({ id }) => id)).not.toContain(viewer.id)
})
