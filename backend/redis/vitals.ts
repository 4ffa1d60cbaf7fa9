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

/** How much Redis has to do: every server of the shards, and each once. Rejects while one is away. */
export async function redisVitals(shards: readonly Redis[]): Promise<RedisVitals> {
  const infos = await Promise.all(shards.map((redis) => redis.info()))
  const servers = [...new Map(infos.map((info) => [valueIn(info, 'run_id'), info])).values()]
  const sum = (name: string) => servers.reduce((all, info) => all + Number(valueIn(info, name)), 0)
  return {
    clients: sum('connected_clients'),
    usedBytes: sum('used_memory'),
    hits: sum('keyspace_hits'),
    misses: sum('keyspace_misses'),
    commands: sum('total_commands_processed'),
    evicted: sum('evicted_keys'),
  }
}

/** The run of this server: another one once it was started again. Rejects while Redis is away. */
export async function runOf(redis: Redis): Promise<string> {
  return valueIn(await redis.info('server'), 'run_id') ?? 'unknown'
}

/** The value under a name in what INFO answers. */
export const valueIn = (info: string, name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]
