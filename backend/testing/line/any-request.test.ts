import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { rowsOf, submitTo } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const line = await startLine({ env: services.env })
atEnd(() => line.stop())

type Operation = { parameters?: { name: string; in: string }[]; responses?: Record<string, unknown> }
type Document = { paths: Record<string, Record<string, Operation>> }

const perOperation = 100
const document = (await (await fetch(`${line.origin}/api/docs/json`)).json()) as Document
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
)

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '\u0000',
    '\ud800',
    '۰۹۱۲۳۴۵۶۷۸۹',
    '+989123456789',
    '__proto__',
    "'; drop table leads; --",
  ),
  fc.nat(6_000).map((length) => 'x'.repeat(length)),
)
const fields = fc.constantFrom(
  'phone',
  'utm_source',
  'variant',
  'event_type',
  'visitor_id',
  'events',
  'value',
  'x',
)
const record = fc.dictionary(fields, fc.oneof(text, fc.jsonValue({ maxDepth: 3 })), { maxKeys: 5 })
const body = fc.oneof(
  record.map((value) => JSON.stringify(value)),
  fc.jsonValue({ maxDepth: 6 }).map((value) => JSON.stringify(value)),
  text,
  // Twice the same name, and deeper than anyone needs.
  text.map((value) => `{"phone":"+989120000000","phone":${JSON.stringify(value)}}`),
  fc.nat(3_000).map((depth) => '['.repeat(depth)),
)
const contentType = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-16',
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data; boundary=x',
  'nonsense',
  undefined,
)
const printable = fc.string({ unit: fc.constantFrom(...'azAZ09-_.,;:/ %"\\'), maxLength: 60 })
const headers = fc.dictionary(
  fc.constantFrom(
    'idempotency-key',
    'origin',
    'accept',
    'accept-language',
    'cookie',
    'authorization',
    'range',
  ),
  printable,
  { maxKeys: 4 },
)

/** An address of an operation, with anything at all for its parameters. */
const addressOf = (path: string, operation: Operation) => {
  const names = (operation.parameters ?? []).filter((each) => each.in === 'query').map(({ name }) => name)
  return fc
    .tuple(
      fc.array(text, { minLength: 4, maxLength: 4 }),
      names.length > 0
        ? fc.dictionary(fc.constantFrom(...names), text, { maxKeys: 3 })
        : fc.constant<Record<string, string>>({}),
    )
    .map(([values, query]) => {
      let next = 0
      const filled = path.replace(/\{[^}]+\}|\*/g, () => encode(values[next++ % values.length]!) || 'x')
      const asked = Object.entries(query).map(([name, value]) => `${name}=${encode(value)}`)
      return asked.length > 0 ? `${filled}?${asked.join('&')}` : filled
    })
}

const encode = (value: string) => encodeURIComponent(value.toWellFormed().slice(0, 1_000))

test('no request that anyone can send, at any address of the documents, is answered with a fault of ours', async () => {
  expect(operations.length).toBeGreaterThan(10)
  for (const { path, method, operation } of operations)
    await fc.assert(
      fc.asyncProperty(
        addressOf(path, operation),
        headers,
        contentType,
        body,
        async (address, sent, type, given) => {
          const hasBody = method !== 'GET' && method !== 'HEAD'
          const response = await fetch(line.origin + address, {
            method,
            headers: { ...sent, ...(type && { 'content-type': type }) },
            redirect: 'manual',
            ...(hasBody && { body: given }),
          })
          const answer = await response.text()
          // 503 where a part is switched off here, such as object storage.
          if (response.status !== 503)
            expect([method, address, response.status < 500]).toEqual([method, address, true])
          expect(answer).not.toMatch(/node_modules|at async|SQLSTATE|\.ts:\d/)
        },
      ),
      { numRuns: perOperation },
    )
  const phone = newPhone()
  const { status, id } = await submitTo(line.origin, phone)
  expect(status).toBe(202)
  expect(line.api.output()).not.toContain('http.failed')
  while ((await rowsOf(db, [phone])).length === 0) await Bun.sleep(20)
  expect(await rowsOf(db, [phone])).toEqual([{ id: id!, phone, duplicate_of: null }])
}, 60_000)
