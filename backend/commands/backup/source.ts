import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { peekDataDir } from '../../local/data-dir.ts'
import { thisMachine } from '../../local/machine.ts'
import { CommandFault } from '../command.ts'
import { settingsOf } from '../settings.ts'
import type { Source } from './make.ts'

/** What the commands about backups work with. @throws CommandFault where no key is set. */
export function sourceOf(env: Readonly<Record<string, string | undefined>>): Source {
  const config = settingsOf(env)
  if (!config.backup.key)
    throw new CommandFault(
      'Backups are encrypted: set BACKUP_KEY, such as to what `openssl rand -hex 32` prints, and keep it elsewhere than they are.',
    )
  const backup = { ...config.backup, folder: resolve(config.backup.folder) }
  return {
    config,
    backup,
    machine: thisMachine(env),
    redisFolder: backup.redisFolder ?? ownRedisFolder(config.dataDir, config.redisUrl),
    say: (sentence) => console.log(sentence),
  }
}

/** That of the Redis that `bun run start` runs, if we use it. */
function ownRedisFolder(dataDir: string, redisUrl: string | undefined): string | undefined {
  const folder = peekDataDir(resolve(dataDir))
  const kept = folder.fact<Readonly<{ REDIS_URL?: string }>>('settings')
  const path = folder.file('redis')
  return redisUrl && kept?.REDIS_URL === redisUrl && existsSync(path) ? path : undefined
}
