import { describe, expect, test } from 'bun:test'
import { type Kysely, sql } from 'kysely'
import { createMemoryNews } from '../../memory/lead-news.ts'
import type { Db } from '../../postgres/connection.ts'
import source from '../../postgres/functions/store-leads.sql' with { type: 'text' }
import {
  applyFunctions,
  readFunction,
  type SqlFunction,
  storeLeadsFunction,
} from '../../postgres/functions.ts'
import { createLeadTable, createPostgresIntake } from '../../postgres/leads.ts'
import { migrate, schemaStatus } from '../../postgres/migrate.ts'
import * as signatureBefore from '../../postgres/migrations/0006-store-new-leads.ts'
import { storeAsBefore } from '../../postgres/store-leads-before.ts'
import { everyDetail } from '../stage/details.ts'
import { freshDatabase } from '../stage/engines.ts'
import { makeBatch, makeLeads } from '../stage/leads.ts'

const file = storeLeadsFunction.file
const stateIn = async (db: Db) => (await schemaStatus(db)).functions.find((each) => each.file === file)?.state

/** The file as a version that lies `later` revisions ahead would have it. */
const revised = (later: number) =>
  readFunction(
    file,
    source.replace(/^-- revision (\d+)/, (_, own) => `-- revision ${Number(own) + later}`),
  )

/** Puts a function into the database as if no other had been there. */
async function applyInstead(db: Db, other: SqlFunction): Promise<void> {
  await sql`comment on function ${sql.raw(storeLeadsFunction.head)} is null`.execute(db)
  await applyFunctions(db, { all: [other] })
}

const options = { dedupWindowMs: 60_000, news: createMemoryNews() }

test('a function is put into the database when its file has changed, once, however many machines migrate', async () => {
  const { db } = await freshDatabase()
  expect(await stateIn(db)).toBe('current')
  const next = [revised(1)]
  const applied = await Promise.all([applyFunctions(db, { all: next }), applyFunctions(db, { all: next })])
  expect(applied.flat()).toEqual([file])
  expect(await applyFunctions(db, { all: next })).toEqual([])
  await createLeadTable(db, options).store(makeLeads(2))
})

test('a machine of an earlier version that migrates in the middle of an update leaves the later function', async () => {
  const { db } = await freshDatabase()
  await applyFunctions(db, { all: [revised(1)] })
  expect(await migrate(db)).toEqual([])
  expect(await stateIn(db)).toBe('later')
})

test('a database that was migrated before functions were files, or lost them, gets them', async () => {
  const { db } = await freshDatabase()
  await sql`drop function ${sql.raw(storeLeadsFunction.head)}`.execute(db)
  expect(await stateIn(db)).toBe('missing')
  expect(await migrate(db)).toEqual([file])
  await createLeadTable(db, options).store(makeLeads(2))
})

test('a function that cannot be made leaves the one that is there', async () => {
  const { db } = await freshDatabase()
  const broken = readFunction(file, `${revised(1).sql}\nselect * from nowhere;`)
  await expect(applyFunctions(db, { all: [broken] })).rejects.toThrow('nowhere')
  expect(await stateIn(db)).toBe('current')
})

describe('in the middle of an update', () => {
  /** A database that has the signature of the version before, as that version made it, and not ours. */
  async function migratedBefore(): Promise<Db> {
    const { db } = await freshDatabase()
    await sql`drop function ${sql.raw(storeLeadsFunction.head)}`.execute(db)
    await signatureBefore.up(db as unknown as Kysely<unknown>)
    return db
  }
  const told = async (db: Db) =>
    (await db.selectFrom('leads').select(['variant', 'language', 'suspect', 'duplicate_of']).execute()).map(
      ({ variant, language, suspect, duplicate_of }) => [variant, language, suspect?.join(), duplicate_of],
    )
  // The signature before has no room for what a request tells.
  const { device: _device, landing: _landing, ...roomFor } = everyDetail
  const whole = [everyDetail.variant, everyDetail.language, everyDetail.suspect.join(), null]

  test('a worker and an API of this version store whole leads before the schema is migrated', async () => {
    const db = await migratedBefore()
    const leads = makeLeads(2, { details: roomFor })
    await createLeadTable(db, options).store([leads[0]!])
    const intake = createPostgresIntake(db, options)
    expect(await intake.commit(makeBatch([leads[1]!]))).toEqual([{ kind: 'new', id: leads[1]!.id }])
    const again = makeLeads(1, { phone: leads[0]!.phone, phoneKey: leads[0]!.phoneKey })
    expect(await intake.commit(makeBatch(again))).toEqual([{ kind: 'duplicate', id: leads[0]!.id }])
    expect(await told(db)).toEqual([whole, whole])
  })

  test('a worker waits where the signature before has no room for what a lead tells, and a visitor does not', async () => {
    const db = await migratedBefore()
    const [waits, direct] = makeLeads(2, { details: { ...everyDetail, ...{ told_later: 'x' } } })
    await expect(createLeadTable(db, options).store([waits!])).rejects.toThrow('run db:migrate')
    expect((await createPostgresIntake(db, options).commit(makeBatch([direct!])))[0]!.kind).toBe('new')
    await migrate(db)
    await createLeadTable(db, options).store([waits!])
    expect(await told(db)).toEqual([whole, whole])
  })

  test('a worker and an API of the version before go on with a schema that is migrated', async () => {
    const { db } = await freshDatabase()
    const [lead] = makeLeads(1, { details: roomFor })
    await storeAsBefore(db, [lead!], { ...options, directly: false })
    const again = makeLeads(1, { phone: lead!.phone, phoneKey: lead!.phoneKey })
    const held = await storeAsBefore(db, again, { ...options, directly: true })
    expect(held.map((row) => row.holder_id)).toEqual([lead!.id])
    expect(await told(db)).toEqual([whole])
  })

  test('a worker waits where the database could not keep all that a lead tells, and a visitor does not', async () => {
    const { db } = await freshDatabase()
    await applyInstead(db, revised(-1))
    const [waits, direct] = makeLeads(2)
    await expect(createLeadTable(db, options).store([waits!])).rejects.toThrow('run db:migrate')
    expect((await createPostgresIntake(db, options).commit(makeBatch([direct!])))[0]!.kind).toBe('new')
    expect(await migrate(db)).toEqual([file])
    await createLeadTable(db, options).store([waits!])
    expect(await told(db)).toHaveLength(2)
  })
})
