import { parseArgs } from 'node:util'
import { createLog } from '../log.ts'
import { clockOfPostgres } from '../postgres/clock.ts'
import { connectPostgres } from '../postgres/connection.ts'
import { readInstallation } from '../postgres/installation.ts'
import { readBacklog } from '../redis/backlog.ts'
import { adoptHome, homeOf } from '../redis/home.ts'
import { createSharedClock } from '../shared-clock.ts'
import { reconcileStores } from '../wiring/reconcile.ts'
import { CommandFault, runCommand } from './command.ts'
import { settingsOf } from './settings.ts'
import { withRedis } from './with-redis.ts'

const usage = `
Usage: bun run stores:adopt [--yes]    make the Redis at REDIS_URL that of this installation; asks first

For a Redis whose installation is gone for good, or whose database was made anew: what waits in its queue is stored here, and
claims without a lead here are given back. While another installation works on it, this would take that one's leads.
Reads the settings from the environment or .env, else those of \`bun run start\`.`

async function adopt(sure: boolean): Promise<void> {
  const config = settingsOf(process.env)
  if (!config.redisUrl) throw new CommandFault('REDIS_URL is not set, so there is nothing to adopt.')
  const log = createLog({ level: 'error', process: 'stores' })
  const name = 'landfast-stores'
  const db = connectPostgres({ url: config.workerDatabaseUrl, poolMax: 2, applicationName: name, log })
  try {
    const installation = await readInstallation(db)
    if (!installation)
      throw new CommandFault('This database does not say whose it is yet: run `bun run db:migrate` first.')
    await withRedis(config.redisUrl, name, async (redis) => {
      const { foreign } = await homeOf(redis, async () => installation)
      if (!foreign) return console.log('The Redis at REDIS_URL is ours already.')
      const clock = createSharedClock({ ask: () => clockOfPostgres(db), log })
      await clock.start()
      clock.stop()
      const { batches } = await readBacklog(redis, clock.nowMs())
      const question = `${foreign}.\n${batches} batches wait in its queue and would be stored here. Type "adopt" to go on:`
      if (!sure && prompt(question) !== 'adopt') throw new CommandFault('Nothing was changed.')
      await adoptHome(redis, installation)
      const { released } = await reconcileStores({
        config,
        redis,
        db,
        nowMs: clock.nowMs,
        pause: async () => {},
      })
      console.log(
        `The Redis at REDIS_URL is ours now. ${batches} batches wait to be stored; ${released} claims had no lead and were given back.`,
      )
    })
  } finally {
    await db.destroy()
  }
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
