import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import type { Db } from '../../postgres/connection.ts'
import { applyFunctions, functions, readFunction } from '../../postgres/functions.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { migrate, schemaStatus } from '../../postgres/migrate.ts'
import { freshDatabase } from '../stage/engines.ts'
import { makeLeads } from '../stage/leads.ts'

const [storeLeads] = functions
const stateIn = async (db: Db) => (await schemaStatus(db)).functions.map(({ state }) => state)

/** The file as a version that lies `later` revisions ahead would have it. */
function revised(later: number) {
  const { file, revision, sql: source } = storeLeads!
  return readFunction(file, source.replace(/^-- revision \d+/, `-- revision ${revision + later}`))
}

test('a function is put into the database when its file has changed, once, however many machines migrate', async () => {
  const { db } = await freshDatabase()
  expect(await stateIn(db)).toEqual(['current'])
  const next = [revised(1)]
  const applied = await Promise.all([applyFunctions(db, next), applyFunctions(db, next)])
  expect(applied.flat()).toEqual([storeLeads!.file])
  expect(await applyFunctions(db, next)).toEqual([])
  await createLeadTable(db, { dedupWindowMs: 60_000 }).store(makeLeads(2))
})

test('a machine of an earlier version that migrates in the middle of an update leaves the later function', async () => {
  const { db } = await freshDatabase()
  await applyFunctions(db, [revised(1)])
  expect(await migrate(db)).toEqual([])
  expect(await stateIn(db)).toEqual(['later'])
})

test('a database that was migrated before functions were files gets them, and one that lost them gets them again', async () => {
  const { db } = await freshDatabase()
  await sql`comment on function ${sql.raw(storeLeads!.head)} is null`.execute(db)
  expect(await stateIn(db)).toEqual(['missing'])
  expect(await migrate(db)).toEqual([storeLeads!.file])
  await sql`drop function ${sql.raw(storeLeads!.head)}`.execute(db)
  expect(await migrate(db)).toEqual([storeLeads!.file])
  await createLeadTable(db, { dedupWindowMs: 60_000 }).store(makeLeads(2))
})

test('a function that cannot be made leaves the one that is there', async () => {
  const { db } = await freshDatabase()
  const broken = readFunction(storeLeads!.file, `${revised(1).sql}\nselect * from nowhere;`)
  await expect(applyFunctions(db, [broken])).rejects.toThrow('nowhere')
  expect(await stateIn(db)).toEqual(['current'])
})
