import { expect, test } from 'bun:test'
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

test('to look changes nothing', async () => {
  const before = await (await ask('/api/admin/erasures', { headers: { cookie } })).text()
  expect(await post('/look', { phone: '+989121111111' })).toMatchObject({ status: 200 })
  expect(await (await ask('/api/admin/erasures', { headers: { cookie } })).text()).toBe(before)
})

test.each([
  [{}, 'required'],
  [{ phone: 'nobody' }, 'invalid'],
  [{ lead: crypto.randomUUID() }, 'unknown'],
])('%j names nobody', async (body, code) => {
  expect(await post('', body)).toMatchObject({ status: 400, text: expect.stringContaining(code) })
})
