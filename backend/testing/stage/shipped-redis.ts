import { parse } from 'yaml'
import { openDataDir } from '../../local/data-dir.ts'
import { startRedis } from '../../local/redis.ts'
import type { Server } from '../../local/server.ts'
import { textOf } from '../house/sources.ts'

/**
 * The Redis of docker-compose.yml, with its data below `folder`: `program` with what compose hands to the
 * start script. Only what cannot be the same on a machine that it shares differs: its port, its address and its folder.
 */
export function startComposeRedis(
  folder: string,
  program = Bun.which('redis-server') ?? Bun.which('valkey-server') ?? 'redis-server',
): Promise<{ server: Server; url: string }> {
  const { services } = parse(textOf('docker-compose.yml'), { merge: true }) as {
    services: { redis: { command: string[] } }
  }
  const settings = services.redis.command
    // Each variable at its default.
    .map((argument) => argument.replace(/\$\{\w+:-([^}]*)\}/g, '$1'))
    .filter((argument, index, all) => argument !== '--dir' && all[index - 1] !== '--dir')
  return startRedis(
    { dataDir: openDataDir(folder), log: () => undefined, keepAlive: false },
    { program, settings },
  )
}
