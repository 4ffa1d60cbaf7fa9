import { expect, test } from 'bun:test'
import { chownSync, copyFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { root } from '../house/sources.ts'
import { behindTls, ownCa, trusting } from '../stage/behind-tls.ts'
import { keptOnce, submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { lineSecret, startLine } from '../stage/line.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { ownServices } from '../stage/own-services.ts'
import { redisAdmin, userWith } from '../stage/redis-admin.ts'

const { services, folder, db, atEnd } = await ownServices(['postgres', 'redis'])
const admin = redisAdmin(services.env.REDIS_URL!)
atEnd(() => admin.disconnect())

const ofCommands = { ...services.env, SECRET_KEY: lineSecret }
const health = async (origin: string) => (await fetch(`${origin}/api/health`)).text()

test('a Redis with a certificate of an authority of its own: everybody says what to set, and with it leads go through', async () => {
  const way = await behindTls(services.env.REDIS_URL!)
  atEnd(way.close)
  way.url.protocol = 'rediss:'
  const REDIS_URL = way.url.href
  const env = { ...services.env, REDIS_URL }
  const line = await startLine({ env })
  try {
    await until('health says it', async () => (await health(line.origin)).includes('NODE_EXTRA_CA_CERTS'))
    expect((await submitTo(line.origin, newPhone())).status).toBe(202)
    for (const process of [line.api, line.worker]) expect(process.output()).toContain('NODE_EXTRA_CA_CERTS')
    const compared = await operatorCommand(['leads.ts', 'reconcile'], { ...ofCommands, REDIS_URL })
    expect(compared).toMatchObject({ code: 1 })
    expect(compared.err).toContain('NODE_EXTRA_CA_CERTS')
    expect(compared.err).not.toContain('running?')
    expect(await doctor({ ...ofCommands, REDIS_URL })).toMatch(/FAULT +Redis +.*NODE_EXTRA_CA_CERTS/)
  } finally {
    await line.stop()
  }
  const believing = await startLine({ env: { ...env, ...trusting } })
  try {
    await untilRedisPath(believing.origin, 'open')
    const { id } = await submitTo(believing.origin, newPhone())
    await until('the lead is stored', async () => (await keptOnce(db, [id!])) === 1)
  } finally {
    await believing.stop()
  }
}, 90_000)

test('a Postgres with a certificate of an authority of its own: everybody says what to set, and with it leads are stored', async () => {
  const data = join(folder, 'postgres')
  const { uid, gid } = statSync(data)
  for (const file of ['server.pem', 'server.key']) {
    copyFileSync(join(ownCa, file), join(data, file))
    chownSync(join(data, file), uid, gid)
  }
  await Bun.spawn(['chmod', '600', join(data, 'server.key')]).exited
  for (const [name, value] of [
    ['ssl_cert_file', 'server.pem'],
    ['ssl_key_file', 'server.key'],
    ['ssl', 'on'],
  ])
    await sql`alter system set ${sql.raw(name!)} = ${sql.lit(value!)}`.execute(db)
  await sql`select pg_reload_conf()`.execute(db)

  const addresses = (query: string) =>
    Object.fromEntries(
      ['DATABASE_URL', 'WORKER_DATABASE_URL', 'MIGRATE_DATABASE_URL'].map((name) => [
        name,
        `${services.env[name]}?${query}`,
      ]),
    )
  const unknown = { ...services.env, ...addresses('sslmode=verify-full') }
  const line = await startLine({ env: unknown })
  try {
    expect(await health(line.origin)).toContain('Postgres cannot be reached: its certificate')
    for (const settings of [unknown, { ...unknown, ...addresses('sslmode=require') }]) {
      const migrated = await operatorCommand(['db.ts', 'migrate'], { ...ofCommands, ...settings })
      expect(migrated).toMatchObject({ code: 1 })
      expect(migrated.err).toContain('sslrootcert=')
      expect(migrated.err).not.toContain('running?')
      expect(await doctor({ ...ofCommands, ...settings })).toMatch(/FAULT +Postgres +.*sslrootcert=/)
    }
  } finally {
    await line.stop()
  }
  const named = addresses(`sslmode=verify-full&sslrootcert=${join(ownCa, 'ca.pem')}`)
  const believing = await startLine({ env: { ...services.env, ...named } })
  try {
    const { id } = await submitTo(believing.origin, newPhone())
    await until('the lead is stored', async () => (await keptOnce(db, [id!])) === 1)
    expect((await operatorCommand(['db.ts', 'migrate'], { ...ofCommands, ...named })).code).toBe(0)
  } finally {
    await believing.stop()
  }
}, 90_000)

test('a user of Redis who may run no scripts: each command and the doctor name the rights, and nothing is changed', async () => {
  const url = await userWith(admin, services.env.REDIS_URL!, 'no-scripts', '+@all', '-@scripting')
  const settings = { ...ofCommands, REDIS_URL: url }
  await admin.set('claim:of-nobody', `${crypto.randomUUID()}:`)
  for (const command of [
    ['leads.ts', 'reconcile'],
    ['leads.ts', 'replay'],
    ['db.ts', 'reset', '--yes'],
  ] as const) {
    const { code, err } = await operatorCommand(command, settings)
    expect(code).toBe(1)
    expect(err).toContain('user "no-scripts"')
    expect(err).toContain('+eval +evalsha')
  }
  expect(await admin.exists('claim:of-nobody')).toBe(1)
  expect(await doctor(settings)).toMatch(/FAULT +Redis +.*\+eval \+evalsha/)
}, 60_000)

async function doctor(settings: Readonly<Record<string, string | undefined>>): Promise<string> {
  const run = Bun.spawn([process.execPath, '--no-env-file', 'backend/local/doctor.ts'], {
    cwd: root,
    env: { PATH: process.env.PATH, DATA_DIR: folder, ...settings },
    stdout: 'pipe',
    stderr: 'ignore',
  })
  return new Response(run.stdout).text()
}
