import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { sql } from 'kysely'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { connectPostgres, type Db } from '../../postgres/connection.ts'
import { lostInPowerCut } from '../../postgres/durability.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { connectReplica } from '../../postgres/replica.ts'
import { quietLog } from '../stage/engines.ts'
import { rowsOf, until, untilRedisPath } from '../stage/faults.ts'
import { makeLeads } from '../stage/leads.ts'
import { sendVisitors } from '../stage/ledger.ts'
import { lineSecret, startLine } from '../stage/line.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { ownServices } from '../stage/own-services.ts'
import { startReplica } from '../stage/replica.ts'
import { gateTo } from '../stage/tcp-gate.ts'

const { services, folder, db, atEnd } = await ownServices(['postgres', 'redis'])
const owner = services.env.MIGRATE_DATABASE_URL!
const replica = await startReplica(owner, join(folder, 'postgres'))
atEnd(replica.stop)
const settings = { ...services.env, SECRET_KEY: lineSecret }

const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
const countIn = async (from: Db) =>
  Number((await sql<{ n: string }>`select count(*) as n from leads`.execute(from)).rows[0]!.n)

/** A reader as the desk has them, and who answered it. */
function readerAt(url: string) {
  const answered: string[] = []
  const connected = connectReplica({
    ...{ url, primary: db, poolMax: 2, applicationName: 'replica-test', log: quietLog },
    onRead: (from) => void answered.push(from),
  })
  atEnd(connected.stop)
  const { count } = connected.reader((from) => ({ count: () => countIn(from) }), 'count')
  return {
    count,
    lastFrom: () => answered.at(-1),
    untilFrom: (who: string) =>
      until(`${who} answers`, async () => {
        await count()
        return answered.at(-1) === who
      }),
  }
}

test('whoever reads of the replica sees what was written before, and of the primary where the replica is behind, frozen or gone', async () => {
  const gate = await gateTo(replica.address(services.env.DATABASE_URL!))
  atEnd(() => gate.close())
  const reader = readerAt(gate.url)
  await reader.untilFrom('replica')
  let leads = await countIn(db)
  const written = async () => {
    await table.store(makeLeads(3))
    leads += 3
  }
  for (let turn = 0; turn < 30; turn++) {
    await written()
    expect(await reader.count()).toBe(leads)
  }
  await reader.untilFrom('replica')

  await replica.ask('select pg_wal_replay_pause()')
  await written()
  expect([await reader.count(), reader.lastFrom()]).toEqual([leads, 'primary'])
  await replica.ask('select pg_wal_replay_resume()')
  await reader.untilFrom('replica')

  const ways: [gone: () => unknown, back: () => unknown][] = [
    [() => gate.set('held'), () => gate.set('open')],
    [() => replica.kill('SIGQUIT'), () => replica.restart()],
  ]
  for (const [gone, back] of ways) {
    await gone()
    await written()
    expect([await reader.count(), reader.lastFrom()]).toEqual([leads, 'primary'])
    await back()
    await reader.untilFrom('replica')
    expect(await reader.count()).toBe(leads)
  }
}, 60_000)

test('a server that follows no other, and one of another installation, are not read', async () => {
  const own = readerAt(services.env.DATABASE_URL!)
  expect([await own.count(), own.lastFrom()]).toEqual([await countIn(db), 'primary'])
})

test('the desk reads lists, files and figures of the replica, and sees each change at once', async () => {
  const env = {
    ...services.env,
    DATABASE_REPLICA_URL: replica.address(services.env.DATABASE_URL!),
  }
  const line = await startLine({ env })
  try {
    const rights = 'leads.read,leads.export,results.read'
    const key = (await operatorCommand(['admin.ts', 'key', '--rights', rights], settings)).out.trim()
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const ask = async (path: string, method = 'GET', body?: object) => {
      const answer = await fetch(`${line.origin}/api/${path}`, {
        ...{ method, headers },
        ...(body && { body: JSON.stringify(body) }),
      })
      expect([path, answer.status]).toEqual([path, 200])
      return answer
    }
    const read = async (from: string) =>
      Number(
        new RegExp(`^database_replica_reads_total{from="${from}"[^}]*} (\\d+)`, 'm').exec(
          await (await fetch(`${line.origin}/metrics`)).text(),
        )?.[1],
      )
    const states = async () =>
      ((await (await ask('admin/leads')).json()) as { data: { id: string; state: string }[] }).data
    for (const { id } of (await states()).slice(0, 5)) {
      await sql`update leads set state = 'called' where id = ${id}`.execute(db)
      expect((await states()).find((lead) => lead.id === id)?.state).toBe('called')
    }
    const begun = await ask('admin/exports', 'POST', { format: 'csv' })
    const { file } = (await begun.json()) as { file: string }
    const lines = (await (await ask(file.slice('/api/'.length))).text()).trim().split('\n')
    expect(lines).toHaveLength((await countIn(db)) + 1)
    await ask('stats')
    await ask('admin/today')
    expect(await read('replica')).toBeGreaterThanOrEqual(15)
  } finally {
    await line.stop()
  }
}, 60_000)

test('a Postgres that may lose in a power cut what it has committed is told by what it has switched off', async () => {
  expect(await lostInPowerCut(db)).toBeUndefined()
  const there = connectPostgres({
    ...{ url: replica.address(owner), poolMax: 1, applicationName: 'replica-test', log: quietLog },
  })
  atEnd(() => there.destroy())
  for (const [change, told] of [
    ['set fsync = off', 'fsync must be on'],
    ['set full_page_writes = off', 'fsync and full_page_writes must be on'],
    ['reset fsync', 'full_page_writes must be on'],
  ]) {
    await replica.ask(`alter system ${change}`)
    await replica.ask('select pg_reload_conf()')
    await until(`it says that ${told}`, async () => (await lostInPowerCut(there))?.endsWith(`: ${told}`))
  }
  await replica.ask('alter system reset full_page_writes')
  await replica.ask('select pg_reload_conf()')
})

test('when the replica is promoted under load, every lead that was acknowledged is there, or is told one by one', async () => {
  const address = await gateTo(owner)
  atEnd(() => address.close())
  const names = ['DATABASE_URL', 'WORKER_DATABASE_URL', 'MIGRATE_DATABASE_URL'] as const
  const through = names.map((name) => {
    const url = new URL(services.env[name]!)
    url.port = new URL(address.url).port
    return [name, url.href]
  })
  const env = { ...services.env, ...Object.fromEntries(through) }
  const line = await startLine({ env })
  try {
    await untilRedisPath(line.origin, 'open')
    const visitors = sendVisitors({ origin: line.origin, perSecond: 100, together: 5 })
    await until('some are stored', async () => (await countIn(db)) > 300)
    // From now on the primary knows more than the replica.
    await replica.ask(`alter system set primary_conninfo = ''`)
    await replica.ask('select pg_reload_conf()')
    await until(
      'it hears no more',
      async () => (await replica.ask('select from pg_stat_wal_receiver')).length === 0,
    )
    const acknowledged = visitors.ledger.accepted.length
    await until('more were acknowledged', () => visitors.ledger.accepted.length > acknowledged + 150)
    await until('they are stored where they will be lost', async () => {
      const phones = visitors.ledger.accepted.slice(acknowledged, acknowledged + 50).map(({ phone }) => phone)
      return (await rowsOf(db, phones)).length === 50
    })
    await services.postgres.kill('SIGQUIT')
    await replica.ask('select pg_promote()')
    address.leadTo({ host: '127.0.0.1', port: replica.port })
    await until('leads are stored there', async () => {
      const [row] = await replica.ask<{ n: number }>(
        `select count(*)::int as n from leads where accepted_at > now() - interval '1 second'`,
      )
      return row!.n > 0
    })
    const { accepted, unanswered } = await visitors.leave()
    expect(unanswered).toBe(0)
    const compared = await operatorCommand(['leads.ts', 'reconcile'], { ...settings, ...env })
    expect(compared).toMatchObject({ code: 0, err: '' })
    const told = new Set([...compared.out.matchAll(/^Gone: ([0-9a-f-]{36}),/gm)].map(([, id]) => id!))
    const rows = await replica.ask<{ id: string }>('select id from leads')
    const kept = new Set(rows.map(({ id }) => id))
    expect(accepted.filter(({ id }) => kept.has(id) === told.has(id))).toEqual([])
    expect(told.size).toBeGreaterThan(0)
  } finally {
    await line.stop()
  }
}, 90_000)
