import { copyFileSync, mkdirSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { type Choice, givenAddress, installCommand, type Machine, packageManager } from './machine.ts'
import { root } from './processes.ts'
import { runServer, type Server, type ServerDeps } from './server.ts'

/** Where Redis comes from: REDIS_URL, a server on PATH, a package of this system, or nowhere. */
export function chooseRedis(machine: Machine): Choice<string> {
  const url = givenAddress(machine.env, 'REDIS_URL')
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

/**
 * A running Redis that has every answered write on disk: with the start script, the settings and the users of the image,
 * so that what one of them keeps the others keep too. `settings` are more of them, as arguments, such as `--maxmemory`.
 */
export async function startRedis(
  deps: ServerDeps,
  input: { program: string; settings?: readonly string[] },
): Promise<{ server: Server; url: string }> {
  const { dataDir } = deps
  const password = dataDir.secret('redis-password')
  const folder = dataDir.file('redis')
  // A copy: whoever has Redis keep its settings, as sentinels do, has it write this file anew.
  const conf = join(folder, 'redis.conf')
  const urlOf = (port: number) => `redis://landfast:${password}@127.0.0.1:${port}`
  const server = await runServer(deps, {
    name: 'redis',
    title: 'Redis',
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      TZ: 'UTC',
      REDIS_SERVER: input.program,
      REDIS_CONF: conf,
      REDIS_PASSWORD: password,
    },
    command: (port) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      copyFileSync(join(root, 'docker/redis.conf'), conf)
      return [
        ...(['sh', join(root, 'docker/redis-start')] as const),
        ...['--maxmemory', `${maxmemoryMb()}mb`, ...(input.settings ?? [])],
        ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
      ]
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

/** A quarter of this machine's memory, which it shares with everything else. */
function maxmemoryMb(): number {
  return Math.max(128, Math.min(1024, Math.floor(totalmem() / 1024 / 1024 / 4)))
}
