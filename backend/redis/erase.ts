import type { Redis } from 'ioredis'
import { acceptedAtMs, isId } from '../batching/ids.ts'
import { copyOfLead, type ErasurePlace, type Forgotten } from '../desk/erasure.ts'
import { releaseClaim } from './claims.ts'
import { forgetStored } from './forget-stored.ts'
import { keysOf } from './keys.ts'
import { readLeadJob } from './lead-job.ts'
import rewriteEntryScript from './rewrite-entry.lua' with { type: 'text' }
import rewriteScript from './rewrite-job.lua' with { type: 'text' }
import { blanked, countOf, withoutPhone } from './without-phone.ts'

const keysAtOnce = 1_000
const jobsAtOnce = 20
const entriesAtOnce = 100
const fileDeadlineMs = 10_000

type Job = Readonly<{ id: string; data: string; verdict: string | null }>

/**
 * What of a person stands in Redis: their claim, and what of them waits in jobs or was put aside. A job is written anew
 * without them, and only if nobody has changed it since it was read: its other leads keep their places, hence their ids.
 * A worker that has read it before is stopped in Postgres.
 */
export function createRedisErasure(redis: Redis, keyOf: (phone: string) => string): ErasurePlace {
  return {
    async look(phoneKey) {
      let queued = 0
      for await (const { data } of jobsWith(redis, [phoneKey])) queued += countOf(data, phoneKey)
      for await (const entry of entriesWith(redis, [phoneKey])) queued += countOf(dataIn(entry), phoneKey)
      return { queued, claims_in_redis: await redis.exists(`${keysOf(redis).claim}${phoneKey}`) }
    },
    async copy(phoneKey) {
      const queued: unknown[] = []
      const add = (id: string, data: string) => {
        for (const lead of leadsOf(id, data)) if (lead.phoneKey === phoneKey) queued.push(copyOfLead(lead))
      }
      for await (const { id, data } of jobsWith(redis, [phoneKey])) add(id, data)
      for await (const entry of entriesWith(redis, [phoneKey])) add(JSON.parse(entry).id, dataIn(entry))
      return { queued }
    },
    async erase(whom) {
      const keys = whom.map(({ phoneKey }) => phoneKey)
      const namedIn = (text: string) => whom.filter(({ phoneKey }) => text.includes(phoneKey))
      // An entry that is another by now was written by whoever erases beside us, or became a job.
      for (let missed = true; missed; ) {
        missed = false
        for await (const job of jobsWith(redis, keys))
          for (const each of namedIn(job.data)) await emptyJob(redis, job, each)
        for await (const entry of entriesWith(redis, keys)) {
          let left: string | undefined = entry
          for (const each of namedIn(entry))
            if (left !== undefined && mayHold(entry, each)) left = await emptyEntry(redis, left, each, keyOf)
          if (left === undefined) missed = true
        }
      }
      for (const { phoneKey, cutoff } of whom) {
        const key = `${keysOf(redis).claim}${phoneKey}`
        const holder = (await redis.get(key))?.slice(0, 36)
        if (holder !== undefined && (!isId(holder) || acceptedAtMs(holder) <= cutoff.getTime()))
          await releaseClaim(redis, key, holder)
      }
      // Its file keeps what was deleted until it is written anew. Where it may not be asked, its own rewriting does that.
      await forgetStored(redis, AbortSignal.timeout(fileDeadlineMs)).catch(() => {})
    },
  }
}

const namesAny = (text: string, phoneKeys: readonly string[]) => phoneKeys.some((key) => text.includes(key))

async function* jobsWith(redis: Redis, phoneKeys: readonly string[]): AsyncGenerator<Job> {
  const { queue } = keysOf(redis)
  const [prefix] = queue('*').split('*')
  const ofQueue = redis.scanStream({ match: queue('*'), count: keysAtOnce })
  for await (const page of ofQueue) {
    const ids = [...new Set(page as string[])].map((key) => key.slice(prefix!.length)).filter(isId)
    for (let from = 0; from < ids.length; from += jobsAtOnce)
      for (const id of ids.slice(from, from + jobsAtOnce)) {
        const [data, verdict] = await redis.hmget(queue(id), 'data', 'verdict')
        if (data && namesAny(data, phoneKeys)) yield { id, data, verdict: verdict ?? null }
      }
  }
}

async function emptyJob(redis: Redis, job: Job, whom: Forgotten): Promise<void> {
  const key = keysOf(redis).queue(job.id)
  for (let read: Job | undefined = job; read; ) {
    const emptied = acceptedBefore(read.id, whom) ? withoutPhone(read, whom.phoneKey) : undefined
    if (!emptied) return
    if (await redis.eval(rewriteScript, 1, key, read.data, emptied.data, emptied.verdict)) return
    const [data, verdict] = await redis.hmget(key, 'data', 'verdict')
    read = data ? { id: job.id, data, verdict: verdict ?? null } : undefined
  }
}

// From the end, where the oldest are: what is put aside meanwhile comes in at the other.
async function* entriesWith(redis: Redis, phoneKeys: readonly string[]): AsyncGenerator<string> {
  for (let last = (await redis.llen(keysOf(redis).aside)) - 1; last >= 0; last -= entriesAtOnce)
    for (const entry of await redis.lrange(keysOf(redis).aside, Math.max(0, last - entriesAtOnce + 1), last))
      if (namesAny(entry, phoneKeys)) yield entry
}

/** Resolves with what is left of it; undefined where the entry is not as it was read any more. */
async function emptyEntry(
  redis: Redis,
  entry: string,
  whom: Forgotten,
  keyOf: (phone: string) => string,
): Promise<string | undefined> {
  const { job, ...found } = JSON.parse(entry)
  const { failedReason: _reason, stacktrace: _trace, ...kept } = job
  const emptied = withoutPhone({ id: found.id, data: job.data, verdict: job.verdict ?? null }, whom.phoneKey)
  const left = JSON.stringify({ ...found, job: { ...kept, ...emptied } })
  // What nobody can read may still hold others, whom a person can save.
  const written = emptied ? left : blanked(left, whom.phoneKey, keyOf)
  return (await redis.eval(rewriteEntryScript, 1, keysOf(redis).aside, entry, written)) === 1
    ? written
    : undefined
}

/** Whether what was put aside came before they were erased, as far as it tells. */
function mayHold(entry: string, whom: Forgotten): boolean {
  const { id } = JSON.parse(entry)
  return !isId(id) || acceptedBefore(id, whom)
}

/** All that a job carries, duplicates among them; none where nobody can tell its leads apart. */
function leadsOf(id: string, data: string) {
  try {
    return readLeadJob(id, JSON.parse(data), null) ?? []
  } catch {
    return []
  }
}

const dataIn = (entry: string): string => JSON.parse(entry).job.data ?? ''

const acceptedBefore = (id: string, { cutoff }: Forgotten) => isId(id) && acceptedAtMs(id) <= cutoff.getTime()
