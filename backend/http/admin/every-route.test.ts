import { expect, test } from 'bun:test'
import { memoryApp } from '../../testing/stage/memory-app.ts'

const routes = (await memoryApp()).app.routes.filter(({ path }) => path.startsWith('/api/admin/'))

const bodies = [
  '',
  'null',
  '[]',
  '"text"',
  '{"value":',
  '\u0000',
  '{}',
  '{"value":{"x":[1]},"rollout_percent":"many","killed":7,"variants":[{}],"salt":"","running":"no"}',
  '{"__proto__":{"x":1}}',
  '{"constructor":{"prototype":{}}}',
  '{"+989121234567":"typed into the wrong place"}',
  JSON.stringify({ ['x'.repeat(15_000)]: 1 }),
  JSON.stringify(Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`field-${index}`, index]))),
  'x'.repeat(40_000),
  '['.repeat(10_000),
]
const contentTypes = [
  'application/json',
  'Application/JSON; charset=utf-16',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'nonsense',
  '',
]
const keys = [
  'film',
  'hero',
  'none',
  '__proto__',
  '%zz',
  '%00',
  '%2e%2e%2f',
  '+989121234567',
  'x'.repeat(5_000),
]

test.each(routes.map(({ method, path }) => [method, path] as const))(
  'an operator who sends nonsense to %s %s is told so in the words of the contract, and the log has no fault of ours',
  async (method, path) => {
    const { ask, cookieOf, entries, entriesOf } = await memoryApp()
    const cookie = await cookieOf('owner')
    let refused = 0
    for (const name of path.includes(':') ? keys : [''])
      for (const [index, body] of (method === 'GET' ? [undefined] : bodies).entries())
        for (const type of index === 0 ? contentTypes : contentTypes.slice(0, 2)) {
          const answer = await ask(path.replace(/:\w+/, name), {
            method,
            headers: { cookie, origin: 'http://localhost', 'content-type': type },
            body,
          })
          const text = await answer.text()
          expect([name.slice(0, 20), body?.slice(0, 40), type, answer.status < 500]).toEqual([
            name.slice(0, 20),
            body?.slice(0, 40),
            type,
            true,
          ])
          if (answer.status < 400) continue
          refused++
          const told = JSON.parse(text) as Record<string, unknown>
          const id = answer.headers.get('x-request-id')
          const { error, errors, type: about, title, status, code, detail, requestId, ...fields } = told
          expect([about, status, requestId]).toEqual(['about:blank', answer.status, id])
          expect([typeof title, typeof code, typeof detail]).toEqual(['string', 'string', 'string'])
          if (error) expect(error).toEqual({ code, message: detail, requestId: id })
          else expect(Object.values(errors as object).every((codes) => Array.isArray(codes))).toBe(true)
          expect(Object.values(fields).every((codes) => Array.isArray(codes))).toBe(true)
          expect(text).not.toContain('9121234567')
          const [line, ...others] = entriesOf(answer)
          // A sample, when all of this comes within a moment.
          if (line)
            expect(line).toMatchObject({ level: 'info', event: 'http.refused', status: answer.status })
          expect(others).toEqual([])
        }
    expect(entries.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([])
    expect(entries.filter(({ event }) => event === 'http.refused').length).toBeGreaterThanOrEqual(
      Math.min(refused, 100),
    )
    expect(Math.max(0, ...entries.map((line) => JSON.stringify(line).length))).toBeLessThan(3_000)
    expect(JSON.stringify(entries)).not.toContain('9121234567')
  },
)

test.each([
  ['POST', '/api/admin/session', '{"email":"a@b.c\\u0000","password":"x"}'],
  ['POST', '/api/admin/link', '{"token":"\\u0000"}'],
  ['POST', '/api/admin/operators', '{"email":"a@b.c","role":"a\\u0000"}'],
  ['PUT', '/api/admin/deliveries/crm', '{"target":"webhook","headers":{"x":["a\\u0000"]}}'],
  ['GET', '/api/admin/leads?source=a%00b', undefined],
  ['GET', '/api/admin/audit?subject=%00', undefined],
])('a text that Postgres cannot hold is a fault of who sends it: %s %s', async (method, path, body) => {
  const { ask, cookieOf } = await memoryApp()
  const headers = {
    cookie: await cookieOf('owner'),
    origin: 'http://localhost',
    'content-type': 'application/json',
  }
  const answer = await ask(path, { method, headers, body })
  const { errors } = (await answer.json()) as { errors: Record<string, string[]> }
  expect([answer.status, Object.values(errors).flat()]).toEqual([400, ['invalid']])
})

test('there are routes for operators to walk', () => {
  expect(new Set(routes.map(({ path }) => path)).size).toBeGreaterThanOrEqual(4)
})
