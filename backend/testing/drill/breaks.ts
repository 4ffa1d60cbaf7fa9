import { join } from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import { clockAhead } from '../stage/faked-clock.ts'
import { submitTo, until } from '../stage/faults.ts'
import type { Line } from '../stage/line.ts'
import { ask, type Break, many, submit } from './broken.ts'
import { deliveryBreaks } from './delivery-breaks.ts'

let faulty: Line

export const breaks: readonly Break[] = [
  {
    alerts: ['BackupOverdue', 'BackupFailed'],
    how: 'backups go to a Postgres that does not answer',
  },
  {
    alerts: ['MongoLeftAlone', 'ObjectStorageLeftAlone'],
    how: 'nobody listens where MongoDB and object storage should be',
    again: (on) => Promise.all([submit(on), ask(on, '/media/a.jpg'), ask(on, '/api/health')]),
  },
  {
    alerts: ['RequestLogNotArchived'],
    how: 'nobody listens where MongoDB should be (5 s for two days)',
  },
  {
    alerts: ['StoresNotCompared'],
    how: 'time passes without a comparison (5 s for 3 h)',
  },
  {
    alerts: ['RequestLogDrops'],
    how: 'MongoDB is away and far more is refused than its log can keep',
    again: (on) =>
      many(500, () =>
        ask(on, '/api/leads', {
          method: 'POST',
          body: '{}',
          headers: { 'content-type': 'application/json' },
        }),
      ),
  },
  {
    alerts: ['SubmissionsOftenRefused'],
    how: 'visitors type what is no number',
    again: (on) =>
      many(20, () =>
        ask(on, '/api/leads', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ phone: 'abc' }),
        }),
      ),
  },
  {
    alerts: ['OperatorKeysRefused'],
    how: 'somebody tries operator keys',
    again: (on) =>
      many(5, () =>
        ask(on, '/api/admin/flags', { headers: { authorization: `Bearer lfk_${crypto.randomUUID()}` } }),
      ),
  },
  {
    alerts: ['SignInsRefused'],
    how: 'somebody tries passwords, from many addresses',
    again: (on) =>
      many(5, () =>
        ask(on, '/api/admin/session', {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'x-forwarded-for': `203.0.113.${1 + Math.floor(Math.random() * 250)}`,
          },
          body: JSON.stringify({ email: `${crypto.randomUUID()}@example.com`, password: 'wrong password 1' }),
        }),
      ),
  },
  ...deliveryBreaks,
  {
    alerts: ['ClocksDiffer'],
    how: 'the clock of an API is a day ahead',
    async once(on) {
      const line = await on.another({ apiEnv: clockAhead(1) })
      await on.watch({ 'landfast-api': line.origin, 'landfast-worker': line.workerOrigin })
    },
  },
  {
    alerts: ['FaultsOfOurs'],
    how: 'an API has a fault in its code',
    async once(on) {
      faulty = await on.another({ apiEntry: join(import.meta.dir, 'faulty-api.ts') })
      await on.watch({ 'landfast-api': faulty.origin, 'landfast-worker': faulty.workerOrigin })
    },
    again: () => submitTo(faulty.origin, '+٩٨٩١٢٣٤٥٦٧٨٩'),
  },
  {
    alerts: ['LandfastGone'],
    how: 'Prometheus knows of no worker',
    once: (on) => on.watch({ 'landfast-api': on.line.origin }),
  },
  {
    alerts: ['StoresDiffered'],
    how: 'Redis holds the claim of a lead that nobody has, and the comparison is due',
    async once({ admin, db }) {
      const id = `01890000-0000-7000-8000-${crypto.randomUUID().slice(24)}`
      await admin.set(`claim:${'0f'.repeat(16)}`, `${id}:`)
      await sql`update chore_turns set taken_at = '2000-01-01' where name = 'leads.reconcile'`.execute(db)
    },
  },
  {
    alerts: ['LeadsInQuarantine'],
    how: 'the table refuses a lead',
    async once(on) {
      await sql`alter table leads add constraint drill check (phone not like '+99%') not valid`.execute(on.db)
      await submitTo(on.line.origin, '+99890123456')
      on.after(() => sql`alter table leads drop constraint drill`.execute(on.db))
    },
  },
  {
    alerts: ['JobsUnreadable'],
    how: 'somebody writes into the queue',
    async once(on) {
      await on.line.worker.kill('SIGSTOP')
      on.after(() => on.line.worker.kill('SIGCONT'))
      await many(5, () => submit(on))
      for (const key of await on.admin.keys('*'))
        if ((await on.admin.type(key)) === 'hash' && (await on.admin.hexists(key, 'data')))
          await on.admin.hset(key, 'data', '"spoilt"')
      await on.line.worker.kill('SIGCONT')
    },
  },
  {
    alerts: ['LeadsWithoutMonth'],
    how: 'the table of this month is taken away',
    async once(on) {
      const now = new Date()
      const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()]
      const [from, to] = [month, month + 1].map((each) => new Date(Date.UTC(year, each, 1)).toISOString())
      const table = sql.table(`leads_${from!.slice(0, 7).replace('-', '_')}`)
      await sql`alter table leads detach partition ${table}`.execute(on.db)
      on.after(async () => {
        await sql`delete from leads_default`.execute(on.db)
        await sql`alter table leads attach partition ${table} for values from (${sql.lit(from)}) to (${sql.lit(to)})`.execute(
          on.db,
        )
      })
    },
    again: submit,
  },
  {
    alerts: ['TransactionOpenForLong'],
    how: 'somebody leaves a transaction open (5 s for an hour)',
    async once(on) {
      const client = new pg.Client({ connectionString: on.services.env.WORKER_DATABASE_URL })
      client.on('error', () => {})
      await client.connect()
      await client.query('set idle_in_transaction_session_timeout = 0')
      await client.query('begin')
      await client.query('select count(*) from leads')
      on.after(() => client.end())
    },
  },
  {
    alerts: ['PostgresConnectionsNearlyUsedUp'],
    how: 'somebody takes 170 of 200 connections',
    async once(on) {
      const clients = Array.from(
        { length: 170 },
        () => new pg.Client({ connectionString: on.services.env.MIGRATE_DATABASE_URL }),
      )
      for (const client of clients) {
        client.on('error', () => {})
        await client.connect()
      }
      on.after(() => Promise.all(clients.map((client) => client.end())))
    },
  },
  {
    alerts: ['PostgresSlow'],
    how: 'somebody holds tables that are asked all the time',
    again: ({ db }) =>
      db.transaction().execute(async (tx) => {
        await sql`lock table live_version, workers in access exclusive mode`.execute(tx)
        await sql`select pg_sleep(2)`.execute(tx)
      }),
  },
  {
    alerts: ['SubmissionsSlow'],
    how: 'Redis answers after two seconds',
    async again(on) {
      await on.admin.call('CLIENT', 'PAUSE', '1700', 'WRITE')
      await many(10, () => submit(on))
    },
  },
  {
    alerts: ['MachineBusy'],
    how: 'programs want more cores than there are',
    once(on) {
      const busy = Array.from({ length: navigator.hardwareConcurrency * 3 }, () =>
        Bun.spawn(['sh', '-c', 'while :; do :; done']),
      )
      on.after(() => {
        for (const each of busy) each.kill()
      })
    },
  },
  {
    alerts: ['RedisMemoryNearlyFull'],
    how: 'Redis has hardly more memory than it uses',
    async once(on) {
      const used = Number(/^used_memory:(\d+)/m.exec(await on.admin.info('memory'))![1])
      await on.admin.config('SET', 'maxmemory', String(Math.round(used * 1.1)))
      on.after(() => on.admin.config('SET', 'maxmemory', '512mb'))
    },
  },
  {
    alerts: ['RedisThrowsOut'],
    how: 'Redis is told to throw out, and has no room',
    async once(on) {
      await on.admin.config('SET', 'maxmemory-policy', 'allkeys-random')
      await on.admin.config('SET', 'maxmemory', '1mb')
      on.after(async () => {
        await on.admin.config('SET', 'maxmemory', '512mb')
        await on.admin.config('SET', 'maxmemory-policy', 'noeviction')
      })
    },
    again: submit,
  },
  {
    alerts: ['RedisCannotWriteItsFile'],
    how: 'for want of memory the kernel kills who writes the file of Redis anew',
    async once({ admin, after }) {
      // So slowly that it is still there when it is killed.
      await admin.config('SET', 'rdb-key-save-delay', '1000000')
      after(async () => {
        await admin.config('SET', 'rdb-key-save-delay', '0')
        await admin.call('BGREWRITEAOF')
      })
      await admin.call('BGREWRITEAOF')
      const redis = /^process_id:(\d+)/m.exec(await admin.info('server'))![1]!
      await until('it has begun', () => {
        const { stdout } = Bun.spawnSync(['ps', '-A', '-o', 'pid=,ppid='])
        const children = [...stdout.toString().matchAll(/^ *(\d+) +(\d+) *$/gm)].filter(
          ([, , parent]) => parent === redis,
        )
        for (const [, child] of children) process.kill(Number(child), 'SIGKILL')
        return children.length > 0
      })
    },
  },
  {
    alerts: ['QueueLong', 'LeadsWaitForLong'],
    how: 'Postgres is gone while leads rush in (5 s for a minute)',
    async once(on) {
      await on.services.postgres.kill()
      on.after(() => on.services.postgres.restart())
    },
    again: (on) => many(200, () => submit(on)),
  },
  {
    alerts: ['DeskBehindLeads'],
    how: 'another session holds what sources are counted by (5 s for half an hour)',
    async once(on) {
      const holding = await on.db.startTransaction().execute()
      await sql`select from source_progress for update`.execute(holding)
      on.after(() => holding.rollback().execute())
    },
    again: submit,
  },
  {
    alerts: ['RedisPathClosed'],
    how: 'Redis is gone',
    async once(on) {
      await on.services.redis.kill()
      on.after(() => on.services.redis.restart())
    },
    again: submit,
  },
  {
    alerts: ['LeadsAreRefused', 'AvailabilityBelowObjective'],
    how: 'Redis and Postgres are gone',
    async once(on) {
      await Promise.all([on.services.redis.kill(), on.services.postgres.kill()])
      on.after(() => Promise.all([on.services.redis.restart(), on.services.postgres.restart()]))
    },
    again: (on) => many(5, () => submit(on)),
  },
  {
    alerts: ['NoWorker', 'LandfastNotScraped'],
    how: 'the worker is killed',
    once: ({ line }) => line.worker.kill(),
  },
]
