import { parseArgs } from 'node:util'
import type { Config, S3Config } from '../config.ts'
import type { Installation } from '../leads/installation.ts'
import { createLog } from '../log.ts'
import { createMedia, NotOpen } from '../minio/media.ts'
import { adoptRequestLog } from '../mongo/request-log.ts'
import { clockOfPostgres } from '../postgres/clock.ts'
import { connectPostgres, type Db } from '../postgres/connection.ts'
import { noteShards, readInstallation } from '../postgres/installation.ts'
import { readBacklogs } from '../redis/backlog.ts'
import { adoptHome } from '../redis/home.ts'
import { createSharedClock } from '../shared-clock.ts'
import { homeOfAll, reconcileStores } from '../wiring/reconcile.ts'
import { CommandFault, runCommand } from './command.ts'
import { settingsOf } from './settings.ts'
import { withRedis } from './with-redis.ts'

const name = 'landfast-stores'
const log = createLog({ level: 'error', process: 'stores' })
const usage = `
Usage: bun run stores:adopt [--yes]    make Redis, MongoDB and bucket those of this installation; asks first

For stores whose installation is gone for good, or whose database was made anew: what waits in the queue is stored here, and
claims without a lead here are given back. While another installation works on them, this would take that one's leads.
Reads the settings from the environment or .env, else those of \`bun run start\`.`

async function adopt(sure: boolean): Promise<void> {
  const config = settingsOf(process.env)
  const db = connectPostgres({ url: config.workerDatabaseUrl, poolMax: 2, applicationName: name, log })
  try {
    const ours = await readInstallation(db)
    if (!ours)
      throw new CommandFault('This database does not say whose it is yet: run `bun run db:migrate` first.')
    if (config.redisUrl) await adoptRedis({ config, db, ours, sure })
    if (config.mongoUrl) await adoptMongo({ ours, sure }, config.mongoUrl)
    if (config.s3) await adoptBucket({ ours, sure }, config.s3)
  } finally {
    await db.destroy()
  }
}

type Adoption = Readonly<{ ours: Installation; sure: boolean }>

async function adoptRedis({
  config,
  db,
  ours,
  sure,
}: Adoption & Readonly<{ config: Config; db: Db }>): Promise<void> {
  await withRedis(config, name, async (shards) => {
    const { foreign } = await homeOfAll(shards, db)
    if (!foreign) return console.log('The Redis at REDIS_URL is ours already.')
    const clock = createSharedClock({ ask: () => clockOfPostgres(db), log })
    await clock.start()
    clock.stop()
    const { batches } = await readBacklogs(shards, clock.nowMs())
    agree(sure, `${foreign}.\n${batches} batches wait in its queue and would be stored here.`)
    await noteShards(db, config.redisShards, 'anew')
    for (const redis of shards) await adoptHome(redis, ours)
    const { released } = await reconcileStores({
      ...{ config, shards, db, nowMs: clock.nowMs },
      pause: async () => {},
    })
    console.log(
      `The Redis at REDIS_URL is ours now. ${batches} batches wait to be stored; ${released} claims had no lead and were given back.`,
    )
  })
}

async function adoptMongo({ ours, sure }: Adoption, url: string): Promise<void> {
  await adoptRequestLog(url, ours, (foreign) => agree(sure, `${foreign}.`))
  console.log('The MongoDB at MONGO_URL is ours.')
}

async function adoptBucket({ ours, sure }: Adoption, s3: S3Config): Promise<void> {
  const media = createMedia(s3, log)
  const foreign = await media.lookWhose(ours).catch((error) => {
    throw error instanceof NotOpen
      ? new CommandFault(`It could not be told whose the bucket is: ${error.message}.`)
      : error
  })
  if (foreign && !s3.accessKey)
    throw new CommandFault(
      `${foreign}, where S3_ACCESS_KEY and S3_SECRET_KEY are set: in compose \`docker compose run --rm media-setup bun run stores:adopt\`.`,
    )
  if (foreign) {
    agree(sure, `${foreign}.`)
    await media.adopt(ours)
  }
  console.log(`The bucket ${s3.bucket} is ours.`)
}

/** @throws CommandFault unless the person at the keyboard agrees. */
function agree(sure: boolean, what: string): void {
  if (!sure && prompt(`${what} Type "adopt" to go on:`) !== 'adopt')
    throw new CommandFault('It stays as it is.')
}

function read(args: string[]) {
  try {
    return parseArgs({ args, options: { yes: { type: 'boolean', default: false } } }).values
  } catch {
    throw new CommandFault(usage.trim())
  }
}

const [action, ...args] = process.argv.slice(2)
await runCommand(usage, process.argv.slice(2), async () => {
  const { yes } = read(args)
  if (action !== 'adopt') throw new CommandFault(usage.trim())
  await adopt(yes)
})
