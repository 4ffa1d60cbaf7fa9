import type { Config } from '../config.ts'
import type { Installation } from '../leads/installation.ts'
import { createLog } from '../log.ts'
import { refusedBecause } from '../redis/connection.ts'
import { fitnessOf } from '../redis/fitness.ts'
import { homeOf } from '../redis/home.ts'
import { openShards, type RedisForCommands } from '../wiring/open.ts'
import { CommandFault } from './command.ts'

type Settings = Pick<Config, 'redisUrl' | 'redisShards'>

/**
 * Runs work on connections to REDIS_URL, one a shard, that end with it.
 * @throws CommandFault before anything is done when Redis does not answer, or does not let its user do what is needed.
 */
export async function withRedis(
  config: Settings,
  name: string,
  run: (shards: readonly RedisForCommands[]) => Promise<void>,
): Promise<void> {
  const shards = openShards(config, name, createLog({ level: 'error', process: name }))
  try {
    for (const redis of shards)
      await redis.connect().catch(() => {
        const found = refusedBecause(redis)
        throw new CommandFault(
          found
            ? `Nothing was changed: ${found}.`
            : 'Redis at REDIS_URL does not answer, so nothing was changed. Is it running?',
        )
      })
    for (const redis of shards) {
      const { unable } = await fitnessOf(redis, false)
      if (unable) throw new CommandFault(`Nothing was changed: ${unable}.`)
    }
    await run(shards)
  } finally {
    for (const redis of shards) redis.disconnect()
  }
}

/** The same, where that Redis is ours. @throws CommandFault before anything is done when it is another installation's. */
export function withOurRedis(
  config: Settings,
  name: string,
  installation: () => Promise<Installation | undefined>,
  run: (shards: readonly RedisForCommands[]) => Promise<void>,
): Promise<void> {
  return withRedis(config, name, async (shards) => {
    for (const redis of shards) {
      const { foreign } = await homeOf(redis, installation)
      if (foreign) throw new CommandFault(`Nothing was changed: ${foreign}.`)
    }
    await run(shards)
  })
}
