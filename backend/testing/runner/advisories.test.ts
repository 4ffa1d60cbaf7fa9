import { expect, test } from 'bun:test'
import { readAudit } from './advisories.ts'

const advisory = (severity: string) => ({
  id: 1,
  title: 'reads past the end',
  severity,
  url: 'https://example.com/1',
})

test('grave weaknesses are told by package, others are not', () => {
  const output = JSON.stringify({
    one: [advisory('high'), advisory('low')],
    two: [advisory('critical')],
    three: [],
  })
  expect(readAudit(output)).toEqual({
    found: [
      'one: high: reads past the end (https://example.com/1)',
      'two: critical: reads past the end (https://example.com/1)',
    ],
  })
  expect(readAudit('{}')).toEqual({ found: [] })
})

test.each([
  '',
  'error: POST https://registry.example/bulk - 405',
  'bun audit v1\n\nerror: ConnectionRefused',
])('%p means that nobody could be asked, and is no failure', (output) =>
  expect(readAudit(output)).toHaveProperty('unasked'),
)
