import { afterAll, expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import { CannotStart } from '../../local/cannot-start.ts'
import { openDataDir } from '../../local/data-dir.ts'
import { thisMachine } from '../../local/machine.ts'
import { startPostgres } from '../../local/postgres.ts'
import { choosePostgres } from '../../local/postgres-choice.ts'
import { birthOf, goneWithin } from '../../local/process-identity.ts'
import { type Services, startServices } from '../../local/services.ts'

const limitMs = 120_000
const folder = mkdtempSync(join(tmpdir(), 'landfast-services-'))
const started: Services[] = []
afterAll(async () => {
  for (const services of started) await services.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function start(dataDir: string): Promise<Services> {
  const services = await startServices({ dataDir, own: true, only: ['postgres', 'redis'] })
  started.push(services)
  return services
}

async function inRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { retryStrategy: null })
  redis.on('error', () => undefined)
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query(text)).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}

test(
  'what Redis and Postgres have answered survives kill -9, on the same address',
  async () => {
    const { postgres, redis } = await start(join(folder, 'killed'))
    const urls = [postgres.url, redis.url]
    await query(postgres.url!, 'create table kept (id int); insert into kept values (7)')
    await inRedis(redis.url!, (client) => client.set('kept', 'yes'))

    await Promise.all([postgres.kill(), redis.kill()])
    expect([postgres.pid, redis.pid]).toEqual([undefined, undefined])
    await Promise.all([postgres.restart(), redis.restart()])

    expect([postgres.url, redis.url]).toEqual(urls)
    expect(await query(postgres.url!, 'select id from kept')).toEqual([{ id: 7 }])
    expect(await inRedis(redis.url!, (client) => client.get('kept'))).toBe('yes')
  },
  limitMs,
)

test(
  'both run with the settings that the promise rests on, and only for this machine',
  async () => {
    const { postgres, redis } = await start(join(folder, 'settings'))
    const wanted = {
      appendonly: 'yes',
      appendfsync: 'always',
      'no-appendfsync-on-rewrite': 'no',
      'aof-load-truncated': 'yes',
      save: '',
      'maxmemory-policy': 'noeviction',
      bind: '127.0.0.1',
    }
    for (const [name, value] of Object.entries(wanted))
      expect(await inRedis(redis.url!, (client) => client.config('GET', name))).toEqual([name, value])
    expect(
      await query(
        postgres.url!,
        `select name, setting from pg_settings where name in
         ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses') order by name`,
      ),
    ).toEqual([
      { name: 'fsync', setting: 'on' },
      { name: 'full_page_writes', setting: 'on' },
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'synchronous_commit', setting: 'on' },
    ])
    const stranger = new URL(postgres.url!)
    stranger.password = 'wrong'
    await expect(query(stranger.href, 'select 1')).rejects.toThrow('password authentication failed')
  },
  limitMs,
)

test(
  'servers that outlive a killed start are taken over by the next one, not started twice',
  async () => {
    const dataDir = join(folder, 'orphans')
    const script = `
      import { startServices } from ${JSON.stringify(join(import.meta.dir, '../../local/services.ts'))}
      const { postgres, redis } = await startServices({
        dataDir: ${JSON.stringify(dataDir)}, own: true, only: ['postgres', 'redis'] })
      console.log(JSON.stringify([postgres.pid, redis.pid]))
      setInterval(() => undefined, 1000)`
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const pids = JSON.parse(
      await new Promise<string>((resolve, reject) => {
        child.stdout.once('data', (chunk) => resolve(String(chunk)))
        child.once('exit', () => reject(new Error('the first start ended')))
      }),
    )
    child.kill('SIGKILL')
    expect(await goneWithin(child.pid!, 10_000)).toBe(true)
    for (const pid of pids) expect(birthOf(pid)).toBeDefined()

    const services = await start(dataDir)
    expect([services.postgres.pid, services.redis.pid]).toEqual(pids)
    expect(services.postgres.how).toContain('still running from an earlier start')
    await services.redis.restart()
    expect(services.redis.pid).not.toBe(pids[1])
    await services.stop()
    for (const pid of pids) expect(await goneWithin(pid, 10_000)).toBe(true)
  },
  limitMs,
)

test(
  'a machine without any Postgres of its own gets the one from npm, and its data stays with that version',
  async () => {
    const dataDir = openDataDir(join(folder, 'npm'))
    const machine = {
      ...thisMachine({ ...process.env, DATABASE_URL: undefined, DATABASE_URL_FILE: undefined }),
      names: () => [],
    }
    const without = {
      ...machine,
      program: (name: string) => (name === 'postgres' ? undefined : machine.program(name)),
    }
    const choice = choosePostgres(without)
    if (choice.from !== 'machine') throw new Error(choice.how)
    const { server, urls, how } = await startPostgres(
      { dataDir, log: () => undefined, keepAlive: false },
      { machine: without, server: choice.server },
    )
    try {
      expect(how).toContain('from npm')
      expect(await query(urls.owner, 'select current_database() as name')).toEqual([{ name: 'landfast' }])
    } finally {
      await server.stop()
    }
    const { major } = choice.server
    expect(choosePostgres(machine, { major, bin: '' })).toMatchObject({ server: { major } })
  },
  limitMs,
)

test(
  'a server that cannot start is one sentence, and leaves nothing running',
  async () => {
    const dataDir = openDataDir(join(folder, 'broken'))
    await Bun.write(dataDir.file('postgres', 'PG_VERSION'), '11\n')
    const failure = await startServices({ dataDir, own: true, only: ['postgres', 'redis'] }).catch(
      (error) => error,
    )
    expect(failure).toBeInstanceOf(CannotStart)
    expect(failure.message).toContain('The data was made by Postgres 11, which is gone')
    expect(failure.message).not.toContain('\n')
    expect(dataDir.running('redis')).toBeUndefined()
  },
  limitMs,
)
