import { existsSync } from 'node:fs'
import { totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import type { Machine } from './machine.ts'
import { originOf, type PostgresServer } from './postgres-choice.ts'
import { clearDeadLock, linkLibraries, makeFolder, serverEnv, strayPostmaster } from './postgres-folder.ts'
import { sharedSettings } from './postgres-settings.ts'
import { postgresUser, runnableBy } from './postgres-user.ts'
import { runServer, type Server, type ServerDeps } from './server.ts'

/** As the API, the worker and the owner of the tables come; `bun run db:migrate` makes the first two users. */
export type PostgresUrls = Readonly<{ api: string; worker: string; owner: string }>

/** A running Postgres with the database `landfast`, on data that survives every crash. */
export async function startPostgres(
  deps: ServerDeps,
  input: { machine: Machine; server: PostgresServer },
): Promise<{ server: Server; urls: PostgresUrls; how: string }> {
  const { dataDir } = deps
  const { machine } = input
  if (input.server.embedded) linkLibraries(dirname(input.server.bin))
  const as = postgresUser(machine, dataDir)
  const reachable = () => runnableBy(as, { server: input.server, own: dataDir.file('programs') })
  const server = reachable()
  const password = dataDir.secret('postgres-password')
  const data = dataDir.file('postgres')
  if (!existsSync(join(data, 'PG_VERSION'))) await makeFolder(deps, { server, as, password })

  const urlOf = (port: number, database = 'landfast') =>
    `postgres://landfast:${password}@127.0.0.1:${port}/${database}`
  const running = await runServer(deps, {
    name: 'postgres',
    title: 'Postgres',
    env: serverEnv,
    // What was copied may have been cleaned away since.
    prepare: () => void reachable(),
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
  const copied = server.bin === input.server.bin ? '' : `, copied to ${server.bin}`
  const urlAs = (user: string) =>
    `postgres://${user}:${dataDir.secret(`${user.replace('_', '-')}-password`)}@127.0.0.1:${running.port}/landfast`
  const urls = { api: urlAs('landfast_api'), worker: urlAs('landfast_worker'), owner: urlOf(running.port) }
  return { server: running, urls, how: `${originOf(input.server)}${copied}${as.how}` }
}

function settings(port: number): string[] {
  const sharedBuffersMb = Math.max(64, Math.min(512, Math.floor(totalmem() / 1024 / 1024 / 8)))
  return Object.entries({
    ...sharedSettings,
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'on',
    full_page_writes: 'on',
    shared_buffers: `${sharedBuffersMb}MB`,
    timezone: 'UTC',
    log_timezone: 'UTC',
    logging_collector: 'off',
    log_destination: 'stderr',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}
