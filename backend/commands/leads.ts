import { acceptedAtMs, isId } from '../batching/ids.ts'
import type { Config } from '../config.ts'
import { createLog } from '../log.ts'
import { clockOfPostgres } from '../postgres/clock.ts'
import { connectPostgres, type Db } from '../postgres/connection.ts'
import { releaseSuspects } from '../postgres/delivery-events.ts'
import { readInstallation } from '../postgres/installation.ts'
import { readBacklogs } from '../redis/backlog.ts'
import { retryFailedBatches } from '../redis/failed-batches.ts'
import { createSharedClock } from '../shared-clock.ts'
import { reconcileStores } from '../wiring/reconcile.ts'
import { replay } from '../wiring/replay.ts'
import { CommandFault, runCommand } from './command.ts'
import { settingsOf } from './settings.ts'
import { withOurRedis } from './with-redis.ts'

const usage = `
Usage: bun run leads:release ID…  take leads that look like a robot's for a person's, and have endpoints told of them
       bun run leads:replay       try to store every lead in quarantine again, and every batch that was given up
       bun run leads:reconcile    compare claims, queue and rows, and mend what differs; the worker does it every hour
Reads the settings from the environment or .env, else those of \`bun run start\`. Safe to repeat and to stop.`

const log = createLog({ level: 'error', process: 'leads' })

async function withDb(run: (config: Config, db: Db) => Promise<void>): Promise<void> {
  const config = settingsOf(process.env)
  const db = connectPostgres({
    url: config.workerDatabaseUrl,
    poolMax: 2,
    applicationName: 'landfast-leads',
    log,
  })
  try {
    await run(config, db)
  } finally {
    await db.destroy()
  }
}

const whoWeAre = (db: Db) => () => readInstallation(db)

async function replayAll(config: Config, db: Db): Promise<void> {
  const { stored, stay } = await replay({ ...config, db, shards: [] })
  console.log(`Stored ${stored} leads from quarantine.`)
  for (const { reason, count } of stay) console.log(`${count} stay there: ${reason}.`)
  if (!config.redisUrl) return
  await withOurRedis(config, 'landfast-replay', whoWeAre(db), async (shards) => {
    let again = 0
    for (const redis of shards) again += await retryFailedBatches(redis)
    console.log(`${again} batches that were given up are in the queue again.`)
  })
}

async function release(ids: readonly string[]): Promise<void> {
  const wrong = ids.find((id) => !isId(id))
  if (wrong !== undefined || ids.length === 0)
    throw new CommandFault(
      'Give the ids of leads, as the list of leads or GET /api/leads/:id/status has them.',
    )
  await withDb(async (_, db) => {
    const released = await db.transaction().execute((tx) => releaseSuspects(tx, ids))
    console.log(
      `${released.length} of ${ids.length} were suspect and are new leads now; endpoints are told of them.`,
    )
  })
}

async function reconcile(config: Config, db: Db): Promise<void> {
  if (!config.redisUrl)
    throw new CommandFault('Without REDIS_URL there is one store, and nothing to compare it with.')
  await withOurRedis(config, 'landfast-reconcile', whoWeAre(db), async (shards) => {
    const clock = createSharedClock({ ask: () => clockOfPostgres(db), log })
    await clock.start()
    clock.stop()
    const found = await reconcileStores({
      ...{ config, shards, db, nowMs: clock.nowMs, pause: async () => {} },
      onGone: (id) =>
        console.log(`Gone: ${id}, which was acknowledged at ${new Date(acceptedAtMs(id)).toISOString()}.`),
    })
    const { claims, released, unreadable, known, told, retried } = found
    const { batches, oldestMs } = await readBacklogs(shards, clock.nowMs())
    console.log(`Redis holds ${claims} claims; ${released} of them had no lead and were given back.`)
    if (unreadable > 0) console.log(`${unreadable} of them name no lead and were left; they hold nobody up.`)
    console.log(`Postgres knows ${known} claims of the window; Redis was told of ${told} it did not have.`)
    if (retried > 0) console.log(`${retried} batches that were given up are in the queue again.`)
    console.log(`${batches} batches wait to be stored, the oldest for ${(oldestMs / 1000).toFixed(1)} s.`)
  })
}

const [action, ...args] = process.argv.slice(2)
await runCommand(usage, process.argv.slice(2), async () => {
  if (action === 'release') return release(args)
  if (args.length > 0) throw new CommandFault(usage.trim())
  if (action === 'replay') return withDb(replayAll)
  if (action === 'reconcile') return withDb(reconcile)
  throw new CommandFault(usage.trim())
})
