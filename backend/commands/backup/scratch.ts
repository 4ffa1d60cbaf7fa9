import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from '../../local/machine.ts'
import { startServices } from '../../local/services.ts'
import { createLog } from '../../log.ts'
import { entriesIn } from '../../mongo/copy.ts'
import { connectPatiently, figuresOf } from '../../postgres/copies.ts'
import { readBacklogs } from '../../redis/backlog.ts'
import { foreignBecause } from '../../redis/home.ts'
import { openShards } from '../../wiring/open.ts'
import { CommandFault } from '../command.ts'
import type { Part, PartName } from './folder.ts'
import { restoreDump } from './postgres.ts'
import { unpack } from './programs.ts'
import { unseal } from './sealed.ts'

type Holds = Part['holds']

/**
 * Restores what was written into servers that are made for it and are gone afterwards, and reads there what it holds. That
 * is how a backup is known to be one.
 * @throws Error in one sentence when it does not hold what it should.
 */
export async function tryOut(
  input: Readonly<{
    folder: string
    parts: readonly Part[]
    key: string
    installation: string
    /** Into how many parts phones are divided. */
    redisShards: number
    machine: Machine
  }>,
): Promise<ReadonlyMap<PartName, Holds>> {
  const { folder, parts, key, installation, redisShards, machine } = input
  const found = new Map<PartName, Holds>()
  const part = (name: PartName) => parts.find((each) => each.name === name)
  const pathOf = (name: PartName) => join(folder, part(name)!.file)
  const scratch = mkdtempSync(join(folder, '.scratch-'))
  // Postgres may run as a user of its own, who has to pass through.
  chmodSync(scratch, 0o755)
  try {
    if (part('redis')) {
      mkdirSync(join(scratch, 'redis'))
      await unseal(pathOf('redis'), key, (plain) => unpack(plain, join(scratch, 'redis')))
    }
    const only = (['postgres', 'redis'] as const).filter(part)
    const services = await startServices({ dataDir: scratch, only, own: true, env: machine.env })
    try {
      for (const service of services.all)
        if (service.state !== 'running')
          throw new CommandFault(
            `The backup cannot be tried out: ${service.title} is ${service.state}: ${service.how}`,
          )
      if (part('postgres')) {
        const url = services.env.MIGRATE_DATABASE_URL!
        await restoreDump({ path: pathOf('postgres'), key, url, machine })
        const db = connectPatiently(url)
        found.set('postgres', await figuresOf(db).finally(() => db.destroy()))
      }
      if (part('redis'))
        found.set('redis', await lookInto({ redisUrl: services.env.REDIS_URL!, redisShards }, installation))
    } finally {
      await services.stop()
    }
    if (part('mongo')) found.set('mongo', { entries: await count(pathOf('mongo'), key) })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  for (const { name, holds } of parts)
    for (const [figure, value] of Object.entries(holds)) {
      const restored = found.get(name)?.[figure]
      if (restored !== undefined && restored !== value)
        throw new Error(`of ${value} ${figure} in ${name} only ${restored} were there when it was restored`)
    }
  return found
}

/** What a Redis on the copied files knows. @throws Error where it is another installation's. */
async function lookInto(at: Parameters<typeof openShards>[0], installation: string): Promise<Holds> {
  const shards = openShards(at, 'landfast-backup', createLog({ level: 'error', process: 'backup' }))
  try {
    for (const redis of shards) {
      await redis.connect()
      const foreign = await foreignBecause(redis, installation)
      if (foreign) throw new Error(`BACKUP_REDIS_DIR holds the files of another Redis: ${foreign}`)
    }
    const { batches } = await readBacklogs(shards, Date.now())
    const keys = Number(/^db0:keys=(\d+)/m.exec(await shards[0]!.info('keyspace'))?.[1] ?? 0)
    return { batches, keys }
  } finally {
    for (const redis of shards) redis.disconnect()
  }
}

async function count(path: string, key: string): Promise<number> {
  let entries = 0
  await unseal(path, key, async (plain) => {
    for await (const _ of entriesIn(plain)) entries++
  })
  return entries
}
