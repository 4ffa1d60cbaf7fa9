import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { acceptedAtMs, isId } from '../batching/ids.ts'
import { withDeadline } from '../deadline.ts'
import type { KeptClaim } from '../leads/ports.ts'
import { errorFields, type Log } from '../log.ts'
import { seedClaims } from './claims.ts'
import { keysOf } from './keys.ts'
import { runOf } from './vitals.ts'

export type SeedingOptions = Readonly<{
  redis: Redis
  dedupWindowMs: number
  /** Claims that Postgres knows and Redis may not; `directOnly`: those taken while Redis was closed. */
  claimsSince(since: Date, directOnly: boolean): AsyncIterable<readonly KeptClaim[]>
  /** Absent: the clock of this machine. */
  nowMs?(): number
  log: Log
}>

const answerDeadlineMs = 1_000
// Longer than a commit to Postgres can take: who asks for what was committed meanwhile misses none.
const directSlackMs = 15_000
// How much later than their ids say batches can have reached Redis, also from machines whose clocks differ a little.
const orderSlackMs = 10_000

// One that was emptied in the middle has forgotten that it is being told, and with it what it was told until then. Several
// processes tell at the same time, and each can speak for what it told itself.
const noteTold = `
  if redis.call('HDEL', KEYS[1], ARGV[3]) == 0 then return 0 end
  redis.call('HSET', KEYS[1], 'told', ARGV[1], 'run', ARGV[2])
  redis.call('HDEL', KEYS[1], 'lost')
  return 1`

const nowOf = ({ nowMs = Date.now }: SeedingOptions) => nowMs()

/**
 * Redis is told of the claims it may not know: those that Postgres took since it was last told, and those that it took
 * itself and lost. Its file loses only its end, and so does a replica, so that those came after the last batch that it
 * still knows of. One that knows of nothing is told of the whole window.
 * Resolves with false when Postgres cannot say, or Redis was emptied meanwhile: taking leads matters more than knowing
 * every duplicate, and the claims in Postgres still decide later.
 */
export async function tellClaims(options: SeedingOptions): Promise<boolean> {
  const { redis, dedupWindowMs, log } = options
  const { known } = keysOf(redis)
  const nowMs = nowOf(options)
  const runId = await withDeadline(runOf(redis), answerDeadlineMs, 'asking Redis who it is')
  // Before anything is read: what it says of itself holds for as long as it has this.
  const telling = `telling-${randomUUID()}`
  await withDeadline(redis.hset(known, telling, nowMs), answerDeadlineMs, 'writing to Redis')
  const reading = redis.hmget(known, 'told', 'run', 'latest', 'lost')
  const [toldAt, run, latest, lostAt] = await withDeadline(reading, answerDeadlineMs, 'reading from Redis')
  const [told, lost] = [timeIn(toldAt), timeIn(lostAt)]
  let lostSinceMs: number | undefined
  if (told && run !== runId) {
    const lastMs = Math.max(told, latest && isId(latest) ? acceptedAtMs(latest) : 0)
    lostSinceMs = lost ?? Math.min(nowMs, lastMs) - orderSlackMs
    // Kept until it was told: should Redis open untold, its next batch is the latest.
    await withDeadline(redis.hset(known, 'lost', lostSinceMs), answerDeadlineMs, 'writing to Redis')
  }
  try {
    if (told) await tell(options, Math.min(nowMs, told) - directSlackMs, true)
    else await tell(options, nowMs - dedupWindowMs, false)
    if (lostSinceMs !== undefined) await tell(options, lostSinceMs, false)
  } catch (error) {
    if (redis.status !== 'ready') throw error
    log.warn('redis.claims_not_seeded', errorFields(error))
    redis.hdel(known, telling).catch(() => {})
    return false
  }
  // Also the proof that Redis takes writes: out of memory or read-only, this fails and the gate stays closed.
  const noting = redis.eval(noteTold, 1, known, nowMs, runId, telling)
  return (await withDeadline(noting, answerDeadlineMs, 'writing to Redis')) === 1
}

/** A moment as we write it; of anything else nothing is known. */
const timeIn = (text: string | null | undefined) =>
  /^[1-9]\d{0,14}$/.test(text ?? '') ? Number(text) : undefined

async function tell(options: SeedingOptions, sinceMs: number, directOnly: boolean): Promise<void> {
  const { redis, dedupWindowMs, log } = options
  const since = new Date(Math.max(sinceMs, nowOf(options) - dedupWindowMs))
  let looked = 0
  let unknown = 0
  for await (const claims of options.claimsSince(since, directOnly)) {
    unknown += await seedClaims(redis, claims, dedupWindowMs, nowOf(options))
    looked += claims.length
  }
  if (unknown > 0)
    log.info('redis.claims_seeded', { since: since.toISOString(), directOnly, looked, unknown })
}
