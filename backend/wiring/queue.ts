import type { Config } from '../config.ts'
import type { QueueReader } from '../desk/queue.ts'
import type { Log } from '../log.ts'
import type { Db } from '../postgres/connection.ts'
import { readQueueInPostgres } from '../postgres/queue.ts'
import { readQueueInRedis } from '../redis/queue-state.ts'
import { openShards } from './open.ts'

export type QueueOptions = Readonly<{ config: Config; db: Db; nowMs(): number; log: Log }>

/** Looks at what is acknowledged and not stored yet, with a connection of its own that no submission waits behind. */
export function wireQueue({ config, db, nowMs, log }: QueueOptions) {
  const shards = openShards(config, 'landfast-desk', log)
  const reader: QueueReader = {
    async read() {
      const [stored, waiting] = await Promise.all([
        readQueueInPostgres(db),
        shards.length > 0
          ? readQueueInRedis(shards, nowMs()).catch(() => ({ redis: 'away' as const, failed: [] }))
          : { failed: [] },
      ])
      return { ...stored, ...waiting }
    },
  }
  return {
    reader,
    start() {
      for (const redis of shards) redis.connect().catch(() => {})
    },
    stop() {
      for (const redis of shards) redis.disconnect()
    },
  }
}
