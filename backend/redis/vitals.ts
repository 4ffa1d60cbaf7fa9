import type { Redis } from 'ioredis'

/** How Redis itself is. */
export type RedisVitals = Readonly<{
  /** Whether its last writes to the append-only file, and the last rewrite of it, succeeded. */
  appendOnlyFileOk: boolean
  /** Of `maxmemory`, from 0 to 1; 0 where it has no limit. */
  memoryUsed: number
}>

export async function readVitals(redis: Redis): Promise<RedisVitals> {
  const info = `${await redis.info('persistence')}\n${await redis.info('memory')}`
  const value = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]
  const most = Number(value('maxmemory'))
  return {
    appendOnlyFileOk: value('aof_last_write_status') === 'ok' && value('aof_last_bgrewrite_status') === 'ok',
    memoryUsed: most > 0 ? Number(value('used_memory')) / most : 0,
  }
}
