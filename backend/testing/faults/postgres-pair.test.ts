import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { sql } from 'kysely'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { connectPostgres } from '../../postgres/connection.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { quietLog } from '../stage/engines.ts'
import { keptOnce, submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { makeLeads, newPhone } from '../stage/leads.ts'
import { findBroken, nothingBroken, sendVisitors } from '../stage/ledger.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { startPooler } from '../stage/pooler.ts'
import { startReplica } from '../stage/replica.ts'
import { gateTo } from '../stage/tcp-gate.ts'

const { services, folder, db, atEnd } = await ownServices(['postgres', 'redis'])
const owner = services.env.MIGRATE_DATABASE_URL!
const standby = await startReplica(owner, join(folder, 'postgres'))
const names = ['DATABASE_URL', 'WORKER_DATABASE_URL', 'MIGRATE_DATABASE_URL'] as const
const address = await gateTo(owner)
const behindGate = names.map((name) => {
  const url = new URL(services.env[name]!)
  url.port = new URL(address.url).port
  return url.href
})
const pooler = await startPooler(behindGate)
const env = {
  ...services.env,
  ...Object.fromEntries(names.map((name, at) => [name, pooler.through(behindGate[at]!)])),
}
const queued = await startLine({ env: { ...env, ACK_MODE: 'redis' } })
const direct = await startLine({ env: { ...env, ACK_MODE: 'pg' } })
atEnd(async () => {
  await Promise.all([queued.stop(), direct.stop()])
  await pooler.stop()
  address.close()
  await standby.stop()
})

const dayMs = 86_400_000
for (const statement of [`alter system set synchronous_standby_names = '*'`, 'select pg_reload_conf()'])
  await sql.raw(statement).execute(db)
const untilSynchronous = () =>
  until('the standby has to confirm', async () => {
    const { rows } = await sql`select from pg_stat_replication where sync_state = 'sync'`.execute(db)
    return rows.length === 1
  })

/** Cancels what waits for the standby, as somebody does who finds it hanging, until `isOver`. */
async function cancelWaitsUntil(what: string, isOver: () => unknown): Promise<void> {
  await until(what, async () => {
    await sql`select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'`.execute(db)
    return isOver()
  })
}

test('without its standby nothing is acknowledged that one Postgres alone has, also where the wait is cancelled; with it again all is', async () => {
  await untilSynchronous()
  await standby.kill('SIGQUIT')
  const phone = newPhone()
  let answer: { status: number } | undefined
  const submit = async (key: string) => {
    answer = undefined
    answer = await submitTo(direct.origin, phone, { key })
  }
  const key = crypto.randomUUID()
  void submit(key)
  await cancelWaitsUntil('it is answered', () => answer)
  expect(answer).toMatchObject({ status: 503 })
  // The row is there by now, and another visitor with the same phone is no duplicate of a lead that may vanish.
  const { rows } = await sql`select from leads where phone = ${phone}`.execute(db)
  expect(rows).toHaveLength(1)
  void submit(crypto.randomUUID())
  await cancelWaitsUntil('it is answered', () => answer)
  expect(answer).toMatchObject({ status: 503 })
  await until('health says why', async () =>
    (await (await fetch(`${direct.origin}/api/health`)).text()).includes('no standby of Postgres'),
  )

  // Redis has it, and goes on having it until both have.
  await untilRedisPath(queued.origin, 'open')
  const waiting = await submitTo(queued.origin, newPhone())
  expect(waiting.status).toBe(202)
  // Either takes it.
  await cancelWaitsUntil('a worker was refused', () =>
    [queued, direct].some(({ worker }) => worker.output().includes('its wait for a standby was cancelled')),
  )

  await standby.restart()
  await untilSynchronous()
  const again = await submitTo(direct.origin, phone, { key })
  expect([again.status, again.replayed]).toEqual([202, true])
  await until('the standby has both', async () => {
    const kept = await standby.ask(`select from leads where id in ('${again.id}', '${waiting.id}')`)
    return kept.length === 2
  })
}, 60_000)

test('what cannot be a row is in quarantine on both before it counts as kept, also where it is there already', async () => {
  await standby.kill('SIGQUIT')
  const table = createLeadTable(db, { dedupWindowMs: dayMs, news: createMemoryNews() })
  const [lead] = makeLeads(1)
  for (const turn of ['first', 'again']) {
    let outcome: string | undefined
    void table.quarantine(lead!, turn).then(
      () => {
        outcome = 'kept'
      },
      (error: { code: string }) => {
        outcome = error.code
      },
    )
    await cancelWaitsUntil('it is told', () => outcome)
    expect([turn, outcome]).toEqual([turn, 'LF002'])
  }
  await standby.restart()
  await untilSynchronous()
  await table.quarantine(lead!, 'with both')
}, 60_000)

test('the primary is lost and its standby promoted under load, behind a pooler: every lead that was acknowledged is there, in both modes', async () => {
  await untilSynchronous()
  await untilRedisPath(queued.origin, 'open')
  const lines = [queued, direct]
  const visitors = lines.map(({ origin }) => sendVisitors({ origin, perSecond: 60, together: 1 }))
  const untilMore = (count: number) => {
    const before = visitors.map(({ ledger }) => ledger.accepted.length)
    return until('more are answered in both modes', () =>
      visitors.every(({ ledger }, at) => ledger.accepted.length >= before[at]! + count),
    )
  }
  await untilMore(40)
  await services.postgres.kill()
  await standby.ask(`select pg_promote()`)
  // It has no standby of its own yet.
  await standby.ask(`alter system reset synchronous_standby_names`)
  await standby.ask(`select pg_reload_conf()`)
  address.leadTo({ host: '127.0.0.1', port: standby.port })
  await untilMore(40)
  const ledgers = await Promise.all(visitors.map((each) => each.leave()))
  const promoted = connectPostgres({
    ...{ url: standby.address(owner), poolMax: 2, applicationName: 'pair-test', log: quietLog },
  })
  try {
    for (const ledger of ledgers) {
      const ids = ledger.accepted.map(({ id }) => id)
      await until('every lead has one row', async () => (await keptOnce(promoted, ids)) === ids.length)
      expect(await findBroken(promoted, ledger, dayMs)).toEqual(nothingBroken)
    }
  } finally {
    await promoted.destroy()
  }
}, 60_000)
