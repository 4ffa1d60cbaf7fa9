import type { Redis } from 'ioredis'
import { another } from './connection.ts'
import { durabilityFaults, unreadable } from './durability.ts'
import { missingRights, missingToListen } from './rights.ts'

/** What was found out about a Redis. Neither: a 202 may rest on it. */
export type Fitness = Readonly<{
  /** Why nothing can be done with it, until somebody gives its user what it lacks; a sentence. */
  unable?: string
  /** Why a 202 must not rest on it, and why production refuses it; a sentence. */
  unsafe?: string
}>

/**
 * Tries whether a Redis may do what is asked of it, and whether it keeps what it says it has. `demanding`: without the
 * right to read its settings it is not used at all, since what they are cannot be known.
 * Rejects while it cannot be asked.
 */
export async function fitnessOf(redis: Redis, demanding: boolean): Promise<Fitness> {
  const probe = another(redis, 'landfast-probe')
  try {
    await probe.connect()
    const missing = [...(await missingRights(probe))]
    const lost = missing.length === 0 ? await unreadable(redis, probe) : undefined
    missing.push(...(await missingToListen(probe)))
    if (missing.some((right) => demanding || right !== '+config|get'))
      return {
        unable: `Redis does not let its user "${redis.options.username ?? 'default'}" do what is needed: give it ${missing.join(' ')} (docker/redis-start has all of it)`,
      }
    const faults = [...(lost ? [lost] : []), ...(await durabilityFaults(redis))]
    return faults.length > 0 ? { unsafe: `Redis cannot acknowledge leads: ${faults.join('; ')}` } : {}
  } finally {
    probe.disconnect()
  }
}
