import type { Redis } from 'ioredis'
import { withDeadline } from '../deadline.ts'
import { belongsToAnother, type Installation } from '../leads/installation.ts'

/** Whose this Redis is: the id of an installation. */
const homeKey = 'landfast:installation'

/** Whose a Redis is, as far as it and Postgres could say. */
export type Home = Readonly<{
  /** Why nothing may be done with it: it is another's. A sentence. */
  foreign?: string
  /** It bore no mark until now: it is new, was emptied, or was worked on by a version that made none. */
  isNew: boolean
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
  const ours = await withDeadline(installation(), answerDeadlineMs, 'asking Postgres who we are')
  if (!ours) return { isNew: false }
  const marking = redis.set(homeKey, ours.id, 'NX', 'GET')
  const theirs = await withDeadline(marking, answerDeadlineMs, 'asking Redis whose it is')
  return { isNew: theirs === null, ...foreignIf(theirs, ours.id) }
}

/** Marks a Redis as ours, whoever it was marked for. */
export async function adoptHome(redis: Redis, { id }: Installation): Promise<void> {
  await redis.set(homeKey, id)
}

/** Why this Redis is not ours, or undefined. It is only read. */
export async function foreignBecause(redis: Redis, id: string | undefined): Promise<string | undefined> {
  return id === undefined ? undefined : foreignIf(await redis.get(homeKey), id).foreign
}

function foreignIf(theirs: string | null, ours: string): { foreign?: string } {
  if (theirs === null || theirs === ours) return {}
  return { foreign: belongsToAnother('the Redis at REDIS_URL', theirs, ours) }
}
