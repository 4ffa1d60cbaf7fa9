import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { createLog, errorFields } from '../log.ts'
import { connectPostgres, type Db } from '../postgres/connection.ts'
import type { FunctionState } from '../postgres/functions.ts'
import { noteShards, readInstallation } from '../postgres/installation.ts'
import { dropTables, migrate, migrations, ours, schemaStatus } from '../postgres/migrate.ts'
import { NotOurs } from '../postgres/ours.ts'
import { ensurePartitions } from '../postgres/partitions.ts'
import { anHour, type Patience } from '../postgres/patience.ts'
import { ensureRoles, rolesOf } from '../postgres/roles.ts'
import { forgetLeads } from '../redis/forget.ts'
import { adoptHome } from '../redis/home.ts'
import { eachShard } from '../wiring/open.ts'
import { CommandFault, runCommand } from './command.ts'
import { settingsOf } from './settings.ts'
import { withOurRedis, withRedis } from './with-redis.ts'

const usage = `
Usage: bun run db:migrate          bring the schema up to date (safe from several machines at once)
       bun run db:status           list the migrations, when each was applied, and the functions
       bun run db:new NAME         write an empty migration
       bun run db:reset [--yes]    drop what Landfast made and migrate again; asks first
Reads MIGRATE_DATABASE_URL, or DATABASE_URL, and the other settings from the environment or .env, else those of \`bun run start\`.`

const migrationsDir = join(import.meta.dir, '../postgres/migrations')

async function withDb(run: (db: Db, config: Config) => Promise<void>): Promise<void> {
  const config = settingsOf(process.env)
  const log = createLog({ level: 'error', process: 'db' })
  const db = connectPostgres({
    url: config.migrateDatabaseUrl,
    poolMax: 2,
    applicationName: 'landfast-db',
    // No visitor waits for it, and it makes nobody wait.
    statementTimeoutMs: 3_600_000,
    log,
  })
  try {
    await run(db, config)
  } catch (error) {
    if (error instanceof CommandFault) throw error
    if (error instanceof NotOurs) throw new CommandFault(`Nothing was done: ${error.message}.`)
    const { error: message, help } = errorFields(error)
    const setting = process.env.MIGRATE_DATABASE_URL ? 'MIGRATE_DATABASE_URL' : 'DATABASE_URL'
    throw new CommandFault(
      `Postgres at ${setting} did not do it: ${message || 'no connection'}${help ? `: ${help}.` : '. Is it running?'}`,
    )
  } finally {
    await db.destroy()
  }
}

const patient: Patience = {
  ...anHour,
  onWait: () =>
    console.log(
      'Somebody holds a table of ours for long, as a backup or a report does. Leads go first; this waits for up to an hour.',
    ),
}

async function bringUpToDate(db: Db, config: Config): Promise<void> {
  const applied = await migrate(db, migrations, patient)
  await ensureRoles(db, rolesOf(config), patient)
  if (config.redisUrl) await noteShards(db, config.redisShards, 'if none')
  // What is in the way of a month holds no update up: its leads wait in the default partition, and the worker says so, too.
  const partitions = await ensurePartitions(db, { patience: patient }).catch((error) => {
    if (!(error instanceof NotOurs)) throw error
    console.error(error.message)
    return []
  })
  console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.join(', ')}.`)
  if (partitions.length > 0) console.log(`Made partitions ${partitions.join(', ')}.`)
}

const functionWords: Record<FunctionState, string> = {
  missing: 'waiting',
  earlier: 'waiting: another one is there',
  current: 'applied',
  later: 'a later one is there, which stays',
}

async function printStatus(db: Db): Promise<void> {
  const { migrations, functions } = await schemaStatus(db)
  for (const { name, appliedAt } of migrations)
    console.log(`${name}  ${appliedAt ? `applied ${appliedAt.toISOString()}` : 'waiting'}`)
  for (const { file, revision, state } of functions)
    console.log(`${file} revision ${revision}  ${functionWords[state]}`)
}

async function writeMigration(name: string | undefined): Promise<void> {
  if (!name || !/^[a-z][a-z0-9-]*$/.test(name))
    throw new CommandFault(
      'Name the migration in small letters, digits and dashes: bun run db:new lead-notes',
    )
  const numbers = (await readdir(migrationsDir))
    .map((file) => Number.parseInt(file, 10))
    .filter(Number.isInteger)
  const number = String(Math.max(0, ...numbers) + 1).padStart(4, '0')
  const file = join(migrationsDir, `${number}-${name}.ts`)
  await Bun.write(
    file,
    `import { type Kysely, sql } from 'kysely'\n\nexport async function up(db: Kysely<unknown>): Promise<void> {\n  await sql\`select 1\`.execute(db)\n}\n`,
  )
  console.log(
    `Wrote backend/postgres/migrations/${number}-${name}.ts; add it to the list in backend/postgres/migrate.ts.`,
  )
}

async function reset(db: Db, config: Config, sure: boolean): Promise<void> {
  if (!sure && prompt('This deletes every lead, stored or queued. Type "delete" to go on:') !== 'delete')
    throw new CommandFault('Nothing was changed.')
  // Before anything is forgotten.
  await ours(db)
  if (config.redisUrl) await forgetInRedis(config, db)
  await dropTables(db, patient)
  await bringUpToDate(db, config)
  if (config.redisUrl) await markRedis(config, db)
}

/** Claims that outlive their leads would call every phone a duplicate of nothing. */
async function forgetInRedis(config: Config, db: Db): Promise<void> {
  const installation = () => readInstallation(db)
  await withOurRedis(config, 'landfast-reset', installation, async (shards) => {
    let claims = 0
    for (const redis of shards) claims += await forgetLeads(redis)
    console.log(`Redis forgot ${claims} claims and the queue.`)
  })
}

/** The database has another id now. */
async function markRedis(config: Config, db: Db): Promise<void> {
  const installation = await readInstallation(db)
  if (installation)
    await withRedis(config, 'landfast-reset', (shards) =>
      eachShard(shards, (redis) => adoptHome(redis, installation)),
    )
}

const [action, ...args] = process.argv.slice(2)
await runCommand(usage, process.argv.slice(2), async () => {
  const known =
    action === 'new' ? args.length <= 1 : args.every((arg) => action === 'reset' && arg === '--yes')
  if (!known) throw new CommandFault(usage.trim())
  if (action === 'migrate') return withDb(bringUpToDate)
  if (action === 'status') return withDb(printStatus)
  if (action === 'new') return writeMigration(args[0])
  if (action === 'reset') return withDb((db, config) => reset(db, config, args[0] === '--yes'))
  throw new CommandFault(usage.trim())
})
