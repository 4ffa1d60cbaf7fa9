import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from './faults.ts'
import { freePorts } from './line.ts'
import { pathOfProgram } from './programs.ts'

export type Pooler = Readonly<{
  /** An address of the server behind it, led through it. */
  through(address: string): string
  stop(): Promise<void>
}>

/** PgBouncer that gives each transaction a session, of few, in front of the Postgres of these addresses. */
export async function startPooler(addresses: readonly string[]): Promise<Pooler> {
  const folder = mkdtempSync(join(tmpdir(), 'landfast-pooler-'))
  const [port] = (await freePorts(1)) as [number]
  const urls = addresses.map((address) => new URL(address))
  const { hostname, port: serverPort } = urls[0]!
  const users = urls.map(({ username, password }) =>
    [username, password].map((part) => `"${decodeURIComponent(part)}"`).join(' '),
  )
  writeFileSync(join(folder, 'users'), `${[...new Set(users)].join('\n')}\n`, { mode: 0o600 })
  writeFileSync(
    join(folder, 'pgbouncer.ini'),
    `[databases]
* = host=${hostname} port=${serverPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(folder, 'users')}
pool_mode = transaction
default_pool_size = 4
max_client_conn = 500
`,
  )
  const isRoot = process.getuid?.() === 0
  if (isRoot) {
    // It refuses to be root.
    const ids = ['-u', '-g'].map((flag) => Number(Bun.spawnSync(['id', flag, 'nobody']).stdout.toString()))
    for (const path of [folder, join(folder, 'users'), join(folder, 'pgbouncer.ini')])
      chownSync(path, ids[0]!, ids[1]!)
  }
  const child = spawn(
    pathOfProgram('pgbouncer'),
    [...(isRoot ? ['-u', 'nobody'] : []), join(folder, 'pgbouncer.ini')],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  await until('the pooler listens', () => {
    if (child.exitCode !== null) throw new Error(`pgbouncer ended:\n${said}`)
    return said.includes('listening on 127.0.0.1')
  })
  return {
    through(address) {
      const url = new URL(address)
      url.hostname = '127.0.0.1'
      url.port = String(port)
      return url.href
    },
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
