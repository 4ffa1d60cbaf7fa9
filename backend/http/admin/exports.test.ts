import { expect, test } from 'bun:test'
import { memoryApp } from '../../testing/stage/memory-app.ts'

const { ask, cookieOf, operators } = await memoryApp()
const cookie = await cookieOf('manager')

async function begin(body: unknown) {
  const answer = await ask('/api/admin/exports', {
    method: 'POST',
    headers: { cookie, origin: 'http://localhost', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return {
    status: answer.status,
    said: (await answer.json()) as { id: string; file: string; errors?: unknown },
  }
}

test('a file is fetched once, by whoever asked, and its receipt has the hash of what was sent', async () => {
  const { said } = await begin({ format: 'csv-excel', view: { q: '۴۵۶۷', state: 'new' } })
  expect((await ask(said.file, { headers: { cookie: await cookieOf('owner') } })).status).toBe(404)
  const answer = await ask(said.file, { headers: { cookie } })
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="leads-[\d-]+\.csv"$/)
  const bytes = await answer.bytes()
  expect((await ask(said.file, { headers: { cookie } })).status).toBe(404)
  const list = (await (await ask('/api/admin/exports', { headers: { cookie } })).json()) as {
    data: unknown[]
  }
  expect(list.data[0]).toMatchObject({
    ...{ id: said.id, by: 'Ann', rows: 0, bytes: bytes.length },
    filter: { state: 'new', lastDigits: '…' },
    sha256: new Bun.CryptoHasher('sha256').update(bytes).digest('hex'),
  })
  const entries = await operators.audit.list({ subject: said.id, limit: 9 })
  expect(JSON.stringify(entries)).not.toContain('4567')
})

test.each([
  [{}, { format: ['required'] }],
  [{ format: 'pdf' }, { format: ['unknown'] }],
  [{ format: 'csv', view: { state: 'gone' } }, { state: ['unknown'] }],
  [{ format: 'csv', view: ['new'] }, { view: ['invalid'] }],
  [{ format: 'csv', view: { other: 'x'.repeat(257) } }, { view: ['invalid'] }],
])('%j asks for nothing', async (body, errors) => {
  expect(await begin(body)).toMatchObject({ status: 400, said: { errors } })
})
