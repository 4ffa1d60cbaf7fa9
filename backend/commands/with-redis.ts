import type { Installation } from '../leads/installation.ts'
import { createLog } from '../log.ts'
import { redisForCommands } from '../redis/connection.ts'
import { homeOf } from '../redis/home.ts'
import { CommandFault } from './command.ts'

type Redis = ReturnType<typeof redisForCommands>

/**
 * Runs work on a connection to REDIS_URL that ends with it.
 * @throws CommandFault before anything is done when Redis does not answer.
 */
export async function withRedis(
  url: string,
  name: string,
  run: (redis: Redis) => Promise<void>,
): Promise<void> {
  const redis = redisForCommands({ url, name, log: createLog({ level: 'error', process: name }) })
  try {
    await redis.connect().catch(() => {
      throw new CommandFault('Redis at REDIS_URL does not answer, so nothing was changed. Is it running?')
    })
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
