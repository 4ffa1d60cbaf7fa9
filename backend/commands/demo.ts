import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { createKeyedHash } from '../keyed-hash.ts'
import { createLog } from '../log.ts'
import { connectPostgres, type Db } from '../postgres/connection.ts'
import { whatIsThere } from '../postgres/demo.ts'
import { CommandFault, runCommand } from './command.ts'
import { makeEndpoints } from './demo/endpoints.ts'
import { fill } from './demo/fill.ts'
import { settingsOf } from './settings.ts'

const usage = `
Usage: bun run demo:seed [--leads N] [--days N] [--even-here]   fill the desk with what was made up: 100,000 leads of 35 days

Leads, visits, events, experiments and what callers have made of them, so that every screen can be looked at. The numbers
begin with +999, which no country has. Refuses in production, where an endpoint would be told, and where leads are; with
--even-here it adds to them.
Reads MIGRATE_DATABASE_URL, or DATABASE_URL, and SECRET_KEY from the environment or .env, else those of \`bun run start\`.`

const leadsMax = 1_000_000
const daysMax = 365

function read(args: string[]) {
  const number = (name: string, text: string, most: number) => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw new CommandFault(`--${name} is a whole number from 1 to ${most}.`)
    return value
  }
  const options = {
    leads: { type: 'string', default: '100000' },
    days: { type: 'string', default: '35' },
    'even-here': { type: 'boolean', default: false },
  } as const
  const found = (() => {
    try {
      return parseArgs({ args, options }).values
    } catch {
      throw new CommandFault(usage.trim())
    }
  })()
  return {
    leads: number('leads', found.leads, leadsMax),
    days: number('days', found.days, daysMax),
    evenHere: found['even-here'],
  }
}

async function refuse(db: Db, config: Config, evenHere: boolean): Promise<void> {
  if (config.environment === 'production')
    throw new CommandFault(
      'This is a production installation (NODE_ENV=production), where nothing may be made up. Use another one.',
    )
  const there = await whatIsThere(db)
  if (there.endpoints)
    throw new CommandFault(
      'Endpoints here would be told of leads that are made up. Remove them first, or use another database.',
    )
  if (there.leads && !evenHere)
    throw new CommandFault(
      'There are leads here already. Use an empty database, or add to them with --even-here: nothing takes them apart again.',
    )
}

async function seed(args: string[]): Promise<void> {
  const { leads, days, evenHere } = read(args)
  const config = settingsOf(process.env)
  const log = createLog({ level: 'error', process: 'demo' })
  const db = connectPostgres({
    ...{ url: config.migrateDatabaseUrl, poolMax: 2, applicationName: 'landfast-demo', log },
    statementTimeoutMs: 600_000,
  })
  try {
    await refuse(db, config, evenHere)
    const keyedHash = createKeyedHash(config.secretKey)
    const onDay = (filled: { leads: number; visits: number }) =>
      process.stderr.write(`\r${filled.leads} leads of ${filled.visits} visits `)
    const filled = await fill({ db, keyedHash, onDay }, { leads, days, nowMs: Date.now() })
    await makeEndpoints(db, config.secretKey)
    process.stderr.write('\n')
    console.log(
      `Made ${filled.leads} leads of ${filled.visits} visits. Sign in at ${config.publicUrl}/admin.`,
    )
  } finally {
    await db.destroy()
  }
}

await runCommand(usage, process.argv.slice(2), () => seed(process.argv.slice(2)))
