import { resolve } from 'node:path'
import pg from 'pg'
import { InvalidConfig } from '../config.ts'
import { connectionFault } from '../connection-fault.ts'
import { askSession } from '../postgres/session.ts'
import { missingRights } from '../redis/rights.ts'
import { openRedis } from '../redis/topology.ts'
import { isLoopback } from '../weak-settings.ts'
import { freeBytes, leastFreeBytes, peekDataDir } from './data-dir.ts'
import type { Finding } from './finding.ts'
import { examineControls, examineForProduction } from './for-production.ts'
import { type Choice, type Environment, given, thisMachine } from './machine.ts'
import { chooseMongo } from './mongo.ts'
import { chooseObjectStorage } from './object-storage.ts'
import { canListen, holderOf } from './port-holder.ts'
import { choosePostgres, postgresRecord } from './postgres-choice.ts'
import { refusesRoot, runsFromCopy } from './postgres-user.ts'
import { commandOf } from './process-identity.ts'
import { leftOvers, root } from './processes.ts'
import { chooseRedis } from './redis.ts'
import { previewConfig } from './run.ts'

const leastBun = '1.4.4'

/** Looks at everything `start` depends on. Starts nothing and changes nothing. */
export async function examine(env: Environment): Promise<Finding[]> {
  const machine = thisMachine(env)
  const findings: Finding[] = []
  const add = (level: Finding['level'], what: string, says: string) => {
    findings.push({ level, what, says })
  }

  if (Bun.semver.order(Bun.version, leastBun) >= 0) add('ok', 'Bun', Bun.version)
  else add('fault', 'Bun', `${Bun.version} is too old: run "npx bun@${leastBun} run start"`)

  let ports: [string, number][] = []
  // Only production refuses a Redis that may forget; elsewhere API and worker warn.
  let forgetful: Finding['level'] = 'note'
  let shards = 1
  try {
    const config = previewConfig(env)
    if (config.environment === 'production' && config.ackMode === 'redis') forgetful = 'fault'
    shards = config.redisShards
    add('ok', 'Settings', `no fault (${config.environment})`)
    const site = new URL(config.publicUrl)
    if (config.port !== 0 && isLoopback(site.hostname) && Number(site.port || 80) !== config.port)
      add(
        'note',
        'PUBLIC_URL',
        `is not where start listens: links, cookies and what search engines are told name ${site.host}. Leave it empty, or set it to what visitors see`,
      )
    ports = [
      ['PORT', config.port],
      ['WORKER_PORT', config.workerPort],
    ]
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error
    for (const fault of error.faults) add('fault', 'Settings', fault)
  }

  const dataDir = peekDataDir(resolve(root, env.DATA_DIR || '.data'))
  const running = dataDir.running('start')
  if (running) add('note', 'Start', `runs already from ${dataDir.path} (pid ${running.pid})`)
  for (const [name, port] of ports) {
    if (port === 0 || (await canListen(port))) {
      add('ok', name, port === 0 ? 'a free one is taken' : `${port} is free`)
      continue
    }
    const pid = holderOf(port)
    const holder = pid ? `pid ${pid}, ${commandOf(pid).slice(0, 60)}` : 'another program'
    if (running) add('ok', name, `${port} is used by the running start`)
    else if (pid && leftOvers(dataDir).includes(pid))
      add(
        'note',
        name,
        `${port} is held by a left-over of an earlier start (${holder}), which start ends first`,
      )
    else add('fault', name, `${port} is taken (${holder}): end that first, or set ${name} to another port`)
  }

  const freeMb = Math.floor(freeBytes(dataDir.path) / 1024 / 1024)
  const neededMb = leastFreeBytes / 1024 / 1024
  const folder = dataDir.fault()
  if (folder) add('fault', 'DATA_DIR', folder)
  else if (freeMb < neededMb) add('fault', 'Disk', `${freeMb} MB free, ${neededMb} MB needed: free some room`)
  else add('ok', 'Disk', `${freeMb} MB free for ${dataDir.path}`)

  const postgres = choosePostgres(machine, postgresRecord(dataDir))
  tell(add, 'Postgres', postgres, 'fault')
  if (postgres.from === 'environment') await examinePostgres(add, postgres.url)
  if (postgres.from === 'machine' && machine.isRoot) {
    if (!machine.program('setpriv')) add('fault', 'Postgres', refusesRoot)
    else if (runsFromCopy(postgres.server))
      add('ok', 'Postgres', 'is copied to where its user may run it, who may not enter this folder')
  }
  const redis = chooseRedis(machine)
  tell(add, 'Redis', redis, 'note')
  if (redis.from === 'nowhere') add('note', 'Redis', 'leads would go through Postgres only (ACK_MODE=pg)')
  if (redis.from === 'environment') {
    const told = new Set<string>()
    // Masters of a cluster that have the same to say say it once.
    const once: Add = (level, what, says) => {
      if (!told.has(says)) add(level, what, says)
      told.add(says)
    }
    for (let index = 0; index < shards; index++)
      await examineRedis(once, { url: redis.url, shard: { index, count: shards } }, forgetful)
  }
  tell(add, 'Mongo', chooseMongo(machine), 'note')
  tell(add, 'Object storage', chooseObjectStorage(machine), 'note')
  if (given(env, 'SECRET_KEY') === undefined)
    add('ok', 'SECRET_KEY', 'made once by start and kept in DATA_DIR')

  const year = new Date().getUTCFullYear()
  if (year < 2025)
    add('fault', 'Clock', `says ${new Date().toISOString()}: set it, ids and windows are made of it`)
  else add('ok', 'Clock', new Date().toISOString())
  return findings
}

type Add = (level: Finding['level'], what: string, says: string) => void

function tell(add: Add, what: string, choice: Choice<unknown>, without: 'fault' | 'note'): void {
  if (choice.from === 'environment') add('ok', what, `${choice.how} is used; none is started`)
  else if (choice.from === 'machine') add('ok', what, choice.how)
  else if (choice.from === 'nowhere') add(without, what, choice.how)
  else
    add(
      'ok',
      what,
      `would be ${choice.install.with === 'go' ? choice.how : `installed with ${choice.install.with}`}`,
    )
}

async function examinePostgres(add: Add, url: string): Promise<void> {
  let client: pg.Client | undefined
  try {
    client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000 })
    client.on('error', () => undefined)
    await client.connect()
    const { rows } = await client.query(
      `select current_setting('server_version') as version, current_setting('fsync') as fsync,
              current_setting('full_page_writes') as pages,
              current_setting('synchronous_commit') as commit, extract(epoch from clock_timestamp()) * 1000 as now`,
    )
    const [{ version, fsync, pages, commit, now }] = rows
    if (Number.parseInt(version, 10) < 14) add('fault', 'Postgres', `is ${version}: 14 or later is needed`)
    else add('ok', 'Postgres', `answers, version ${version}`)
    if (fsync !== 'on' || pages !== 'on' || commit === 'off')
      add(
        'fault',
        'Postgres',
        'forgets commits in a power cut: set fsync, full_page_writes and synchronous_commit to on',
      )
    tellSkew(add, 'Postgres', Number(now))
    await examineSession(add, client)
  } catch (error) {
    add('fault', 'Postgres', whyAway('DATABASE_URL', error))
  } finally {
    await client?.end().catch(() => undefined)
  }
}

/** A pooler may give each transaction another session: then what a session begins with is all that can be relied on. */
async function examineSession(add: Add, client: pg.Client): Promise<void> {
  const { rows } = await client.query(askSession)
  const [{ pid, lacking }] = rows as [{ pid: number; lacking: string[] }]
  // A pooler tells clients a process of its own.
  if ((client as pg.Client & { processID?: number }).processID === pid) return
  if (lacking.length === 0) return add('ok', 'Postgres', 'is reached through a pooler, which changes nothing')
  add(
    'fault',
    'Postgres',
    `is reached through a pooler, whose sessions would not have our ${lacking.join(', ')}: set users of their own in DATABASE_URL and WORKER_DATABASE_URL and run "bun run db:migrate", which gives them these settings`,
  )
}

const redisSettings = {
  appendonly: 'yes',
  appendfsync: 'always',
  'no-appendfsync-on-rewrite': 'no',
  'maxmemory-policy': 'noeviction',
} as const

async function examineRedis(
  add: Add,
  at: Parameters<typeof openRedis>[0],
  forgetful: Finding['level'],
): Promise<void> {
  const client = openRedis(at, { lazyConnect: true, retryStrategy: null, connectTimeout: 3000 })
  // What `connect` rejects with only says that it was closed.
  let fault: Error | undefined
  client.on('error', (error) => {
    fault ??= error
  })
  try {
    await client.connect()
    const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1]
    add('ok', 'Redis', `answers, version ${version}`)
    const [seconds = 0, micros = 0] = (await client.time()).map(Number)
    tellSkew(add, 'Redis', seconds * 1000 + micros / 1000)
    for (const [name, wanted] of Object.entries(redisSettings)) {
      const [, value] = (await client.config('GET', name)) as string[]
      if (value !== wanted)
        add(
          forgetful,
          'Redis',
          `${name} is "${value}" and must be "${wanted}" to keep every lead (or set ACK_MODE=pg)`,
        )
    }
    const [, maxmemory] = (await client.config('GET', 'maxmemory')) as string[]
    if (maxmemory === '0')
      add('note', 'Redis', 'maxmemory is not set, so the system may end it when memory is short')
    const missing = await missingRights(client)
    if (missing.length > 0)
      add('fault', 'Redis', `does not let its user do what is needed: give it ${missing.join(' ')}`)
  } catch (error) {
    add('fault', 'Redis', whyAway('REDIS_URL', fault ?? error))
  } finally {
    client.disconnect()
  }
}

// A few seconds of difference move the edge of the dedup window as seen by people, nothing else.
function tellSkew(add: Add, what: string, theirsMs: number): void {
  const differenceS = Math.round((theirsMs - Date.now()) / 1000)
  if (Math.abs(differenceS) > 5) add('note', 'Clock', `${what}'s clock differs from ours by ${differenceS} s`)
}

function whyAway(setting: string, error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  const found = `(${code ?? message ?? 'no answer'})`
  const fault = connectionFault(error)
  return fault
    ? `${setting} cannot be used ${found}: ${fault}`
    : `${setting} does not answer ${found}: start it, or correct the address`
}

if (import.meta.main) {
  if (process.argv.includes('--help')) {
    console.log(
      `Usage: bun run doctor                says what \`bun run start\` would take and what is in its way; starts nothing
       bun run doctor --production   says what production would refuse of these settings, what it tells strangers, and
                                    which of the controls of docs/security.md they leave out`,
    )
    process.exit(0)
  }
  const forProduction = process.argv.includes('--production')
  const findings = forProduction
    ? [...examineForProduction(process.env), ...examineControls(process.env)]
    : await examine(process.env)
  const marks = { ok: 'ok   ', note: 'note ', fault: 'FAULT' }
  for (const { level, what, says } of findings) console.log(`${marks[level]}  ${what.padEnd(14)}  ${says}`)
  const faults = findings.filter(({ level }) => level === 'fault').length
  const aim = forProduction ? 'production' : '"bun run start"'
  console.log(faults === 0 ? `\n${aim} would work.` : `\n${faults} in the way of ${aim}.`)
  process.exit(faults === 0 ? 0 : 1)
}
