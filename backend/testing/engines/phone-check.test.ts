import { expect, test } from 'bun:test'
import { type Kysely, sql } from 'kysely'
import { Unstorable } from '../../leads/ports.ts'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { validateChecks } from '../../postgres/checks.ts'
import type { Db } from '../../postgres/connection.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { migrate, migrations } from '../../postgres/migrate.ts'
import { up as narrow } from '../../postgres/migrations/0006-store-new-leads.ts'
import { up as widen } from '../../postgres/migrations/0008-short-phones.ts'
import { ensurePartitions } from '../../postgres/partitions.ts'
import { freshDatabase } from '../stage/engines.ts'
import { makeLeads } from '../stage/leads.ts'

const dedupWindowMs = 60_000
const farMs = Date.UTC(2031, 4, 15)

async function unvalidated(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from pg_constraint where contype = 'c' and not convalidated`.execute(db)
  return rows[0]!.count
}

test('a table with leads in it takes short phones after an update, and the rows that were there are looked at', async () => {
  const { db } = await freshDatabase()
  const untyped = db as unknown as Kysely<unknown>
  const table = createLeadTable(db, { dedupWindowMs, news: createMemoryNews() })
  await narrow(untyped)
  await ensurePartitions(db, { now: new Date(farMs), monthsAhead: 0 })
  for (const nowMs of [Date.now(), farMs]) {
    await table.store(makeLeads(3, {}, nowMs))
    await expect(table.store(makeLeads(1, { phone: '+6834002' }, nowMs))).rejects.toBeInstanceOf(Unstorable)
  }
  await widen(untyped)
  expect(await unvalidated(db)).toBeGreaterThan(0)
  await validateChecks(db, ['leads'])
  expect(await unvalidated(db)).toBe(0)
  const laterMs = Date.UTC(2033, 1, 1)
  for (const nowMs of [Date.now(), farMs, laterMs]) {
    await table.store(makeLeads(1, { phone: '+6834002' }, nowMs))
    await expect(table.store(makeLeads(1, { phone: '+683400' }, nowMs))).rejects.toBeInstanceOf(Unstorable)
  }
  expect(await ensurePartitions(db, { now: new Date(laterMs), monthsAhead: 0 })).toContain('leads_2033_02')
})

test('an update that has to wait for a long report lets leads by while it waits', async () => {
  const { db } = await freshDatabase()
  const table = createLeadTable(db, { dedupWindowMs, news: createMemoryNews() })
  const report = await db.startTransaction().execute()
  await sql`select count(*) from leads`.execute(report)
  const later = {
    async up(db: Kysely<unknown>) {
      await sql`alter table leads add column later text`.execute(db)
    },
  }
  let isMigrated = false
  const update = migrate(db, { ...migrations, '9999-later': later }).finally(() => {
    isMigrated = true
  })
  for (let stored = 0; stored < 6; stored++) {
    await table.store(makeLeads(1))
    await Bun.sleep(500)
  }
  expect(isMigrated).toBe(false)
  await report.commit().execute()
  expect(await update).toEqual(['9999-later'])
  await table.store(makeLeads(1))
})
