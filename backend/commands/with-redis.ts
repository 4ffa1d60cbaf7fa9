import type { Installation } from '../leads/installation.ts'
import { createLog } from '../log.ts'
import { redisForCommands, refusedBecause } from '../redis/connection.ts'
import { fitnessOf } from '../redis/fitness.ts'
import { homeOf } from '../redis/home.ts'
import { CommandFault } from './command.ts'

type Redis = ReturnType<typeof redisForCommands>

/**
 * Runs work on a connection to REDIS_URL that ends with it.
 * @throws CommandFault before anything is done when Redis does not answer, or does not let its user do what is needed.
 */
export async function withRedis(
  url: string,
  name: string,
  run: (redis: Redis) => Promise<void>,
): Promise<void> {
  const redis = redisForCommands({ url, name, log: createLog({ level: 'error', process: name }) })
  try {
    await redis.connect().catch(() => {
      const found = refusedBecause(redis)
      throw new CommandFault(
        found
          ? `Nothing was changed: ${found}.`
          : 'Redis at REDIS_URL does not answer, so nothing was changed. Is it running?',
      )
    })
    const { unable } = await fitnessOf(redis, false)
    if (unable) throw new CommandFault(`Nothing was changed: ${unable}.`)
    await run(redis)
  } finally {
    redis.disconnect()
  }
}

/** The same, where that Redis is ours. @throws CommandFault before anything is done when it is another installation's. */
export function withOurRedis(
  url: string,
  name: string,
  installation: () => Promise<Installation | undefined>,
  run: (redis: Redis) => Promise<void>,
): Promise<void> {
  return withRedis(url, name, async (redis) => {
    const { foreign } = await homeOf(redis, installation)
    if (foreign) throw new CommandFault(`Nothing was changed: ${foreign}.`)
    await run(redis)
  })
}
