import { expect, test } from 'bun:test'
import { type Kysely, sql } from 'kysely'
import { migrate, migrations } from '../../postgres/migrate.ts'
import { keptOnce, type Said, submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const settings = { ...services.env, SECRET_KEY: 'k'.repeat(40) }
const lines = await Promise.all([
  startLine({ env: services.env }),
  startLine({ env: { ...services.env, ACK_MODE: 'pg', REDIS_URL: '' } }),
])
for (const line of lines) atEnd(() => line.stop())

const backupMs = 12_000
// Who waits with a backup waits for seconds.
const quickMs = 2_500

type Timed = Said & Readonly<{ tookMs: number }>

/** A lead each 200 ms through each line until told to stop; resolves with what was answered, and when. */
function keepSubmitting(): () => Promise<Timed[]> {
  const answers: Promise<Timed>[] = []
  const submit = async (origin: string) => {
    const startedMs = performance.now()
    const said = await submitTo(origin, newPhone())
    return { ...said, tookMs: performance.now() - startedMs }
  }
  const timer = setInterval(() => answers.push(...lines.map(({ origin }) => submit(origin))), 200)
  return () => {
    clearInterval(timer)
    return Promise.all(answers)
  }
}

/** Holds every table as pg_dump does, from its first look to its last row. */
function whileBackedUp<T>(work: () => Promise<T>): Promise<T> {
  return db.transaction().execute(async (tx) => {
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx)
    const { rows } = await sql<{ name: string }>`
      select oid::regclass::text as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`.execute(tx)
    await sql`lock table ${sql.raw(rows.map(({ name }) => name).join(', '))} in access share mode`.execute(tx)
    return work()
  })
}

/** What a later version might want of the table that every lead goes into. */
const later = {
  async up(db: Kysely<unknown>) {
    await sql`alter table leads add column later text`.execute(db)
  },
}

async function dropNewestMonth(): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select max(inhrelid::regclass::text) as name from pg_inherits
    where inhparent = 'leads'::regclass and inhrelid <> 'leads_default'::regclass`.execute(db)
  await sql`drop table ${sql.table(rows[0]!.name)}`.execute(db)
}

test('an update and a new month wait for a backup, and no visitor waits with them', async () => {
  await dropNewestMonth()
  const stop = keepSubmitting()
  const ended: string[] = []
  const [command, update] = await whileBackedUp(async () => {
    const both = [
      operatorCommand(['db.ts', 'migrate'], settings).finally(() => ended.push('the command')),
      migrate(db, { ...migrations, '9999-later': later }).finally(() => ended.push('the update')),
    ] as const
    await Bun.sleep(backupMs)
    expect(ended).toEqual([])
    return both
  })
  const { code, out, err } = await command
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain('Made partitions leads_')
  expect(out.split('Leads go first')).toHaveLength(2)
  expect(await update).toEqual(['9999-later'])
  const answers = await stop()
  expect(answers.length).toBeGreaterThan(100)
  expect(answers.filter(({ status, tookMs }) => status !== 202 || tookMs > quickMs)).toEqual([])
  const ids = answers.map(({ id }) => id!)
  await until('every lead is a row', async () => (await keptOnce(db, ids)) === ids.length)
}, 60_000)

test('a month that the worker has to make waits for a backup, and no visitor waits with it', async () => {
  await dropNewestMonth()
  const stop = keepSubmitting()
  await whileBackedUp(async () => {
    await sql`delete from chore_turns`.execute(db)
    await until('the worker has tried', async () => {
      const { rows } = await sql<{ count: number }>`
        select count(*)::int as count from pg_stat_activity
        where application_name = 'landfast-worker' and query like '%make_month%' and wait_event_type = 'Lock'`.execute(
        db,
      )
      return rows[0]!.count > 0
    })
    await Bun.sleep(3_000)
  })
  const answers = await stop()
  expect(answers.filter(({ status, tookMs }) => status !== 202 || tookMs > quickMs)).toEqual([])
}, 60_000)
