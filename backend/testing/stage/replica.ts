import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { thisMachine } from '../../local/machine.ts'
import { serversOf } from '../../local/postgres-choice.ts'
import { serverEnv } from '../../local/postgres-folder.ts'
import { sharedSettings } from '../../local/postgres-settings.ts'
import { textOf } from '../house/sources.ts'
import { until } from './faults.ts'
import { freePorts } from './line.ts'
import { pathOfProgram } from './programs.ts'

export type RunningReplica = Readonly<{
  port: number
  /** An address of the primary, as it is at the replica. */
  address(primary: string): string
  /** Asks it, as whoever owns it. */
  ask<Row extends object>(statement: string): Promise<Row[]>
  kill(signal: NodeJS.Signals): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}>

/** A streaming replica as compose starts it, of the Postgres whose owner comes by this address, and whose data lies in that folder. */
export async function startReplica(owner: string, dataOfPrimary: string): Promise<RunningReplica> {
  const folder = mkdtempSync(join(tmpdir(), 'landfast-replica-'))
  const [port] = (await freePorts(1)) as [number]
  const { uid, gid } = statSync(dataOfPrimary)
  const isRoot = process.getuid?.() === 0
  if (isRoot) chownSync(folder, uid, gid)
  // With those of its primary: it starts with no fewer connections.
  const settings = { ...sharedSettings, port, listen_addresses: '127.0.0.1', unix_socket_directories: '' }
  const [program, ...args] = [
    ...(isRoot ? ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'] : []),
    ...['sh', '-c', textOf('docker/postgres/replica-start'), 'replica-start', 'postgres'],
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ] as [string, ...string[]]
  const programs = [serversOf(thisMachine(process.env))[0]!.bin, dirname(pathOfProgram('pg_dump'))]
  const { host, password } = new URL(owner)
  const env = {
    ...{ ...serverEnv, PATH: [...programs, serverEnv.PATH].join(':') },
    ...{ PGDATA: join(folder, 'data'), PRIMARY: host, POSTGRES_PASSWORD: decodeURIComponent(password) },
  }

  const address = (primary: string) => {
    const url = new URL(primary)
    url.port = String(port)
    return url.href
  }
  const ask = async <Row extends object>(statement: string) => {
    const client = new pg.Client({ connectionString: address(owner), connectionTimeoutMillis: 2_000 })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<Row>(statement)).rows
    } finally {
      await client.end()
    }
  }
  let child: ReturnType<typeof spawn>
  const start = async () => {
    const started = spawn(program, args, { cwd: '/', env, stdio: ['ignore', 'ignore', 'pipe'] })
    child = started
    let said = ''
    started.stderr?.on('data', (chunk) => {
      said += chunk
    })
    await until('the replica answers', () => {
      if (started.exitCode !== null) throw new Error(`the replica ended:\n${said.slice(-2_000)}`)
      return ask('select').then(
        () => true,
        () => false,
      )
    })
  }
  await start()
  const kill = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await ended
  }
  return {
    port,
    address,
    ask,
    kill,
    restart: start,
    async stop() {
      await kill('SIGQUIT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
