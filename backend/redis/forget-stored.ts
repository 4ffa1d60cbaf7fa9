import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { valueIn } from './vitals.ts'

export type Forgetting =
  | Readonly<{ outcome: 'begun' | 'nothing' }>
  /** This Redis or its user does not let us ask; `because` in its own words. */
  | Readonly<{ outcome: 'refused'; because: string }>

const waitMs = 1_000
const busy = ['aof_rewrite_in_progress', 'aof_rewrite_scheduled', 'rdb_bgsave_in_progress', 'loading']

/**
 * Has Redis write its append-only file anew: until then the file keeps every batch that was ever queued, phones included,
 * however long ago its leads were stored. Waits while a rewrite or a save is on its way; where nothing was added since the
 * last rewrite there is nothing to forget. Rejects while Redis is away, and once `stop` aborts.
 */
export async function forgetStored(redis: Redis, stop: AbortSignal): Promise<Forgetting> {
  let info = await redis.info('persistence')
  while (busy.some((name) => valueIn(info, name) === '1')) {
    await sleep(waitMs, undefined, { signal: stop })
    info = await redis.info('persistence')
  }
  const [size, sizeThen] = ['aof_current_size', 'aof_base_size'].map((name) => Number(valueIn(info, name)))
  if (valueIn(info, 'aof_enabled') !== '1' || !(size! > sizeThen!)) return { outcome: 'nothing' }
  try {
    await redis.bgrewriteaof()
    return { outcome: 'begun' }
  } catch (error) {
    const { message } = error as Error
    // Somebody else was faster; that is as good.
    if (/in progress|scheduled/i.test(message)) return { outcome: 'begun' }
    if (/^NOPERM|unknown command|not (?:allowed|permitted|supported)/i.test(message))
      return { outcome: 'refused', because: message }
    throw error
  }
}
