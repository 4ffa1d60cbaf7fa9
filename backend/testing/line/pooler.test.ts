import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { connectPostgres } from '../../postgres/connection.ts'
import { askSession } from '../../postgres/session.ts'
import { root } from '../house/sources.ts'
import { quietLog } from '../stage/engines.ts'
import { keptOnce, submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { ownServices } from '../stage/own-services.ts'
import { startPooler } from '../stage/pooler.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const names = ['DATABASE_URL', 'WORKER_DATABASE_URL', 'MIGRATE_DATABASE_URL'] as const
const pooler = await startPooler(names.map((name) => services.env[name]!))
atEnd(() => pooler.stop())
const settings: Record<string, string> = {
  ...services.env,
  ...Object.fromEntries(names.map((name) => [name, pooler.through(services.env[name]!)])),
  SECRET_KEY: 'k'.repeat(40),
}

// What owners of a server set for reasons of their own.
for (const habit of [
  'synchronous_commit = off',
  `bytea_output = 'escape'`,
  `default_transaction_isolation = 'serializable'`,
  `intervalstyle = 'sql_standard'`,
])
  await sql`alter database landfast set ${sql.raw(habit)}`.execute(db)

async function doctor(env: Readonly<Record<string, string>>): Promise<string[]> {
  const run = Bun.spawn([process.execPath, '--no-env-file', 'backend/local/doctor.ts'], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdout: 'pipe',
    stderr: 'ignore',
  })
  return (await new Response(run.stdout).text()).split('\n').filter((line) => / Postgres /.test(line))
}

test('the schema is made, leads go both ways and sessions are as we mean them, through a pooler that gives each transaction another', async () => {
  const reset = await operatorCommand(['db.ts', 'reset', '--yes'], settings)
  expect([reset.code, reset.err]).toEqual([0, ''])
  for (const mode of ['redis', 'pg']) {
    const line = await startLine({ env: { ...settings, ACK_MODE: mode } })
    try {
      const sent = await Promise.all(
        Array.from({ length: 100 }, async () => {
          const phone = newPhone()
          const first = await submitTo(line.origin, phone)
          const again = await submitTo(line.origin, phone)
          return { ...first, again: again.duplicate }
        }),
      )
      expect(sent.filter(({ status, again }) => status !== 202 || !again)).toEqual([])
      const ids = sent.map(({ id }) => id!)
      await until('every lead is a row', async () => (await keptOnce(db, ids)) === ids.length)
      await until('all is well', async () => (await fetch(`${line.origin}/api/health`)).status === 200)
      // What is late tells of a busy machine.
      const loud = `${line.api.output()}${line.worker.output()}`
        .split('\n')
        .filter((text) => /"level":"(warn|error)"/.test(text) && !text.includes('"name":"TooLate"'))
      expect(loud).toEqual([])
    } finally {
      await line.stop()
    }
  }
  const api = connectPostgres({
    ...{ url: settings.DATABASE_URL!, poolMax: 8, applicationName: 'pooler-test', log: quietLog },
  })
  const asked = await Promise.all(
    Array.from({ length: 20 }, () => sql.raw<{ lacking: string[] }>(askSession).execute(api)),
  )
  await api.destroy()
  expect(asked.flatMap(({ rows }) => rows[0]!.lacking)).toEqual([])
}, 60_000)

test('doctor says that a pooler is there, and where sessions of a user would lack what we rely on, which and what to do', async () => {
  const well = await doctor(settings)
  expect(well.join('\n')).toContain('is reached through a pooler, which changes nothing')
  expect(well.join('\n')).not.toContain('FAULT')
  const owner = await doctor({ ...settings, DATABASE_URL: settings.MIGRATE_DATABASE_URL! })
  expect(owner.find((line) => line.includes('pooler'))).toMatch(/^FAULT.*synchronous_commit.*db:migrate/)
  expect((await doctor(services.env)).join('\n')).not.toContain('pooler')
}, 60_000)

test('what the address asks for and the pooler refuses is said in one sentence, with what to do', async () => {
  const address = `${settings.MIGRATE_DATABASE_URL}?options=-c%20geqo%3Doff`
  const { code, err } = await operatorCommand(['db.ts', 'migrate'], {
    ...settings,
    MIGRATE_DATABASE_URL: address,
  })
  expect(code).toBe(1)
  expect(err).toContain('ignore_startup_parameters')
  expect(err).not.toContain('Is it running?')
})
