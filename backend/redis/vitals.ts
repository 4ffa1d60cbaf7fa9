import type { Redis } from 'ioredis'

/** Whether Redis could write its append-only file the last time, and rewrite it. Rejects while Redis is away. */
export async function appendOnlyFileOk(redis: Redis): Promise<boolean> {
  const info = await redis.info('persistence')
  return ['aof_last_write_status', 'aof_last_bgrewrite_status'].every((name) => valueIn(info, name) === 'ok')
}

/** How much of its `maxmemory` Redis uses, from 0 to 1; 0 where it has no limit. Rejects while Redis is away. */
export async function memoryUsed(redis: Redis): Promise<number> {
  const info = await redis.info('memory')
  const most = Number(valueIn(info, 'maxmemory'))
  return most > 0 ? Number(valueIn(info, 'used_memory')) / most : 0
}

export type RedisVitals = Readonly<{
  clients: number
  usedBytes: number
  hits: number
  misses: number
  commands: number
  evicted: number
}>

/** How much this Redis has to do. Rejects while it is away. */
export async function redisVitals(redis: Redis): Promise<RedisVitals> {
  const info = await redis.info()
  const value = (name: string) => Number(valueIn(info, name))
  return {
    clients: value('connected_clients'),
    usedBytes: value('used_memory'),
    hits: value('keyspace_hits'),
    misses: value('keyspace_misses'),
    commands: value('total_commands_processed'),
    evicted: value('evicted_keys'),
  }
}

/** The run of this server: another one once it was started again. Rejects while Redis is away. */
export async function runOf(redis: Redis): Promise<string> {
  return valueIn(await redis.info('server'), 'run_id') ?? 'unknown'
}

/** The value under a name in what INFO answers. */
export const valueIn = (info: string, name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]
