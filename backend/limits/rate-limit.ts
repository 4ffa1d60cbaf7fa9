import { createBucketTable } from './bucket-table.ts'

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
  /** Told once when this process begins to limit alone, and once when the bucket is shared again. */
  onShare?(state: 'alone' | 'shared', error?: unknown): void
}>

/** Limits what each client may send, by a bucket of `burst` that refills by `perMinute`. */
export type RateLimit = Readonly<{
  /**
   * Takes from a client's bucket at once, without asking anyone: one, or `count`, of which the last may leave it owing.
   * Returns 0, or the seconds to wait when it is empty.
   */
  take(client: string, count?: number): number
  /** Exchanges news with the other processes now. Never rejects: without the share each process limits alone. */
  sync(): Promise<void>
  start(): void
  stop(): void
}>

/** One that tells how it stands. */
export type OpenRateLimit = RateLimit &
  Readonly<{
    /** How many a client may still take now, and in how many seconds its bucket is full again. */
    left(client: string): Readonly<{ count: number; fullInS: number }>
  }>

// Of 32 bytes each; who is pushed out was the one not seen for longest among its neighbours.
const clientsRemembered = 65_536
// A visitor who submits once or twice is nobody's news; only clients that come near the limit are shared.
const sharedFromFraction = 0.25

export function createRateLimit(deps: RateLimitDeps): OpenRateLimit {
  const { perMinute, burst, now, share } = deps
  const msPerToken = 60_000 / perMinute
  const sharedFrom = Math.max(1, burst * sharedFromFraction)
  const table = createBucketTable(perMinute === 0 ? 1 : (deps.maxClients ?? clientsRemembered), burst)
  const { left, atMs, untold } = table
  let news = new Set<string>()
  let syncing = false
  let alone = false
  let timer: ReturnType<typeof setInterval> | undefined

  const refill = (place: number, nowMs: number) => {
    left[place] = Math.min(burst, left[place]! + Math.max(0, nowMs - atMs[place]!) / msPerToken)
    atMs[place] = nowMs
    // What has been refilled since is no news any more.
    untold[place] = Math.min(untold[place]!, burst - left[place]!)
  }

  const take = (client: string, count = 1): number => {
    if (perMinute === 0) return 0
    const nowMs = now()
    const place = table.placeOf(client, nowMs)
    refill(place, nowMs)
    if (left[place]! < 1) return Math.max(1, Math.ceil(((1 - left[place]!) * msPerToken) / 1000))
    left[place]! -= count
    untold[place]! += count
    if (share && burst - left[place]! >= sharedFrom) news.add(client)
    return 0
  }

  const leftOf = (client: string) => {
    if (perMinute === 0) return { count: burst, fullInS: 0 }
    const nowMs = now()
    const place = table.placeOf(client, nowMs)
    refill(place, nowMs)
    const missing = burst - left[place]!
    return {
      count: Math.max(0, Math.floor(left[place]!)),
      fullInS: Math.ceil((missing * msPerToken) / 1000),
    }
  }

  const sync = async (): Promise<void> => {
    if (!share || syncing || news.size === 0) return
    syncing = true
    const told = news
    news = new Set()
    const taken = new Map<string, number>()
    for (const client of told) {
      const place = table.find(client)
      if (place < 0) continue
      taken.set(client, untold[place]!)
      // Told once, also when it fails: told again after an outage, an hour's worth would lock the client out.
      untold[place] = 0
    }
    try {
      const missing = await share.exchange(taken)
      const nowMs = now()
      for (const client of told) {
        const place = table.find(client)
        if (place < 0) continue
        refill(place, nowMs)
        // Never more than what this process knows itself: a share that lost its memory must not hand out new buckets.
        left[place] = Math.min(left[place]!, burst - (missing.get(client) ?? 0) - untold[place]!)
      }
      if (alone) deps.onShare?.('shared')
      alone = false
    } catch (error) {
      if (!alone) deps.onShare?.('alone', error)
      alone = true
    } finally {
      syncing = false
    }
  }

  return {
    take,
    left: leftOf,
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
