import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../house/sources.ts'
import { until } from './faults.ts'
import { freePorts } from './line.ts'
import { pathOfProgram } from './programs.ts'

export type Pooler = Readonly<{
  /** An address of the server behind it, led through it. */
  through(address: string): string
  stop(): Promise<void>
}>

/** As compose names the users whom it lets through. */
const settingsOfUsers = {
  landfast: 'POSTGRES_PASSWORD',
  landfast_api: 'POSTGRES_API_PASSWORD',
  landfast_worker: 'POSTGRES_WORKER_PASSWORD',
}

// With LINE_POOLED=1 every line and every test of an engine comes to Postgres through one.
export const isPooled = Boolean(process.env.LINE_POOLED)

/** PgBouncer as compose starts it, with few sessions, in front of the Postgres of these addresses, of one user each. */
export async function startPooler(addresses: readonly string[]): Promise<Pooler> {
  const folder = mkdtempSync(join(tmpdir(), 'landfast-pooler-'))
  const [port] = (await freePorts(1)) as [number]
  const urls = addresses.map((address) => new URL(address))
  const passwords = urls.map(({ username, password }) => [
    settingsOfUsers[username as keyof typeof settingsOfUsers],
    decodeURIComponent(password),
  ])
  const isRoot = process.getuid?.() === 0
  // It refuses to be root.
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(Bun.spawnSync(['id', flag, 'nobody']).stdout.toString()),
  )
  if (isRoot) chownSync(folder, uid!, gid!)
  const asNobody = isRoot ? ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'] : []
  const [program = '', ...args] = [...asNobody, 'sh', '-s']
  const child = spawn(program, args, {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'pipe'],
    env: {
      ...{ PATH: process.env.PATH, PGBOUNCER: pathOfProgram('pgbouncer'), PGBOUNCER_FOLDER: folder },
      ...{ POSTGRES_AT: urls[0]!.host, LISTEN_AT: `127.0.0.1:${port}`, POOL_SIZE: '4' },
      // It wants to know all three, also where only one of them comes.
      ...Object.fromEntries(Object.values(settingsOfUsers).map((name) => [name, 'nobody'])),
      ...Object.fromEntries(passwords),
    },
  })
  // Nobody may not go where the checkout is.
  child.stdin!.end(await Bun.file(join(root, 'docker/pgbouncer/start')).text())
  let said = ''
  child.stderr!.on('data', (chunk) => {
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
