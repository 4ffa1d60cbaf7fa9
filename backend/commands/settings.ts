import { resolve } from 'node:path'
import { type Config, readConfig } from '../config.ts'
import { peekDataDir } from '../local/data-dir.ts'

type Environment = Readonly<Record<string, string | undefined>>

const addresses = ['DATABASE_URL', 'REDIS_URL', 'REDIS_CACHE_URL', 'MONGO_URL', 'S3_ENDPOINT']
const root = resolve(import.meta.dir, '../..')

/** The settings a command runs with: those that are set or, where no service is, those `bun run start` last ran with. */
export function settingsOf(env: Environment): Config {
  return readConfig(withLocalServices(env))
}

function withLocalServices(env: Environment): Environment {
  if (addresses.some((name) => env[name] || env[`${name}_FILE`])) return env
  const kept = peekDataDir(resolve(root, env.DATA_DIR || '.data')).fact<Environment>('settings')
  if (!kept) return env
  // What a command prints may be read by a script.
  console.error('No service is set; using those of `bun run start`.')
  return { ...env, ...kept }
}

// Of a database and a key, commands about pages, pictures and documents need neither.
const unneeded = {
  ACK_MODE: 'pg',
  DATABASE_URL: 'postgres://localhost/unneeded',
  SECRET_KEY: 'unneeded'.repeat(4),
}

/** Whether this database stands for one that was not set. */
export const isUnneeded = (databaseUrl: string) => databaseUrl === unneeded.DATABASE_URL

/**
 * The settings for a command that takes no leads: it runs with what it needs, whatever else is not set.
 * @throws InvalidConfig with every fault in what is set.
 */
export function settingsWithoutLeads(env: Environment): Config {
  const found = withLocalServices(env)
  const missing = Object.entries(unneeded).filter(([name]) => !found[name] && !found[`${name}_FILE`])
  return readConfig({ ...found, ...Object.fromEntries(missing) })
}
