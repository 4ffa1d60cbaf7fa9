import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { createTodayReader } from '../../postgres/today.ts'
import { freshDatabase } from '../stage/engines.ts'
import { operatorCommand } from '../stage/operator-command.ts'

const { url, db } = await freshDatabase()
const settings = {
  ...{ DATABASE_URL: url, ACK_MODE: 'pg', SECRET_KEY: 'vN4wq8ZtLr2Xc6PbYk9Hm3DsGf7JaTeU' },
  NODE_ENV: 'development',
}
const seed = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  operatorCommand(['demo.ts', ...words], { ...settings, ...env })

async function count(what: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select (${sql.raw(what)})::int as count`.execute(db)
  return rows[0]!.count
}
const converted = `select sum(converted) from event_counts where grain = 'day' and experiment = 'hero' and event_type = 'exposure'`

test('the demonstration is counted by the desk as it came, and refuses in production, where leads are unless told, and where an endpoint would be told', async () => {
  const inProduction = await seed([], {
    ...{ NODE_ENV: 'production', PUBLIC_URL: 'https://example.com' },
    DATABASE_URL: url.replace(/^[^@]*@/, 'postgres://landfast:Wk3nQz8vTr5Lp2Xc@'),
  })
  expect([inProduction.code, inProduction.err]).toEqual([1, expect.stringContaining('production')])
  expect(await count('select count(*) from leads')).toBe(0)

  const first = await seed(['--leads', '300', '--days', '9'])
  expect([first.code, first.out]).toEqual([0, expect.stringMatching(/^Made \d+ leads of \d+ visits\./)])
  const leads = await count('select count(*) from leads')
  expect(leads).toBeGreaterThan(200)
  // Whoever counts on the desk finds the same: suspects convert nobody, everybody else does once.
  expect(await count(converted)).toBe(
    leads - (await count('select count(*) from leads where suspect is not null')),
  )
  expect(await count('select count(*) from lead_claims')).toBe(leads)
  expect(await count(`select count(*) from leads where phone !~ '^\\+999'`)).toBe(0)
  expect(await count(`select count(*) from delivery_endpoints where state = 'on'`)).toBe(0)

  const now = new Date()
  const { hours, quarantined } = await createTodayReader(db).read(now, 'hero')
  const sum = (side: 'now' | 'before') => hours.reduce((total, hour) => total + hour[side].leads, 0)
  const hour = `date_trunc('hour', '${now.toISOString()}'::timestamptz)`
  const since = `accepted_at >= ${hour} - interval '23 hours' and accepted_at < '${now.toISOString()}'`
  expect(sum('now')).toBe(await count(`select count(*) from leads where ${since}`))
  const aWeekBefore = since.replaceAll('accepted_at', "accepted_at + interval '7 days'")
  expect(sum('before')).toBe(await count(`select count(*) from leads where ${aWeekBefore}`))
  expect([hours.length, sum('now') > 0, sum('before') > 0, quarantined.count]).toEqual([24, true, true, 0])

  const withEndpoints = await seed(['--even-here'])
  expect([withEndpoints.code, withEndpoints.err]).toEqual([1, expect.stringContaining('Endpoints here')])
  await sql`delete from delivery_endpoints`.execute(db)
  const again = await seed([])
  expect([again.code, again.err]).toEqual([1, expect.stringContaining('--even-here')])
  expect(await count('select count(*) from leads')).toBe(leads)
})
