import { expect, test } from 'bun:test'
import { createWriteRecord, whyNotWritten } from './writable.ts'

const failure = (code: string) => Object.assign(new Error('at db.example:5432'), { code })

test.each([
  ['25006', 'is a replica, or default_transaction_read_only is on'],
  ['53100', 'disk of Postgres is full'],
  ['53300', 'no room left'],
  ['58030', 'cannot read or write its files'],
  ['42P01', 'run db:migrate'],
  ['28P01', 'does not let us in'],
  ['LF002', 'synchronous_standby_names wants one'],
  ['ECONNREFUSED', 'does not answer'],
])('what is in the way of a write that failed with %s is said without the address', (code, words) => {
  expect(whyNotWritten(failure(code))).toContain(words)
  expect(whyNotWritten(failure(code))).not.toContain('db.example')
})

test('a refused write is news for ten seconds, or until one succeeds', async () => {
  let nowMs = 0
  const writes = createWriteRecord(() => nowMs)
  const refuse = () => writes.noting(Promise.reject(failure('53100'))).catch(() => {})
  await refuse()
  expect(writes.refusedBecause()).toBe('the disk of Postgres is full')
  expect(await writes.noting(Promise.resolve(1))).toBe(1)
  expect(writes.refusedBecause()).toBeUndefined()
  await refuse()
  nowMs += 10_000
  expect(writes.refusedBecause()).toBeUndefined()
})

test.each(['23505', '57014', '40P01', 'ECONNRESET'])(
  'a write that failed with %s says nothing of the next',
  async (code) => {
    const writes = createWriteRecord()
    await expect(writes.noting(Promise.reject(failure(code)))).rejects.toThrow()
    expect(writes.refusedBecause()).toBeUndefined()
  },
)

test.each(['42501', '42P01', '3F000'])(
  'a write that failed with %s is news: so will the next',
  async (code) => {
    const writes = createWriteRecord(() => 0)
    await writes.noting(Promise.reject(failure(code))).catch(() => {})
    expect(writes.refusedBecause()).toContain('run db:migrate')
  },
)
