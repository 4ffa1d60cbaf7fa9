import { expect, test } from 'bun:test'
import { until } from '../../testing/stage/faults.ts'
import { makeLeads } from '../../testing/stage/leads.ts'
import { memoryApp } from '../../testing/stage/memory-app.ts'

const { ask, cookieOf, leadDesk } = await memoryApp()
const cookie = await cookieOf('manager')

async function post(path: string, body: unknown) {
  const answer = await ask(`/api/admin/erasures${path}`, {
    method: 'POST',
    headers: { cookie, origin: 'http://localhost', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, text: await answer.text() }
}
const idOf = ({ text }: { text: string }) => (JSON.parse(text) as { erasure: { id: string } }).erasure.id

test('a person is erased by their phone in any spelling or by one of their leads, once, and no answer has the phone', async () => {
  const [lead] = makeLeads(1, { phone: '+989123456789' })
  leadDesk.put({
    ...{ id: lead!.id, acceptedAt: new Date(), phone: lead!.phone, phoneKey: 'x', state: 'new' },
    suspect: false,
  })
  const begun = await post('', { phone: '0098 912 345 67 89' })
  expect(begun.status).toBe(200)
  for (const whom of [{ phone: '+۹۸ ۹۱۲ ۳۴۵ ۶۷۸۹' }, { lead: lead!.id }]) {
    const again = await post('', whom)
    expect(idOf(again)).toBe(idOf(begun))
    expect(again.text).not.toContain('3456789')
  }
  const answer = await ask(`/api/admin/erasures/${idOf(begun)}`, { headers: { cookie } })
  expect(await answer.json()).toMatchObject({ erasure: { asked_by: 'Ann', finished_at: null, found: {} } })
})

test('without the code of its country a phone is the one that ends with it; where several do, nobody is erased', async () => {
  const put = (phone: string) => {
    const [lead] = makeLeads(1, { phone })
    leadDesk.put({ ...lead!, acceptedAt: new Date(), state: 'new', suspect: false })
  }
  put('+989127654321')
  const begun = await post('', { phone: '+98 912 765 4321' })
  expect(idOf(await post('', { phone: '0912 765 4321' }))).toBe(idOf(begun))
  put('+449127654321')
  expect(await post('', { phone: '0912 765 4321' })).toMatchObject({
    ...{ status: 400, text: expect.stringContaining('use_plus_prefix') },
  })
})

test('to look changes nothing', async () => {
  const before = await (await ask('/api/admin/erasures', { headers: { cookie } })).text()
  expect(await post('/look', { phone: '+989121111111' })).toMatchObject({ status: 200 })
  expect(await (await ask('/api/admin/erasures', { headers: { cookie } })).text()).toBe(before)
})

test('one person at a time is looked for, and whoever comes meanwhile is told when to come again', async () => {
  const { promise: found, resolve: find } = Promise.withResolvers<Readonly<{ leads: number }>>()
  let looks = 0
  const slow = await memoryApp((deps) => {
    const look = () => {
      looks++
      return found
    }
    return { ...deps, admin: { ...deps.admin, people: { ...deps.admin.people, look } } }
  })
  const headers = {
    cookie: await slow.cookieOf('manager'),
    ...{ origin: 'http://localhost', 'content-type': 'application/json' },
  }
  const send = (path: string) =>
    slow.ask(`/api/admin/erasures${path}`, { method: 'POST', headers, body: '{"phone":"+989121111111"}' })
  const first = send('/look')
  await until('the first is looked for', () => looks > 0)
  for (const path of ['/look', '/copy']) {
    const next = await send(path)
    expect([next.status, next.headers.get('retry-after')]).toEqual([429, '5'])
    expect(await next.text()).toContain('Somebody else is being looked for')
  }
  find({ leads: 1 })
  expect((await first).status).toBe(200)
  expect((await send('/copy')).status).toBe(200)
  expect(looks).toBe(1)
})

test.each([
  [{}, 'required'],
  [{ phone: 'nobody' }, 'invalid'],
  [{ lead: crypto.randomUUID() }, 'unknown'],
])('%j names nobody', async (body, code) => {
  expect(await post('', body)).toMatchObject({ status: 400, text: expect.stringContaining(code) })
})
