import { afterAll, describe, expect, test } from 'bun:test'
import { sql } from 'kysely'
import { connectPostgres, type Db } from '../../postgres/connection.ts'
import { functions } from '../../postgres/functions.ts'
import { dropTables, migrate, migrations, ours } from '../../postgres/migrate.ts'
import { isOneOf, ownFunctions } from '../../postgres/ours.ts'
import { ensurePartitions } from '../../postgres/partitions.ts'
import { ensureRoles } from '../../postgres/roles.ts'
import { emptyDatabase, freshDatabase, freshRedis, quietLog } from '../stage/engines.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { isPooled } from '../stage/pooler.ts'
import { redisAdmin } from '../stage/redis-admin.ts'

const thisMonth = `leads_${new Date().toISOString().slice(0, 7).replace('-', '_')}`

/** Another application under names of ours, each table with a row. */
const theirs: Readonly<Record<string, string>> = {
  events: 'create table events (id int primary key, what text)',
  workers: 'create table workers (id int primary key, name text)',
  kysely_migration: 'create table kysely_migration (name varchar(255) primary key, timestamp varchar(255))',
  [thisMonth]: `create table ${thisMonth} (theirs int)`,
  make_month: 'create function make_month(text, date) returns text language sql as $$ select $1 $$',
}
const rowsOf: Readonly<Record<string, string>> = {
  events: `insert into events values (1, 'theirs')`,
  workers: `insert into workers values (1, 'theirs')`,
  kysely_migration: `insert into kysely_migration values ('001-theirs', '2020-01-01')`,
}

async function another(db: Db, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await sql.raw(theirs[name]!).execute(db)
    if (name in rowsOf) await sql.raw(rowsOf[name]!).execute(db)
  }
}

/** Everything in the database, by name, with how many rows each table has. */
async function allOf(db: Db): Promise<unknown> {
  const { rows } = await sql`
    select relname, relkind,
           case when relkind in ('r', 'p') then
             (xpath('/row/c/text()', query_to_xml(format('select count(*) as c from %I', relname), false, true, '')))[1]::text
           end as count
    from pg_class where relnamespace = 'public'::regnamespace
    union all select oid::regprocedure::text, 'f', prosrc from pg_proc where pronamespace = 'public'::regnamespace
    order by 1`.execute(db)
  return rows
}

const redisUrl = await freshRedis(15)
const redis = redisAdmin(redisUrl)
afterAll(() => redis.disconnect())

const command = (url: string, ...words: string[]) =>
  operatorCommand(['db.ts', ...words], {
    ...{ DATABASE_URL: url, REDIS_URL: redisUrl, SECRET_KEY: 'k'.repeat(40) },
  })

describe.each([
  [['events', 'workers', 'kysely_migration']],
  [['kysely_migration']],
  [['events']],
  [['workers']],
  [['make_month']],
  [[thisMonth]],
])('in a database where another application has %p', (names) => {
  test.each(['migrate', 'reset --yes'])('db:%s says so and changes nothing', async (words) => {
    const { db, url } = await emptyDatabase()
    await another(db, names)
    const before = await allOf(db)
    await redis.set('claim:somebody', 'x')
    const { code, err } = await command(url, ...words.split(' '))
    expect(code).toBe(1)
    // What its ledger says comes first.
    const named = names.includes('kysely_migration') ? ['kysely_migration'] : names
    for (const name of named) expect(err).toContain(`"${name}"`)
    expect(err).toContain('create database landfast')
    expect(err.trim().split('\n')).toHaveLength(1)
    expect(await allOf(db)).toEqual(before)
    expect(await redis.exists('claim:somebody')).toBe(1)
  })
})

test('beside tables of another application db:migrate works, and db:reset drops ours alone', async () => {
  const { db, url } = await emptyDatabase()
  await sql`create table orders (id int primary key, total int check (total > 0) not null)`.execute(db)
  await sql`alter table orders add constraint orders_small check (total < 10) not valid`.execute(db)
  await sql`create function orders_of(int) returns int language sql as 'select $1'`.execute(db)
  expect((await command(url, 'migrate')).code).toBe(0)
  await sql`create function make_month(int) returns int language sql as 'select $1'`.execute(db)
  await sql`create function store_leads() returns int language sql as 'select 7'`.execute(db)
  expect((await command(url, 'reset', '--yes')).code).toBe(0)
  const { rows } = await sql<{ validated: boolean }>`
    select convalidated as validated from pg_constraint where conname = 'orders_small'`.execute(db)
  expect(rows).toEqual([{ validated: false }])
  const functions = await sql`select make_month(3) + store_leads() as theirs`.execute(db)
  expect(functions.rows).toEqual([{ theirs: 10 }])
  expect((await ours(db)).isThere).toBe(true)
})

test('an update that needs a name which another application took since then says so, and changes nothing', async () => {
  const { db } = await freshDatabase()
  await sql`delete from kysely_migration where name >= '0009'`.execute(db)
  await sql`drop table installation`.execute(db)
  await sql`alter table workers drop column idle_because`.execute(db)
  await sql`drop table chore_turns`.execute(db)
  await sql`create table chore_turns (theirs int)`.execute(db)
  const before = await allOf(db)
  await expect(migrate(db)).rejects.toThrow('"chore_turns"')
  await expect(dropTables(db)).rejects.toThrow('"chore_turns"')
  expect(await allOf(db)).toEqual(before)
})

test('a table of another application is taken for no month of ours, and other months are made', async () => {
  const { db } = await freshDatabase()
  await sql`create table leads_2031_05 (theirs int)`.execute(db)
  await sql`create view events_2031_06 as select 1 as theirs`.execute(db)
  const made = ensurePartitions(db, { now: new Date('2031-05-15'), monthsAhead: 1 })
  await expect(made).rejects.toThrow('"leads_2031_05", "events_2031_06"')
  expect(await ensurePartitions(db, { now: new Date('2031-07-15'), monthsAhead: 0 })).toEqual([
    'leads_2031_07',
    'events_2031_07',
  ])
  const { rows } = await sql<{ month: string }>`
    select inhrelid::regclass::text as month from pg_inherits
    where inhrelid::regclass::text ~ '_2031_\\d\\d$' order by month`.execute(db)
  expect(rows.map(({ month }) => month)).toEqual([
    ...['events_2031_05', 'events_2031_07', 'leads_2031_06', 'leads_2031_07'],
  ])
})

test('an update does not take the place of a function of another application', async () => {
  const { db } = await freshDatabase()
  await sql`drop function drop_month(text)`.execute(db)
  await sql`create function drop_month(month text) returns void language sql as 'select 1'`.execute(db)
  const before = await allOf(db)
  await expect(migrate(db)).rejects.toThrow('"drop_month"')
  await expect(dropTables(db)).rejects.toThrow('"drop_month"')
  expect(await allOf(db)).toEqual(before)
})

// A pooler knows no user of a test's own.
test.skipIf(isPooled)('API and worker get rights on our tables and on no others', async () => {
  const { db, url } = await freshDatabase()
  await sql`create table orders (id int)`.execute(db)
  const name = `landfast_neighbour_${crypto.randomUUID().slice(0, 8)}`
  await ensureRoles(db, [{ name, password: 'p', kind: 'worker' }])
  const address = new URL(url)
  address.username = name
  address.password = 'p'
  const worker = connectPostgres({
    url: address.href,
    poolMax: 1,
    applicationName: 'neighbours',
    log: quietLog,
  })
  try {
    for (const table of (await ours(db)).tables) await sql`select from ${sql.table(table)}`.execute(worker)
    for (const table of ['orders', 'kysely_migration'])
      await expect(sql`select from ${sql.table(table)}`.execute(worker)).rejects.toThrow('permission denied')
  } finally {
    await worker.destroy()
    await sql`drop owned by ${sql.id(name)}`.execute(db)
    await sql`drop role ${sql.id(name)}`.execute(db)
  }
})

test('every table of a migrated database is known as ours', async () => {
  const { db } = await freshDatabase()
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
      and relname !~ '_\\d{4}_\\d\\d$' and relname not like 'kysely_migration%' order by 1`.execute(db)
  expect(rows.map(({ name }) => name)).toEqual([...(await ours(db)).tables].sort())
  expect(Object.keys(migrations).length).toBeGreaterThan(8)
})

test('so is every function', async () => {
  const { db } = await freshDatabase()
  const { rows } = await sql<{ isOurs: boolean }>`
    select ${isOneOf(ownFunctions)} as "isOurs" from pg_proc where pronamespace = 'public'::regnamespace`.execute(
    db,
  )
  expect(rows.length).toBeGreaterThan(functions.length)
  expect(rows.every(({ isOurs }) => isOurs)).toBe(true)
})
