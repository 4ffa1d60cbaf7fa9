import { describe, expect, test } from 'bun:test'
import { Redis } from 'ioredis'
import { type Kysely, sql } from 'kysely'
import type { Lead } from '../../leads/lead.ts'
import { claimsSince } from '../../postgres/claims.ts'
import type { Database } from '../../postgres/connection.ts'
import { readInstallation } from '../../postgres/installation.ts'
import { redisForCommands } from '../../redis/connection.ts'
import { createRedisIntake } from '../../redis/intake.ts'
import { plainKeys } from '../../redis/keys.ts'
import { quietLog } from '../stage/engines.ts'
import { keptOnce, rowsOf, submitTo, until } from '../stage/faults.ts'
import { makeBatch, makeLeads, newPhone } from '../stage/leads.ts'
import { sendVisitors } from '../stage/ledger.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { gateTo } from '../stage/tcp-gate.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const gate = await gateTo(services.env.WORKER_DATABASE_URL!)
const line = await startLine({
  env: services.env,
  workerEnv: { WORKER_DATABASE_URL: gate.url },
})
const redis = new Redis(services.env.REDIS_URL!)
redis.on('error', () => {})
// The API's own way into the queue, so that a batch holds exactly the leads a test wants.
const intake = createRedisIntake({
  redis: redisForCommands({ url: services.env.REDIS_URL!, name: 'faults', log: quietLog }),
  dedupWindowMs: 86_400_000,
  claimsSince: (since, directOnly) => claimsSince(db, since, directOnly),
  installation: () => readInstallation(db),
  refuseUnsafe: true,
  log: quietLog,
})
intake.start()
await intake.settled(30_000)
atEnd(async () => {
  await line.stop()
  await intake.stop()
  redis.disconnect()
  gate.close()
})

const idsOf = (leads: readonly Lead[]) => leads.map((lead) => lead.id)
const untilKept = (ids: readonly string[]) =>
  until('every lead is kept once', async () => (await keptOnce(db, ids)) === ids.length)

/** Lets every worker stand in the middle of its transaction until `work` is done. */
async function whileStoringHangs(work: () => Promise<void>): Promise<void> {
  await db.transaction().execute(async (tx: Kysely<Database>) => {
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx)
    await sql`lock table leads in share mode`.execute(tx)
    await work()
  })
}

/** Waits until a worker is in the middle of storing, its transaction open. */
const untilStoring = () =>
  until('a worker waits for the table', async () => {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from pg_stat_activity
      where application_name = 'landfast-worker' and wait_event_type = 'Lock'`.execute(db)
    return rows[0]!.count > 0
  })

describe('leads that no row can hold', () => {
  test('one among 200 goes to quarantine, its phone is free again, and the 199 beside it are stored', async () => {
    const leads = makeLeads(200).map((lead, index) => (index === 77 ? { ...lead, phone: 'no phone' } : lead))
    const poison = leads[77]!
    await intake.commit(makeBatch(leads))
    await untilKept(idsOf(leads))
    const quarantined = await db
      .selectFrom('lead_quarantine')
      .select('id')
      .where('id', 'in', idsOf(leads))
      .execute()
    expect(quarantined).toEqual([{ id: poison.id }])
    await until('its claim is given back', async () => !(await redis.exists(`claim:${poison.phoneKey}`)))
    const [retry] = makeLeads(1, { phoneKey: poison.phoneKey })
    expect(await intake.commit(makeBatch([retry!]))).toEqual([{ kind: 'new', id: retry!.id }])
    await untilKept([retry!.id])
  })

  test('200 of 200 all go to quarantine, and the queue is empty', async () => {
    const leads = makeLeads(200, { phone: 'no phone' })
    await intake.commit(makeBatch(leads))
    await untilKept(idsOf(leads))
    await until('the queue is empty', async () => {
      const waiting = await redis.llen(plainKeys.queue('wait'))
      return waiting + (await redis.llen(plainKeys.queue('active'))) === 0
    })
  })
})

test.each([
  ['before Postgres hears of', 'asked'],
  ['after', 'answered'],
] as const)(
  'a connection to Postgres that breaks %s its transaction leaves every lead with one row',
  async (_when, cutWhen) => {
    let cuts = 0
    const storing = new WeakSet<object>()
    gate.watch((direction, bytes, connection) => {
      if (direction === 'asked' && bytes.includes('store_leads')) storing.add(connection)
      else if (direction === 'asked') storing.delete(connection)
      if (!storing.has(connection) || direction !== cutWhen || cuts === 3) return 'pass'
      cuts++
      return 'cut'
    })
    const leads = makeLeads(50)
    await intake.commit(makeBatch(leads))
    await until('three of them broke', () => cuts === 3)
    await untilKept(idsOf(leads))
    gate.watch(undefined)
    const rows = await rowsOf(
      db,
      leads.map((lead) => lead.phone),
    )
    expect(rows).toHaveLength(50)
  },
)

test('transactions that Postgres refuses for now, as deadlocks and serialization failures, are tried again', async () => {
  await sql`create sequence refusals`.execute(db)
  await sql`
    create function refuse_for_now() returns trigger language plpgsql security definer as $$
    declare n bigint := nextval('refusals');
    begin
      if n <= 6 then raise exception 'not now' using errcode = (array['40001', '40P01', '57014'])[n % 3 + 1]; end if;
      return null;
    end $$`.execute(db)
  await sql`
    create trigger refuse_for_now before insert on leads for each statement execute function refuse_for_now()`.execute(
    db,
  )
  const leads = makeLeads(20)
  try {
    await intake.commit(makeBatch(leads))
    await untilKept(idsOf(leads))
  } finally {
    await sql`drop trigger refuse_for_now on leads`.execute(db)
  }
  const { rows } = await sql<{ tries: number }>`select last_value::int as tries from refusals`.execute(db)
  expect(rows[0]!.tries).toBe(7)
  expect(
    await db.selectFrom('lead_quarantine').where('id', 'in', idsOf(leads)).select('id').execute(),
  ).toEqual([])
})

test('connections that Postgres ends again and again lose nobody', async () => {
  const visitors = sendVisitors({ origin: line.origin, perSecond: 200, together: 20 })
  for (let time = 0; time < 30; time++) {
    await sql`
      select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'landfast-%'`.execute(
      db,
    )
    await Bun.sleep(50)
  }
  const { accepted } = await visitors.leave()
  expect(accepted.length).toBeGreaterThan(50)
  await untilKept(accepted.map(({ id }) => id))
})

test('a batch whose worker is killed five times in the middle of storing it is stored once', async () => {
  const leads = makeLeads(20)
  await whileStoringHangs(async () => {
    await intake.commit(makeBatch(leads))
    for (let time = 0; time < 5; time++) {
      await untilStoring()
      await line.worker.kill()
      await until('its connection is gone', () => endWorkerConnections())
      await letLockPass(leads[0]!.id)
      await line.worker.start()
    }
    await untilStoring()
  })
  await untilKept(idsOf(leads))
  expect(await redis.zcard(plainKeys.queue('failed'))).toBe(0)
})

/** What the lock's ten seconds and two stalled checks would do: the batch counts as left behind. */
async function letLockPass(batchId: string): Promise<void> {
  await redis.del(`${plainKeys.queue(batchId)}:lock`, plainKeys.queue('stalled-check'))
  await redis.sadd(plainKeys.queue('stalled'), batchId)
}

async function endWorkerConnections(): Promise<boolean> {
  const { rows } = await sql`
    select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'landfast-worker'`.execute(
    db,
  )
  return rows.length === 0
}

test('a worker that stands still for longer than its lock, and another that takes its batch, make no second row', async () => {
  const other = await startLine({ env: services.env })
  try {
    await other.worker.kill()
    const leads = makeLeads(20)
    await whileStoringHangs(async () => {
      await intake.commit(makeBatch(leads))
      await untilStoring()
      await line.worker.kill('SIGSTOP')
      await other.worker.start()
      await until(
        'the lock has passed',
        async () => !(await redis.exists(`${plainKeys.queue(leads[0]!.id)}:lock`)),
      )
    })
    await untilKept(idsOf(leads))
    await line.worker.kill('SIGCONT')
    const last = await submitTo(line.origin, newPhone())
    await untilKept([...idsOf(leads), last.id!])
  } finally {
    await line.worker.kill('SIGCONT')
    await other.stop()
  }
}, 60_000)

test('while Postgres is away leads are accepted, no batch is used up, and all are stored when it is back', async () => {
  await services.postgres.kill()
  const visitors = sendVisitors({ origin: line.origin, perSecond: 200, together: 20 })
  await until('a lot is accepted', () => visitors.ledger.accepted.length > 1_000)
  const { accepted } = await visitors.leave()
  expect(await redis.zcard(plainKeys.queue('failed'))).toBe(0)
  await services.postgres.restart()
  await untilKept(accepted.map(({ id }) => id))
  expect(await redis.zcard(plainKeys.queue('failed'))).toBe(0)
}, 90_000)
