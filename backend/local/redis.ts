import { mkdirSync, writeFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { Redis } from 'ioredis'
import { type Choice, given, installCommand, type Machine, packageManager } from './machine.ts'
import { runServer, type Server, type ServerDeps } from './server.ts'

/** Where Redis comes from: REDIS_URL, a server on PATH, a package of this system, or nowhere. */
export function chooseRedis(machine: Machine): Choice<string> {
  const url = given(machine.env, 'REDIS_URL')
  if (url) return { from: 'environment', url, how: 'REDIS_URL' }
  for (const name of ['redis-server', 'valkey-server']) {
    const server = machine.program(name)
    if (server) return { from: 'machine', server, how: `${name} on this machine (${server})` }
  }
  const manager = packageManager(machine)
  if (manager?.with === 'apt-get')
    return {
      from: 'install',
      install: { ...manager, packages: ['redis-server', 'valkey-server'] },
      how: 'installed with apt-get',
    }
  if (manager?.with === 'brew')
    return { from: 'install', install: { with: 'brew', packages: ['redis'] }, how: 'installed with Homebrew' }
  const command = installCommand(machine, { apt: 'redis-server', brew: 'redis', apk: 'redis', dnf: 'redis' })
  return { from: 'nowhere', how: `no Redis was found: run "${command}", or set REDIS_URL` }
}

/** A running Redis that has every answered write on disk. */
export async function startRedis(
  deps: ServerDeps,
  input: { program: string },
): Promise<{ server: Server; url: string }> {
  const { dataDir } = deps
  const password = dataDir.secret('redis-password')
  const folder = dataDir.file('redis')
  const urlOf = (port: number) => `redis://:${password}@127.0.0.1:${port}`
  const server = await runServer(deps, {
    name: 'redis',
    title: 'Redis',
    env: { TZ: 'UTC' },
    command: (port) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const file = dataDir.file('redis.conf')
      writeFileSync(file, redisConf({ port, folder, password }), { mode: 0o600 })
      return [input.program, file]
    },
    async ping(port) {
      const client = new Redis(urlOf(port), {
        lazyConnect: true,
        retryStrategy: null,
        enableReadyCheck: false,
      })
      client.on('error', () => undefined)
      try {
        await client.connect()
        await client.ping()
        return 'ready'
      } catch (error) {
        if (String(error).includes('LOADING')) return 'loading'
        throw error
      } finally {
        client.disconnect()
      }
    },
    explain: (lines) =>
      /Bad file format|Unexpected end of file reading the append only/i.test(lines)
        ? `Redis cannot read its append-only file: run "redis-check-aof --fix" on the last file in ${folder}/appendonlydir, then start again.`
        : undefined,
  })
  return { server, url: urlOf(server.port) }
}

/** The settings on which the promise rests: every answered write is on disk, and nothing is ever evicted. */
function redisConf(input: { port: number; folder: string; password: string }): string {
  const maxmemoryMb = Math.max(128, Math.min(1024, Math.floor(totalmem() / 1024 / 1024 / 4)))
  return `bind 127.0.0.1
port ${input.port}
protected-mode yes
requirepass ${input.password}
dir "${input.folder}"
daemonize no
appendonly yes
appendfsync always
no-appendfsync-on-rewrite no
aof-load-truncated yes
auto-aof-rewrite-min-size 512mb
save ""
maxmemory ${maxmemoryMb}mb
maxmemory-policy noeviction
tcp-backlog 511
`
}
