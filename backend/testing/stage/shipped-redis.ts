import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { parse } from 'yaml'
import { openDataDir } from '../../local/data-dir.ts'
import { runServer, type Server } from '../../local/server.ts'
import { root, textOf } from '../house/sources.ts'

const password = 'shipped-redis'

/**
 * The Redis of docker-compose.yml, with its data below `folder`: compose's own start script, settings, arguments and
 * users. Only what cannot be the same on a machine that it shares differs, its port, its address and its folder.
 */
export async function startComposeRedis(folder: string): Promise<{ server: Server; url: string }> {
  const dataDir = openDataDir(folder)
  const data = dataDir.file('redis')
  mkdirSync(data, { recursive: true })
  const urlOf = (port: number) => `redis://landfast:${password}@127.0.0.1:${port}`
  const server = await runServer(
    { dataDir, log: () => undefined, keepAlive: false },
    {
      name: 'redis',
      title: 'Redis of compose',
      env: { REDIS_PASSWORD: password, REDIS_CONF: join(root, 'docker/redis.conf') },
      command: (port) => [
        'sh',
        join(root, 'docker/redis-start'),
        ...argumentsInCompose().map((argument) => (argument === '/data' ? data : argument)),
        ...['--port', String(port), '--bind', '127.0.0.1'],
      ],
      ping: async (port) => ((await ping(urlOf(port))) ? 'ready' : 'loading'),
    },
  )
  return { server, url: urlOf(server.port) }
}

/** What docker-compose.yml calls redis-start with, each variable at its default. */
function argumentsInCompose(): string[] {
  const { services } = parse(textOf('docker-compose.yml'), { merge: true }) as {
    services: { redis: { command: string[] } }
  }
  return services.redis.command.map((argument) => argument.replace(/\$\{\w+:-([^}]*)\}/g, '$1'))
}

/** Whether it serves, or still reads its file. */
async function ping(url: string): Promise<boolean> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null, enableReadyCheck: false })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    return (await redis.ping()) === 'PONG'
  } catch (error) {
    if (String(error).includes('LOADING')) return false
    throw error
  } finally {
    redis.disconnect()
  }
}
