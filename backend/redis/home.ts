import type { Redis } from 'ioredis'
import { withDeadline } from '../deadline.ts'
import { belongsToAnother, dividesOtherwise, type Installation } from '../leads/installation.ts'
import { keysOf, shardOfConnection } from './keys.ts'

const highWaterField = 'high-water'
const toldField = 'told'

/** Whose a Redis is, as far as it and Postgres could say. */
export type Home = Readonly<{
  /** Who we are; absent where the schema is too early to tell. */
  ours?: Installation
  /** Why nothing may be done with it: it is another's. A sentence. */
  foreign?: string
  /** It was told of the claims of the window since it was last empty. */
  wasTold: boolean
  /** Postgres was put back: to the state of one moment, while this Redis knows of it until another. */
  putBack?: Readonly<{ toMs: number; fromMs: number }>
}>

const answerDeadlineMs = 2_000

/**
 * Looks whose a Redis is, and marks one that bears no mark as ours. Rejects while Postgres cannot say who we are, or Redis
 * does not answer.
 */
export async function homeOf(
  redis: Redis,
  installation: () => Promise<Installation | undefined>,
): Promise<Home> {
  // Asked in this order, what rises meanwhile is never taken for what was put back.
  const reading = redis.hmget(keysOf(redis).known, highWaterField, toldField)
  const [remembered, told] = await withDeadline(reading, answerDeadlineMs, 'asking Redis what it remembers')
  const wasTold = Boolean(told)
  const ours = await withDeadline(installation(), answerDeadlineMs, 'asking Postgres who we are')
  if (!ours) return { wasTold }
  const marking = redis.set(keysOf(redis).home, ours.id, 'NX', 'GET')
  const theirs = await withDeadline(marking, answerDeadlineMs, 'asking Redis whose it is')
  const isPutBack = theirs === ours.id && ours.highWaterMs < Number(remembered)
  return {
    ours,
    wasTold,
    ...(foreignIf(theirs, ours.id) ?? dividedOtherwise(redis, ours)),
    ...(isPutBack && { putBack: { toMs: ours.highWaterMs, fromMs: Number(remembered) } }),
  }
}

/** How far Postgres was when Redis was last told, as any shard remembers it; 0 where none does, or none answers. */
export async function rememberedHighWater(shards: readonly Redis[]): Promise<number> {
  const remembered = shards.map((redis) => {
    const reading = redis.hget(keysOf(redis).known, highWaterField)
    return withDeadline(reading, answerDeadlineMs, 'asking Redis what it remembers').catch(() => 0)
  })
  return Math.max(0, ...(await Promise.all(remembered)).map(Number))
}

/** Keeps the high-water mark that Postgres has. Claims without a lead are given back by then. */
export async function rememberHighWater(redis: Redis, highWaterMs: number): Promise<void> {
  await redis.hset(keysOf(redis).known, highWaterField, highWaterMs)
}

/** Marks a Redis as ours, whoever it was marked for. */
export async function adoptHome(redis: Redis, { id }: Installation): Promise<void> {
  await redis.set(keysOf(redis).home, id)
}

/** Why this Redis is not ours, or undefined. It is only read. */
export async function foreignBecause(redis: Redis, id: string | undefined): Promise<string | undefined> {
  return id === undefined ? undefined : foreignIf(await redis.get(keysOf(redis).home), id)?.foreign
}

function foreignIf(theirs: string | null, ours: string): { foreign: string } | undefined {
  if (theirs === null || theirs === ours) return undefined
  return { foreign: belongsToAnother('the Redis at REDIS_URL', theirs, ours) }
}

function dividedOtherwise(redis: Redis, { redisShards }: Installation): { foreign: string } | undefined {
  const { count } = shardOfConnection(redis) ?? { count: 1 }
  if (redisShards === undefined || redisShards === count) return undefined
  return { foreign: dividesOtherwise(count, redisShards) }
}
