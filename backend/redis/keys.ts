import type { Redis } from 'ioredis'
import { type Shard, shardOf } from '../leads/shard.ts'

/** How the keys of one shard are named: all bear one tag, and so are all on one server. Where there is one, they bear none. */
export type Keys = Readonly<{
  /** What the keys of BullMQ begin with. */
  queues: string
  /** What stands before a phone's key. */
  claim: string
  /**
   * What this Redis says of the claims it knows, a hash: `told`, the moment (in ms) until which it was told of those that
   * Postgres took; `run`, the run of the server that was told; `latest`, the id of the last batch it took itself; `lost`,
   * the moment (in ms) after which it may have lost some, until it was told of them; `high-water`, the mark of the database
   * that its claims were last compared with; `seal`, the key under which ids are given out, the same in every process;
   * `confirmed`, the moment (in ms) when it was last tried whether its replicas follow; `telling-…`, when a process began to tell
   * it what that has not noted as told yet.
   */
  known: string
  /** Whose this Redis is: the id of an installation. */
  home: string
  /** A list of what was found in a queue and could not be read, the latest first, each as JSON with all there was of it. */
  aside: string
  logShare: string
  chores: string
  events(name: string): string
  /** A key of the queue of leads, such as the list `wait`, or the hash of a job. */
  queue(name: string): string
  /** Any other. */
  own(name: string): string
  /** Whether a phone belongs here. */
  owns(phoneKey: string): boolean
}>

export const leadsQueue = 'leads'
export const eventsQueue = 'events'
const choresQueue = 'chores'

/**
 * The tags of twelve shards, each with the slot of a cluster that it falls into: one in each twelfth of them, so that 3, 4, 6
 * or 12 masters get the same number each. Never changed: they are in the names of what is kept.
 */
export const tagsOfTwelve: readonly (readonly [tag: string, slot: number])[] = [
  ['s0.10', 653],
  ['s1.3', 2277],
  ['s2', 2843],
  ['s3.54', 5393],
  ['s4.11', 6237],
  ['s5.12', 7818],
  ['s6.10', 9492],
  ['s7.2', 10852],
  ['s8.52', 11208],
  ['s9.2', 12645],
  ['s10.23', 14634],
  ['s11.19', 15239],
]

const keysOfTags = new Map<string, Keys>()
const shards = new WeakMap<Redis, Shard>()

/** Says which shard a connection is for. */
export function markShard(redis: Redis, shard: Shard | undefined): void {
  if (shard) shards.set(redis, shard)
}

export const shardOfConnection = (redis: Redis): Shard | undefined => shards.get(redis)

/** The slot of a cluster in which the keys of a shard are. */
export const slotOf = ({ index }: Shard): number => tagsOfTwelve[index]![1]

/** How the keys are named that a connection is for. */
export function keysOf(redis: Redis): Keys {
  return keysOfShard(shards.get(redis))
}

export function keysOfShard(shard: Shard | undefined): Keys {
  const tag = shard && shard.count > 1 ? tagsOfTwelve[shard.index]![0] : ''
  const keys = keysOfTags.get(tag) ?? keysWith(tag, shard)
  keysOfTags.set(tag, keys)
  return keys
}

function keysWith(tag: string, shard: Shard | undefined): Keys {
  const tagged = tag === '' ? '' : `:{${tag}}`
  const queues = `bull${tagged}`
  const own = (name: string) => `landfast:${name}${tagged}`
  return {
    queues,
    claim: `claim${tagged}:`,
    known: own('known'),
    home: own('installation'),
    aside: own('aside'),
    logShare: own('log-share'),
    chores: `${queues}:${choresQueue}`,
    events: (name) => `${queues}:${eventsQueue}:${name}`,
    queue: (name) => `${queues}:${leadsQueue}:${name}`,
    own,
    owns: (phoneKey) => !shard || shardOf(phoneKey, shard.count) === shard.index,
  }
}

/** As they are named where there is one shard. */
export const plainKeys: Keys = keysOfShard(undefined)
