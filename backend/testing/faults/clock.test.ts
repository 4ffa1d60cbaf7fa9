import { describe, expect, test } from 'bun:test'
import { sql } from 'kysely'
import { newVisitor } from '../stage/events.ts'
import { clockAhead } from '../stage/faked-clock.ts'
import { keptOnce, metricAt, submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { type Line, type LineOptions, startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, db } = await ownServices(['postgres', 'redis'])
const pruning = ['claims.prune', 'events.prune', 'assignments.prune']

async function onLine(options: Partial<LineOptions>, work: (line: Line) => Promise<void>): Promise<void> {
  const line = await startLine({ env: services.env, ...options })
  try {
    await work(line)
  } finally {
    await line.stop()
  }
}

const allStored = (ids: readonly string[]) =>
  until('every lead is a row', async () => (await keptOnce(db, ids)) === ids.length)

async function sendEvents(origin: string): Promise<void> {
  const visitor = newVisitor()
  const events = ['page_view', 'form_submit'].map((event_type) => ({
    event_type,
    visitor_id: visitor,
    variant: 'hero.b',
  }))
  const { status } = await fetch(`${origin}/api/events`, {
    method: 'POST',
    // One of a robot is in no cohort.
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Mozilla/5.0 (X11) Gecko/20100101 Firefox/130.0',
    },
    body: JSON.stringify({ events }),
  })
  expect(status).toBe(202)
  await until('its events are rows', async () => {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from events where visitor_id = ${visitor}`.execute(db)
    return rows[0]!.count === events.length
  })
}

/** How many rows each table has that anything is ever deleted from, and which months there are. */
async function kept(): Promise<Record<string, unknown>> {
  const { rows } = await sql<Record<string, unknown>>`
    select (select count(*)::int from leads) as leads,
           (select count(*)::int from leads_default) as leads_without_month,
           (select count(*)::int from lead_claims) as claims,
           (select count(*)::int from events) as events,
           (select count(*)::int from event_firsts) as firsts,
           (select count(*)::int from event_cohorts) as cohorts,
           (select count(*)::int from assignments) as assignments,
           (select array_agg(inhrelid::regclass::text order by 1) from pg_inherits
            where inhparent in ('leads'::regclass, 'events'::regclass)) as months`.execute(db)
  return rows[0]!
}

const forgetTurns = () => sql`delete from chore_turns`.execute(db)
const turnsTaken = async () => {
  const { rows } = await sql<{ name: string }>`select name from chore_turns`.execute(db)
  return rows.map(({ name }) => name)
}
async function choreFailures(line: Line): Promise<Record<string, number>> {
  const text = await (await fetch(`${line.workerOrigin}/metrics`)).text()
  const found = text.matchAll(/^chore_failures_total\{chore="([^"]+)"[^}]*\} (\d+)$/gm)
  return Object.fromEntries([...found].map(([, chore, count]) => [chore, Number(count)]))
}

describe.each([
  [1_100, 'redis'],
  [-1_100, 'pg'],
])('with a clock that is %d days ahead', (days, mode) => {
  test('a worker stores leads, deletes nothing, makes the months of Postgres, and says why', async () => {
    await onLine({}, async (line) => {
      await sendEvents(line.origin)
      await allStored([(await submitTo(line.origin, newPhone())).id!])
      await until('the first worker has kept house', async () => (await turnsTaken()).length >= 6)
    })
    await sql`insert into assignments (visitor_id, experiment, variant) values (${newVisitor()}, 'clock', 'a')`.execute(
      db,
    )
    const before = await kept()
    for (const table of ['leads', 'claims', 'events', 'firsts', 'cohorts', 'assignments'])
      expect([table, before[table]]).not.toEqual([table, 0])
    await forgetTurns()
    await onLine({ workerEnv: clockAhead(days) }, async (line) => {
      await until('each chore that deletes was refused', async () => {
        const failures = await choreFailures(line)
        return pruning.every((name) => failures[name]! > 0)
      })
      await until('and the others were done', async () => (await turnsTaken()).includes('partitions.ensure'))
      expect(await kept()).toEqual(before)
      expect(line.worker.output()).toContain(
        `95040000 s ${days > 0 ? 'ahead of' : 'behind'} that of Postgres`,
      )
      expect(await metricAt(line.workerOrigin, 'clock_ahead_of_postgres_seconds')).toBeCloseTo(
        days * 86_400,
        -2,
      )
      await allStored([(await submitTo(line.origin, newPhone())).id!])
    })
  })

  test(`an API that acknowledges through ${mode} dates leads and events as Postgres does`, async () => {
    const env = { ...services.env, ACK_MODE: mode }
    const phone = newPhone()
    await onLine({ env, apiEnv: clockAhead(days) }, async (line) => {
      const first = await submitTo(line.origin, phone)
      expect(first.status).toBe(202)
      await sendEvents(line.origin)
      await allStored([first.id!])
      expect((await fetch(`${line.origin}/api/leads/${first.id}/status`)).status).toBe(200)
    })
    await forgetTurns()
    const before = await kept()
    expect(before.leads_without_month).toBe(0)
    await onLine({ env }, async (line) => {
      expect(await submitTo(line.origin, phone)).toMatchObject({ duplicate: true })
      await until('house was kept', async () => {
        const turns = await turnsTaken()
        return pruning.every((name) => turns.includes(name))
      })
      expect(Object.values(await choreFailures(line)).some((count) => count > 0)).toBe(false)
    })
    expect(await kept()).toEqual(before)
  })
})

test('a batch that a worker with a clock ahead gives up is taken by the next at once', async () => {
  const id = await onLineGivingUp()
  await onLine({}, () => allStored([id]))
})

/** A lead whose batch is given up by a worker that stops while it waits for the table. Resolves with the lead's id. */
async function onLineGivingUp(): Promise<string> {
  let id = ''
  await db.transaction().execute(async (tx) => {
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx)
    await sql`set local statement_timeout = 0`.execute(tx)
    await onLine({ workerEnv: clockAhead(1_100) }, async (line) => {
      await sql`lock table leads in share mode`.execute(tx)
      id = (await submitTo(line.origin, newPhone())).id!
      await until('the worker waits for the table', async () => {
        const { rows } = await sql<{ count: number }>`
          select count(*)::int as count from pg_stat_activity
          where application_name = 'landfast-worker' and wait_event_type = 'Lock'`.execute(db)
        return rows[0]!.count > 0
      })
    })
  })
  return id
}
