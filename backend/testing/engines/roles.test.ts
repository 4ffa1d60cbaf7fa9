import { afterAll, expect, test } from 'bun:test'
import { sql } from 'kysely'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { theSystem } from '../../operators/audit.ts'
import { connectPostgres, type Db } from '../../postgres/connection.ts'
import { createDeliveryStore } from '../../postgres/deliveries.ts'
import { removeEndpoint } from '../../postgres/delivery-endpoints.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { createLiveStore } from '../../postgres/live-store.ts'
import { dropPartitionsBefore, ensurePartitions } from '../../postgres/partitions.ts'
import { ensureRoles, rolesOf } from '../../postgres/roles.ts'
import { addReceiver } from '../stage/deliveries.ts'
import { freshDatabase, quietLog } from '../stage/engines.ts'
import { makeLeads } from '../stage/leads.ts'

// Registered first, to run first: the database goes when nobody uses it any more.
afterAll(async () => {
  await api.destroy()
  await worker.destroy()
  for (const { name } of rolesOf(urls)) {
    await sql`drop owned by ${sql.id(name)}`.execute(owner)
    await sql`drop role ${sql.id(name)}`.execute(owner)
  }
})

const { db: owner, url } = await freshDatabase()
const unique = crypto.randomUUID().slice(0, 8)

function addressAs(user: string, password: string): string {
  const address = new URL(url)
  address.username = encodeURIComponent(`${user} ${unique}`)
  address.password = encodeURIComponent(password)
  return address.href
}

const urls = {
  databaseUrl: addressAs('api', "p'1 %@/:"),
  workerDatabaseUrl: addressAs('worker', 'p2'),
  migrateDatabaseUrl: url,
}
const connectTo = (address: string): Db =>
  connectPostgres({ url: address, poolMax: 2, applicationName: 'roles', log: quietLog })
await ensureRoles(owner, rolesOf(urls))
await ensureRoles(owner, rolesOf(urls))
const api = connectTo(urls.databaseUrl)
const worker = connectTo(urls.workerDatabaseUrl)

test.each([['the API', () => api] as const, ['the worker', () => worker] as const])(
  '%s is no superuser, owns nothing and makes no table',
  async (_, role) => {
    const { rows } = await sql<{ usesuper: boolean; owned: number }>`
      select usesuper, (select count(*)::int from pg_class where relowner = usesysid) as owned
      from pg_user where usename = current_user`.execute(role())
    expect(rows[0]).toEqual({ usesuper: false, owned: 0 })
    for (const forbidden of [
      'create table mine (x int)',
      'drop table leads',
      'truncate leads',
      'alter table leads add x int',
      'copy leads to program $$true$$',
    ])
      await expect(sql.raw(forbidden).execute(role())).rejects.toThrow(/permission|owner|must/)
  },
)

test('the API takes leads, gives claims up and changes flags, and deletes no lead', async () => {
  const [lead] = makeLeads(1)
  await createLeadTable(api, { dedupWindowMs: 1_000, news: createMemoryNews() }).store([lead!])
  const store = createLiveStore(api)
  await store.setFlag('film', theSystem, () => ({ value: false, rolloutPercent: 100, killed: false }))
  await store.resetFlag('film', theSystem)
  for (const table of ['lead_claims', 'lead_corrections'])
    await sql`delete from ${sql.table(table)}`.execute(api)
  for (const table of ['leads', 'lead_quarantine', 'events', 'operator_keys'])
    await expect(sql`delete from ${sql.table(table)}`.execute(api)).rejects.toThrow('permission denied')
  await expect(sql`select make_month('leads', '2031-01-01')`.execute(api)).rejects.toThrow(
    'permission denied',
  )
})

test.each([['the API', () => api] as const, ['the worker', () => worker] as const])(
  '%s stores leads that somebody is to be told of, and the worker tells of them',
  async (_, role) => {
    const endpoint = await addReceiver(worker, 'k'.repeat(40), { url: 'https://example.com/', trust() {} })
    const leads = makeLeads(2)
    await createLeadTable(role(), { dedupWindowMs: 1_000, news: createMemoryNews() }).store(leads)
    const store = createDeliveryStore(worker)
    expect(await store.distribute()).toBe(false)
    const taken = await store.take(new Map([[endpoint, { most: 10, pauseMs: 1_000 }]]))
    expect(taken.map(({ leadId }) => leadId).toSorted()).toEqual(leads.map(({ id }) => id).toSorted())
    const next = { state: 'delivered' } as const
    await store.settle(taken.map((delivery) => ({ delivery, next })))
    await removeEndpoint(worker, endpoint)
  },
)

test('the worker makes and drops months, and no other table', async () => {
  const made = await ensurePartitions(worker, { now: new Date('2031-01-15'), monthsAhead: 0 })
  expect(made).toEqual(['leads_2031_01', 'events_2031_01'])
  expect(await ensurePartitions(worker, { now: new Date('2031-01-15'), monthsAhead: 0 })).toEqual([])
  expect(await dropPartitionsBefore(worker, 'events', new Date('2031-03-01'))).toContain('events_2031_01')
  for (const forbidden of [
    'leads',
    'leads_2031_01',
    'events',
    'events_default',
    'events_2031_01; drop table leads',
  ])
    await expect(sql`select drop_month(${forbidden})`.execute(worker)).rejects.toThrow(
      'is no month of events',
    )
  await expect(sql`select make_month('operator_keys', '2031-01-01')`.execute(worker)).rejects.toThrow(
    'has no month',
  )
  await expect(sql`select make_month('leads', '2031-01-02')`.execute(worker)).rejects.toThrow('has no month')
})

test('a new password in the address holds from the next migration on', async () => {
  const changed = { ...urls, databaseUrl: addressAs('api', 'another') }
  await ensureRoles(owner, rolesOf(changed))
  const again = connectTo(changed.databaseUrl)
  await sql`select 1`.execute(again)
  await again.destroy()
})

test('who comes as the owner needs no role, and one user for both gets what the worker needs', () => {
  expect(rolesOf({ databaseUrl: url, workerDatabaseUrl: url, migrateDatabaseUrl: url })).toEqual([])
  const both = { ...urls, workerDatabaseUrl: urls.databaseUrl }
  expect(rolesOf(both).map(({ kind }) => kind)).toEqual(['worker'])
})
