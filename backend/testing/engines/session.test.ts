import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { freshDatabase } from '../stage/engines.ts'

const { db } = await freshDatabase()

test('whatever a server, a database or a role has set, values are written, read and kept as we mean them', async () => {
  const { rows } = await sql<Record<string, unknown>>`
    select timestamptz '2026-02-03 04:05:06.789+00' as moment, '\\x00ff'::bytea as bytes,
           0.1::float8 + 0.2::float8 as sum, array[null, 'a']::text[] as list, null = null as unknown,
           current_setting('transaction_isolation') as isolation,
           current_setting('synchronous_commit') as commit`.execute(db)
  expect(rows[0]).toEqual({
    moment: new Date('2026-02-03T04:05:06.789Z'),
    bytes: Buffer.from([0, 255]),
    sum: 0.1 + 0.2,
    list: [null, 'a'],
    unknown: null,
    isolation: 'read committed',
    commit: 'on',
  })
})
