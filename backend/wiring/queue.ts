import type { Config } from '../config.ts'
import type { QueueReader } from '../desk/queue.ts'
import type { Log } from '../log.ts'
import type { Db } from '../postgres/connection.ts'
import { readQueueInPostgres } from '../postgres/queue.ts'
import { redisForCommands } from '../redis/connection.ts'
import { readQueueInRedis } from '../redis/queue-state.ts'

export type QueueOptions = Readonly<{ config: Config; db: Db; nowMs(): number; log: Log }>

/** Looks at what is acknowledged and not stored yet, with a connection of its own that no submission waits behind. */
export function wireQueue({ config, db, nowMs, log }: QueueOptions) {
  const redis = config.redisUrl
    ? redisForCommands({ url: config.redisUrl, name: 'landfast-desk', log })
    : undefined
  const reader: QueueReader = {
    async read() {
      const [stored, waiting] = await Promise.all([
        readQueueInPostgres(db),
        redis
          ? readQueueInRedis(redis, nowMs()).catch(() => ({ redis: 'away' as const, failed: [] }))
          : { failed: [] },
      ])
      return { ...stored, ...waiting }
    },
  }
  return {
    reader,
    start: () => void redis?.connect().catch(() => {}),
    stop: () => redis?.disconnect(),
  }
}
