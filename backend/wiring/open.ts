import type { Config } from '../config.ts'
import type { ClaimRelease } from '../leads/ports.ts'
import { type Shard, shardOf } from '../leads/shard.ts'
import type { Log } from '../log.ts'
import { clockOfPostgres } from '../postgres/clock.ts'
import { connectPostgres, type Db } from '../postgres/connection.ts'
import { lostInPowerCut } from '../postgres/durability.ts'
import { createQueryMetrics } from '../prometheus/engine-metrics.ts'
import { addGauges, type createRegistry } from '../prometheus/metrics.ts'
import { createClaimRelease } from '../redis/claims.ts'
import { redisForCommands } from '../redis/connection.ts'
import { createSharedClock, type SharedClock } from '../shared-clock.ts'

export type Registry = ReturnType<typeof createRegistry>
export type RedisForCommands = ReturnType<typeof redisForCommands>

/** The shards of an installation; one without a name where phones are not divided. */
export function shardsOf({
  redisShards: count,
}: Pick<Config, 'redisShards'>): readonly (Shard | undefined)[] {
  return count === 1 ? [undefined] : Array.from({ length: count }, (_, index) => ({ index, count }))
}

/** A connection to each shard for work that must not wait. */
export function openShards(
  config: Pick<Config, 'redisUrl' | 'redisShards'>,
  name: string,
  log: Log,
): readonly RedisForCommands[] {
  const url = config.redisUrl
  return url ? shardsOf(config).map((shard) => redisForCommands({ url, name, shard, log })) : []
}

/** Does what is done of one shard with each of them, also after one that failed; rejects with the first failure. */
export async function eachShard(
  shards: readonly RedisForCommands[],
  work: (redis: RedisForCommands) => Promise<unknown>,
): Promise<void> {
  const failures: unknown[] = []
  for (const redis of shards) await work(redis).catch((error) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

/** Gives claims back, each in the shard of its phone; undefined without Redis. */
export function releaseIn(shards: readonly RedisForCommands[]): ClaimRelease | undefined {
  const of = byPhone(shards, createClaimRelease)
  return shards.length === 0 ? undefined : { release: (lead) => of(lead.phoneKey).release(lead) }
}

/** What is made of each shard, by the phone that it is asked for. */
export function byPhone<Part>(
  shards: readonly RedisForCommands[],
  make: (redis: RedisForCommands) => Part,
): (phoneKey: string) => Part {
  // Nothing but the connection: what makes a part may take more, of which the place of a shard is none.
  const parts = shards.map((redis) => make(redis))
  return (phoneKey) => parts[shardOf(phoneKey, parts.length)]!
}

/** The pool of one process, as whom it comes; `applicationName` tells its connections from others in Postgres. */
export function openPostgres(config: Config, as: 'api' | 'worker', registry: Registry, log: Log): Db {
  return connectPostgres({
    url: as === 'api' ? config.databaseUrl : config.workerDatabaseUrl,
    poolMax: config.databasePoolMax,
    applicationName: `landfast-${as}`,
    onQuery: createQueryMetrics(registry),
    log,
  })
}

/** Says once what a power cut may take. Nobody waits for it; where Postgres is away health says it later. */
export async function tellOfPowerCuts(db: Db, log: Log): Promise<void> {
  const because = await lostInPowerCut(db).catch(() => undefined)
  if (because) log.warn('postgres.forgetful', { because })
}

/** The time of one process, and a gauge that tells how far its machine's own is from it. */
export async function startClock(db: Db, registry: Registry, log: Log): Promise<SharedClock> {
  const clock = createSharedClock({ ask: () => clockOfPostgres(db), log })
  addGauges(registry, {
    clock_ahead_of_postgres_seconds: {
      help: 'How far the clock of this machine is ahead of that of Postgres; NaN until Postgres has told',
      read: () => clock.aheadMs() / 1000,
    },
  })
  await clock.start()
  return clock
}
