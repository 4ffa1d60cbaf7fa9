import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSubmission } from '../leads/submission.ts'
import { submissionsOf } from './submission.ts'

const send = submissionsOf('http://127.0.0.1:8000', 7)
const partsOf = (request: string) => request.split('\r\n\r\n') as [string, string]

test('a request of the bench is a submission with everything on', () => {
  const [head, body] = partsOf(send(5))
  expect(head).toContain(`\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`)
  const idempotencyKey = /Idempotency-Key: (.*)/.exec(head)?.[1]
  const submission = readSubmission(JSON.parse(body), { idempotencyKey })
  expect(submission.phone).toBe('+00079900000005')
  expect(submission.idempotencyKey).toBe('bench-00079900000005')
  expect(Object.keys(submission.details?.attribution ?? {})).toEqual([
    'utm_source',
    'utm_medium',
    'utm_campaign',
  ])
})

test('no two requests share a phone, a key or an address', () => {
  const other = submissionsOf('http://127.0.0.1:8000', 8)
  const requests = [send(1), send(2), send(257), send(70_000)]
  expect(new Set(requests.map((each) => /X-Forwarded-For: (.*)/.exec(each)?.[1])).size).toBe(4)
  expect(new Set([...requests, other(1)].map((each) => partsOf(each)[1])).size).toBe(5)
})

test('wrk sends the same bytes', () => {
  const script = readFileSync(join(import.meta.dir, 'wrk.lua'), 'utf8')
  const [head, body] = partsOf(send(1))
  const fixed = head
    .split('\r\n')
    .filter((line) => !/^(Host|Origin|X-Forwarded-For|Idempotency-Key)/.test(line))
  for (const line of fixed) expect(script).toContain(line)
  expect(script).toContain(body.slice(body.indexOf('"', 12)))
})
