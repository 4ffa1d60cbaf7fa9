import { expect, test } from 'bun:test'
import { memoryApp } from '../../testing/stage/memory-app.ts'

const memory = await memoryApp()
const { ask, cookieOf, operators } = memory
const cookie = await cookieOf('manager')

async function begin(body: unknown, app: Pick<typeof memory, 'ask'> = memory, by = cookie) {
  const answer = await app.ask('/api/admin/exports', {
    method: 'POST',
    headers: { cookie: by, origin: 'http://localhost', 'content-type': 'application/json' },
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
  const looked = await ask(said.file, { method: 'HEAD', headers: { cookie } })
  expect([looked.status, looked.headers.get('allow')]).toEqual([405, 'GET'])
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
  [{ format: 'csv', keep: 'yes' }, { keep: ['invalid'] }],
  // This one has no bucket.
  [{ format: 'csv', keep: true }, { keep: ['unavailable'] }],
  [{ format: 'csv', view: ['new'] }, { view: ['invalid'] }],
  [{ format: 'csv', view: { source: 'x'.repeat(257) } }, { view: ['invalid'] }],
  [{ format: 'csv', view: { stat: 'new' } }, { stat: ['unknown'] }],
])('%j asks for nothing', async (body, errors) => {
  expect(await begin(body)).toMatchObject({ status: 400, said: { errors } })
})

test('nobody has more than three files at once that are to be written yet', async () => {
  const app = await memoryApp((deps) => ({
    ...deps,
    admin: {
      ...deps.admin,
      keptExports: { fetch: async () => undefined, cancel: async () => false, async *read() {} },
    },
  }))
  const [mine, theirs] = [await app.cookieOf('manager'), await app.cookieOf('owner')]
  const ask = { format: 'csv', keep: true }
  const came: number[] = []
  for (let each = 0; each < 4; each++) came.push((await begin(ask, app, mine)).status)
  expect(came).toEqual([200, 200, 200, 429])
  expect((await begin(ask, app, theirs)).status).toBe(200)
  expect((await begin({ format: 'csv' }, app, mine)).status).toBe(200)
})
