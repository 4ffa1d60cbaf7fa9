import { errorFields, type Log } from '../log.ts'

/** The bucket that all processes share. Only its news travel: what was taken here, and what is missing from it. */
export interface RateLimitShare {
  /** Tells what each client took here since the last time; resolves with how much is missing from its shared bucket. */
  exchange(taken: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, number>>
}

export type RateLimitDeps = Readonly<{
  /** 0: no limit. */
  perMinute: number
  burst: number
  /** Milliseconds of a clock that does not jump. */
  now: () => number
  maxClients?: number
  /** Absent: every process counts for itself. */
  share?: RateLimitShare
  shareEveryMs?: number
  log?: Log
}>

/** Limits what each client may send, by a bucket of `burst` that refills by `perMinute`. */
export type RateLimit = Readonly<{
  /** Takes one from a client's bucket at once, without asking anyone. Returns 0, or the seconds to wait when it is empty. */
  take(client: string): number
  /** Exchanges news with the other processes now. Never rejects: without the share each process limits alone. */
  sync(): Promise<void>
  start(): void
  stop(): void
}>

type Bucket = { left: number; atMs: number; untold: number }

// Two half-full generations: whoever was not seen for a whole generation is forgotten, and has a full bucket by then.
const clientsRemembered = 50_000
// A visitor who submits once or twice is nobody's news; only clients that come near the limit are shared.
const sharedFromFraction = 0.25

export function createRateLimit(deps: RateLimitDeps): RateLimit {
  const { perMinute, burst, now, share } = deps
  const msPerToken = 60_000 / perMinute
  const generationMax = Math.max(1, (deps.maxClients ?? clientsRemembered) / 2)
  const sharedFrom = Math.max(1, burst * sharedFromFraction)
  let young = new Map<string, Bucket>()
  let old = new Map<string, Bucket>()
  let news = new Map<string, Bucket>()
  let syncing = false
  let alone = false
  let timer: ReturnType<typeof setInterval> | undefined

  const bucketOf = (client: string, nowMs: number): Bucket => {
    const known = young.get(client)
    if (known) return known
    const bucket = old.get(client) ?? { left: burst, atMs: nowMs, untold: 0 }
    if (young.size >= generationMax) {
      old = young
      young = new Map()
    }
    young.set(client, bucket)
    return bucket
  }

  const refill = (bucket: Bucket, nowMs: number) => {
    bucket.left = Math.min(burst, bucket.left + Math.max(0, nowMs - bucket.atMs) / msPerToken)
    bucket.atMs = nowMs
    // What has been refilled since is no news any more.
    bucket.untold = Math.min(bucket.untold, burst - bucket.left)
  }

  const take = (client: string): number => {
    if (perMinute === 0) return 0
    const nowMs = now()
    const bucket = bucketOf(client, nowMs)
    refill(bucket, nowMs)
    if (bucket.left < 1) return Math.max(1, Math.ceil(((1 - bucket.left) * msPerToken) / 1000))
    bucket.left -= 1
    bucket.untold += 1
    if (share && burst - bucket.left >= sharedFrom) news.set(client, bucket)
    return 0
  }

  const sync = async (): Promise<void> => {
    if (!share || syncing || news.size === 0) return
    syncing = true
    const told = news
    news = new Map()
    const taken = new Map<string, number>()
    for (const [client, bucket] of told) {
      taken.set(client, bucket.untold)
      // Told once, also when it fails: told again after an outage, an hour's worth would lock the client out.
      bucket.untold = 0
    }
    try {
      const missing = await share.exchange(taken)
      const nowMs = now()
      for (const [client, bucket] of told) {
        refill(bucket, nowMs)
        // Never more than what this process knows itself: a share that lost its memory must not hand out new buckets.
        bucket.left = Math.min(bucket.left, burst - (missing.get(client) ?? 0) - bucket.untold)
      }
      if (alone) deps.log?.info('rate_limit.shared_again')
      alone = false
    } catch (error) {
      if (!alone) deps.log?.warn('rate_limit.each_process_alone', errorFields(error))
      alone = true
    } finally {
      syncing = false
    }
  }

  return {
    take,
    sync,
    start() {
      if (!share || perMinute === 0 || timer) return
      timer = setInterval(sync, deps.shareEveryMs ?? 500)
      timer.unref()
    },
    stop() {
      clearInterval(timer)
      timer = undefined
    },
  }
}
