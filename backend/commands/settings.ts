import { type Config, readConfig } from '../config.ts'

// Of a database and a key, commands about pages, pictures and documents need neither.
const unneeded = {
  ACK_MODE: 'pg',
  DATABASE_URL: 'postgres://localhost/unneeded',
  SECRET_KEY: 'unneeded'.repeat(4),
}

/**
 * The settings for a command that takes no leads: it runs with what it needs, whatever else is not set.
 * @throws InvalidConfig with every fault in what is set.
 */
export function settingsWithoutLeads(env: Readonly<Record<string, string | undefined>>): Config {
  const missing = Object.entries(unneeded).filter(([name]) => !env[name] && !env[`${name}_FILE`])
  return readConfig({ ...env, ...Object.fromEntries(missing) })
}
